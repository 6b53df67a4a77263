"""The built-in prior as guidance: one that can be told the camera and the shading of each view."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError
from tokenizers import Tokenizer
from torch import Tensor

from engine.errors import is_out_of_memory
from engine.guidance.loading import Loading
from engine.guidance.pixels import PixelPrior
from engine.guidance.prior import Caption, PriorError
from engine.run.words import read_words
from engine.toybox.captions import SHADING_WORDS
from engine.toybox.conditioning import CAPTION_LENGTH, alpha_squared, camera_features, cosine_schedule

WEIGHTS = Path(__file__).parents[2] / "toybox" / "weights"
PAD, END = "<pad>", "<end>"


class ToyboxPrior(PixelPrior):
    """The Toybox diffusion model behind the `Prior` interface: in OpenVINO on a processor (engine/toybox/graph.py), in
    torch elsewhere (engine/toybox/model.py).

    Args:
        device: where it computes.
        folder: its weights; None for those that come with the engine.

    Raises:
        PriorError: its files are missing or broken.
    """

    def __init__(self, device: torch.device, folder: Path | None = None):
        folder = folder or WEIGHTS
        self.device = device
        self.uses_torch_threads = device.type != "cpu"
        self.encodings: dict[str, tuple[Tensor, Tensor]] = {}
        try:
            card = json.loads((folder / "toybox.json").read_text(encoding="utf-8"))
            self.objects, self.colours = ([str(name) for name in card[key]] for key in ("objects", "colours"))
            self.words = read_words(folder)
            self.tokenizer = read_tokenizer(folder)
            squared_alpha, self.resolution = read_schedule(folder), read_resolution(folder)
            self.network = self._load(folder)
            self.encode_caption(Caption())
        except (OSError, ValueError, KeyError, TypeError, SafetensorError, RuntimeError) as error:
            if is_out_of_memory(error):
                raise
            sentence = f"The Toybox prior in {folder} is missing or broken: install the extension again."
            raise PriorError(sentence) from error
        self.alpha, self.sigma = squared_alpha.sqrt().to(device), (1 - squared_alpha).sqrt().to(device)

    def _load(self, folder: Path):
        """The network, where it computes best. Imported here: the other's libraries take seconds to load."""
        if self.device.type == "cpu":
            from engine.toybox.graph import GraphNetwork

            return GraphNetwork(folder, self.tokenizer.token_to_id(END))
        from engine.toybox.model import TorchNetwork

        return TorchNetwork(folder, self.device)

    def known_words(self) -> list[str]:
        """The objects that it was taught."""
        return self.objects

    def doubt(self, prompt: str) -> str:
        """See `Prior.doubt`: the words that were in none of the captions that it was taught with."""
        return self.words.doubt(prompt)

    def prepare(self, texts: list[str]) -> list[str]:
        """See `Prior.prepare`; captions are encoded when they are asked for."""
        longest = max(SHADING_WORDS.values(), key=len)
        encodings = self.tokenizer.encode_batch([f"{self.words.understand(text)}, {longest}" for text in texts])
        return [text for text, encoding in zip(texts, encodings) if encoding.overflowing]

    def encode_caption(self, caption: Caption) -> tuple[Tensor, Tensor]:
        """The caption's tokens (1, L, C) and pooled encoding (1, C), remembered; the shading is told in words.

        Raises PriorError if it was never taught such a shading: it would take the word for an unknown one, and
        misguide.
        """
        suffix = SHADING_WORDS.get(caption.shading)
        if suffix and self.tokenizer.token_to_id(suffix) is None:
            raise PriorError(
                f"The Toybox prior was never taught {suffix} maps: train it further (python -m engine.toybox --start "
                f"FOLDER), choose another folder, or set 'shading.{suffix}' to 0."
            )
        text = self.words.understand(caption.text) + (f", {suffix}" if suffix else "")
        if text not in self.encodings:
            self.encodings[text] = self.network.encode(torch.tensor([self.tokenizer.encode(text).ids]))
        return self.encodings[text]

    @torch.no_grad()
    def predict_noise(self, noisy: Tensor, timesteps: Tensor, captions: list[Caption]) -> Tensor:
        """See `Prior.predict_noise`."""
        tokens, pooled = (torch.cat(parts) for parts in zip(*map(self.encode_caption, captions)))
        told = torch.tensor([caption.camera is not None for caption in captions])
        cameras = torch.tensor([caption.camera[:3] if caption.camera else (0.0, 0.0, 1.0) for caption in captions]).T
        camera = (camera_features(*cameras) * told[:, None]).to(self.device)
        clean = self.network.predict_clean(noisy, timesteps, tokens, pooled, camera)
        alpha, sigma = (ladder[timesteps].view(-1, 1, 1, 1) for ladder in (self.alpha, self.sigma))
        return (noisy - alpha * clean) / sigma


def read_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of weights, set to make every caption CAPTION_LENGTH long. Raises OSError or ValueError."""
    text = (folder / "tokenizer" / "tokenizer.json").read_text(encoding="utf-8")
    try:
        tokenizer = Tokenizer.from_str(text)
    except Exception as error:  # noqa: BLE001 - the library raises nothing narrower
        raise ValueError("not a tokenizer") from error
    tokenizer.enable_truncation(CAPTION_LENGTH)
    tokenizer.enable_padding(length=CAPTION_LENGTH, pad_id=tokenizer.token_to_id(PAD), pad_token=PAD)
    return tokenizer


def read_schedule(folder: Path) -> Tensor:
    """alpha_t^2 (T,) of the noise that weights were trained with. Raises OSError, KeyError, TypeError or ValueError."""
    config = json.loads((folder / "scheduler" / "scheduler_config.json").read_text(encoding="utf-8"))
    if config["prediction_type"] != "sample":
        raise ValueError("not the clean image is predicted")
    if config.get("trained_betas"):
        return alpha_squared(config["trained_betas"])
    if config["beta_schedule"] != "squaredcos_cap_v2":
        raise ValueError("another schedule")
    return cosine_schedule(config["num_train_timesteps"])


def read_resolution(folder: Path) -> int:
    """Side of the images that weights were trained with, in pixels. Raises OSError, KeyError, TypeError or
    ValueError."""
    config = json.loads((folder / "transformer" / "config.json").read_text(encoding="utf-8"))
    return int(config["sample_size"])


def load(folder: Path | None, loading: Loading) -> ToyboxPrior:
    """Load it from a folder of weights; None for those that come with the engine. Raises PriorError."""
    return ToyboxPrior(loading.device, folder)
