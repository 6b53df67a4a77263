"""The built-in prior as guidance: one that can be told the camera and the shading of each view."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor

from engine.device import mixed_precision
from engine.guidance.encodings import tokenize
from engine.guidance.prior import Caption, PixelPrior, PriorError
from engine.run.words import read_words
from engine.toybox.captions import SHADING_WORDS
from engine.toybox.model import CAPTION_LENGTH, RESOLUTION, camera_features, encode, load, predict_clean

WEIGHTS = Path(__file__).parent.parent / "toybox" / "weights"


class ToyboxPrior(PixelPrior):
    """The Toybox diffusion model (see engine/toybox/model.py) behind the `Prior` interface.

    Args:
        device: where it computes.
        folder: its weights; None for those that come with the engine.
    """

    def __init__(self, device: torch.device, folder: Path | None = None):
        folder = folder or WEIGHTS
        self.device = device
        self.resolution = RESOLUTION
        self.encodings: dict[str, tuple[Tensor, Tensor]] = {}
        try:
            card = json.loads((folder / "toybox.json").read_text(encoding="utf-8"))
            self.objects = [str(name) for name in card["objects"]]
            self.words = read_words(folder)
            self.toybox = load(folder)
            encode(self.toybox, [""])
        except (OSError, ValueError, KeyError, TypeError, SafetensorError, RuntimeError) as error:
            sentence = f"The Toybox prior in {folder} is missing or broken: install the extension again."
            raise PriorError(sentence) from error
        lacking = set(SHADING_WORDS.values()) - {""} - set(self.toybox.tokenizer.get_vocab())
        if lacking:
            raise PriorError(
                f"The Toybox prior in {folder} was never taught the word {min(lacking)!r}: train it further "
                f"(python -m engine.toybox.train --start FOLDER), or choose another folder."
            )
        self.toybox.networks().to(device)
        cumulative = self.toybox.scheduler.alphas_cumprod
        self.alpha, self.sigma = cumulative.sqrt().to(device), (1 - cumulative).sqrt().to(device)

    def known_words(self) -> list[str]:
        """The objects that it was taught."""
        return self.objects

    def doubt(self, prompt: str) -> str:
        """See `Prior.doubt`: the words that were in none of the captions that it was taught with."""
        return self.words.doubt(prompt)

    def prepare(self, texts: list[str]) -> list[str]:
        """See `Prior.prepare`; captions are encoded when they are asked for."""
        with_shading = [f"{self.words.understand(text)}, {max(SHADING_WORDS.values(), key=len)}" for text in texts]
        _, _, cut = tokenize(self.toybox.tokenizer, with_shading, CAPTION_LENGTH)
        return [text for text, long in zip(texts, cut) if long]

    @torch.no_grad()
    def encode_caption(self, caption: Caption) -> tuple[Tensor, Tensor]:
        """The caption's tokens (1, L, C) and pooled encoding (1, C), remembered; the shading is told in words."""
        suffix = SHADING_WORDS.get(caption.shading)
        text = self.words.understand(caption.text) + (f", {suffix}" if suffix else "")
        if text not in self.encodings:
            self.encodings[text] = encode(self.toybox, [text])
        return self.encodings[text]

    @torch.no_grad()
    def predict_noise(self, noisy: Tensor, timesteps: Tensor, captions: list[Caption]) -> Tensor:
        """See `Prior.predict_noise`."""
        tokens, pooled = (torch.cat(parts) for parts in zip(*map(self.encode_caption, captions)))
        told = torch.tensor([caption.camera is not None for caption in captions])
        cameras = torch.tensor([caption.camera or (0.0, 0.0, 1.0) for caption in captions]).T
        camera = (camera_features(*cameras) * told[:, None]).to(self.device)
        with mixed_precision(self.device):
            clean = predict_clean(self.toybox, noisy, timesteps, tokens, pooled, camera)
        alpha, sigma = (ladder[timesteps].view(-1, 1, 1, 1) for ladder in (self.alpha, self.sigma))
        return (noisy - alpha * clean.float()) / sigma
