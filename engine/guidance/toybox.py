"""The built-in prior as guidance: told the camera and the shading of each view."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor

from engine.guidance.prior import PriorError, Views
from engine.guidance.prompts import view_word
from engine.toybox.captions import SHADING_WORDS, plain, taught_words
from engine.toybox.model import CAMERA_FEATURES, RESOLUTION, camera_features, encode, load, predict_clean

WEIGHTS = Path(__file__).parent.parent / "toybox" / "weights"


class ToyboxPrior:
    """The Toybox diffusion model (see engine/toybox/model.py) behind the `Prior` interface.

    Args:
        device: where it computes.
        folder: its weights; None for those that come with the engine.
        tell_camera: whether it is told elevation and azimuth beside the view word.
    """

    def __init__(self, device: torch.device, folder: Path | None = None, tell_camera: bool = True):
        folder = folder or WEIGHTS
        self.device = device
        self.tell_camera = tell_camera
        self.resolution = RESOLUTION
        self.encodings: dict[str, tuple[Tensor, Tensor]] = {}
        try:
            card = json.loads((folder / "toybox.json").read_text(encoding="utf-8"))
            self.objects = [str(name) for name in card["objects"]]
            self.toybox = load(folder)
            encode(self.toybox, [""])
        except (OSError, ValueError, KeyError, TypeError, SafetensorError, RuntimeError) as error:
            sentence = f"The Toybox prior in {folder} is missing or broken: install the extension again."
            raise PriorError(sentence) from error
        self.toybox.networks().to(device)
        cumulative = self.toybox.scheduler.alphas_cumprod
        self.alpha, self.sigma = cumulative.sqrt().to(device), (1 - cumulative).sqrt().to(device)

    def known_words(self) -> list[str]:
        """The objects that it was taught."""
        return self.objects

    def unknown_words(self, prompt: str) -> list[str]:
        """Words of the prompt that were in none of the captions that it was taught with, each once."""
        taught = taught_words(self.objects)
        words = plain(prompt.lower().replace(",", " ")).split()
        return [word for word in dict.fromkeys(words) if word not in taught]

    @torch.no_grad()
    def encode(self, prompt: str) -> tuple[Tensor, Tensor]:
        """The prompt's tokens (1, L, C) and pooled encoding (1, C), remembered."""
        if prompt not in self.encodings:
            self.encodings[prompt] = encode(self.toybox, [prompt])
        return self.encodings[prompt]

    def _captions(self, prompts: list[str], views: Views | None) -> list[str]:
        if views is None:
            return [plain(prompt) for prompt in prompts]
        captions = []
        for number, prompt in enumerate(prompts):
            word = view_word(float(views.cameras.elevation[number]), float(views.cameras.azimuth[number]))
            suffix = SHADING_WORDS[views.shadings[number]]
            captions.append(f"{plain(prompt)}, {word} view" + (f", {suffix}" if suffix else ""))
        return captions

    @torch.no_grad()
    def predict_noise(self, noisy: Tensor, timesteps: Tensor, prompts: list[str], views: Views | None) -> Tensor:
        """See `Prior.predict_noise`; the unconditional half is told neither caption nor camera."""
        count = len(noisy)
        encodings = [self.encode("")] * count + [self.encode(caption) for caption in self._captions(prompts, views)]
        tokens, pooled = (torch.cat(parts) for parts in zip(*encodings))
        camera = torch.zeros(2 * count, CAMERA_FEATURES, device=self.device)
        if views is not None and self.tell_camera:
            camera[count:] = camera_features(views.cameras.elevation, views.cameras.azimuth)
        noisy, timesteps = torch.cat([noisy, noisy]), torch.cat([timesteps, timesteps])
        with torch.autocast(self.device.type, torch.bfloat16):
            clean = predict_clean(self.toybox, noisy, timesteps, tokens, pooled, camera)
        alpha, sigma = (ladder[timesteps].view(-1, 1, 1, 1) for ladder in (self.alpha, self.sigma))
        return (noisy - alpha * clean.float()) / sigma
