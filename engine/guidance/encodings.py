"""Encodings of captions, by a text encoder that is in memory only while there are new ones."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Encoder = Callable[[list[str]], Tensor]
"""From N texts to their encodings (N, L, C)."""


class TextEncodings:
    """What a text encoder made of texts. It is loaded for those not seen before, all at once, and then let go of.

    Args:
        load: loads the text encoder. Stable Diffusion's takes .25 GB in half precision, DeepFloyd IF's 10 GB.
    """

    def __init__(self, load: Callable[[], Encoder]):
        self.load = load
        self.known: dict[str, Tensor] = {}

    @torch.no_grad()
    def prepare(self, texts: list[str]) -> None:
        """Encode those of the texts that are new."""
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        if not new:
            return
        encode = self.load()
        self.known |= zip(new, encode(new))
        del encode
        if torch.cuda.is_available():  # other processes, such as Blender, can use the memory now
            torch.cuda.empty_cache()

    def __call__(self, texts: list[str]) -> Tensor:
        """Encodings (N, L, C) of N texts."""
        self.prepare(texts)
        return torch.stack([self.known[text] for text in texts])
