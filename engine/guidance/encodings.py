"""Encodings of captions, by a text encoder that is in memory only while there are new ones."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

Encoder = Callable[[list[str]], tuple[Tensor, list[bool]]]
"""From N texts to their encodings (N, L, C), and whether each was too long to be read to its end."""


def tokenize(tokenizer: PreTrainedTokenizerBase, texts: list[str], length: int) -> tuple[Tensor, Tensor, list[bool]]:
    """Token numbers (N, length) of N texts, a mask of those that are no padding, and whether each text was cut off."""
    whole = tokenizer(texts, verbose=False).input_ids
    padded = tokenizer(texts, padding="max_length", truncation=True, max_length=length, return_tensors="pt")
    return padded.input_ids, padded.attention_mask, [len(numbers) > length for numbers in whole]


class TextEncodings:
    """What a text encoder made of texts. It is loaded for those not seen before, all at once, and then let go of.

    Args:
        load: loads the text encoder. Stable Diffusion's takes .25 GB in half precision, DeepFloyd IF's 10 GB.
    """

    def __init__(self, load: Callable[[], Encoder]):
        self.load = load
        self.known: dict[str, Tensor] = {}
        self.cut: set[str] = set()

    @torch.no_grad()
    def prepare(self, texts: list[str]) -> list[str]:
        """Encode those of the texts that are new. Returns those that are too long to be read to their end."""
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        if new:
            encode = self.load()
            encodings, cut = encode(new)
            self.known |= zip(new, encodings)
            self.cut |= {text for text, long in zip(new, cut) if long}
            del encode
            if torch.cuda.is_available():  # other processes, such as Blender, can use the memory now
                torch.cuda.empty_cache()
            elif torch.backends.mps.is_available():
                torch.mps.empty_cache()
        return [text for text in texts if text in self.cut]

    def __call__(self, texts: list[str]) -> Tensor:
        """Encodings (N, L, C) of N texts."""
        self.prepare(texts)
        return torch.stack([self.known[text] for text in texts])
