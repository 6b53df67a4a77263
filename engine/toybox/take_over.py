"""What an earlier training learned, for networks that may know more words or see more pixels."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.toybox.model import Toybox

WORDS = "text_encoder.embeddings.token_embedding.weight"
"""The embeddings of words, a row each."""
INTO_PATCHES, OUT_OF_PATCHES = "transformer.pos_embed.proj.weight", "transformer.proj_out"
"""The layers that read patches of pixels, and write them."""


@torch.no_grad()
def take_over(source: Toybox, target: Toybox) -> None:
    """Copy all that `source` learned.

    A word that both know keeps its embedding, wherever it stands among the others, and those of new words stay as they
    are. Where the target's patches are larger, it sees each of them averaged down to the source's, and answers with the
    source's pixels enlarged.
    """
    patch, channels = target.transformer.config.patch_size, source.transformer.config.in_channels
    learned = source.networks().state_dict()
    for name, tensor in target.networks().state_dict().items():
        values = learned[name]
        if name == WORDS:
            values = known_rows(values, source.tokenizer.get_vocab(), tensor, target.tokenizer.get_vocab())
        elif name == INTO_PATCHES:
            values = finer_kernel(values, patch)
        elif name.startswith(OUT_OF_PATCHES):
            values = finer_pixels(values, patch, channels)
        tensor.copy_(values)


def known_rows(known: Tensor, numbers: dict[str, int], wanted: Tensor, wanted_numbers: dict[str, int]) -> Tensor:
    """The rows `wanted` (W, C) of some words, each from `known` (K, C) where its word is there too.

    >>> known = torch.tensor([[1.0], [2.0]])
    >>> known_rows(known, {"mug": 0, "red": 1}, torch.zeros(3, 1), {"red": 0, "jug": 1, "mug": 2})
    tensor([[2.],
            [0.],
            [1.]])
    """
    rows = wanted.clone()
    for word in numbers.keys() & wanted_numbers.keys():
        rows[wanted_numbers[word]] = known[numbers[word]]
    return rows


def finer_kernel(kernel: Tensor, patch: int) -> Tensor:
    """A layer's kernel (N, C, p, p) for patches of `patch` pixels a side, a multiple of p, each p x p times averaged.

    >>> finer_kernel(torch.ones(1, 1, 1, 1), 2)
    tensor([[[[0.2500, 0.2500],
              [0.2500, 0.2500]]]])
    """
    times = patch // kernel.shape[-1]
    return kernel.repeat_interleave(times, -1).repeat_interleave(times, -2) / times**2


def finer_pixels(rows: Tensor, patch: int, channels: int) -> Tensor:
    """The rows (p p C, ...) of a layer that writes patches, the channels of each pixel side by side, for patches of
    `patch` pixels a side, a multiple of p: each pixel enlarged."""
    side = round((len(rows) / channels) ** 0.5)
    pixels = rows.view(side, side, channels, *rows.shape[1:])
    times = patch // side
    return pixels.repeat_interleave(times, 0).repeat_interleave(times, 1).flatten(0, 2)
