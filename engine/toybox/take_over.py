"""What an earlier training learned, for networks that may know more words or see more pixels."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.toybox.model import Toybox

INTO_PATCHES, OUT_OF_PATCHES = "transformer.pos_embed.proj.weight", "transformer.proj_out"
"""The layers that read patches of pixels, and write them."""


@torch.no_grad()
def take_over(source: Toybox, target: Toybox) -> None:
    """Copy all that `source` learned.

    An embedding of words may have become longer: its new rows stay as they are. Where the target's patches are larger,
    it sees each of them averaged down to the source's, and answers with the source's pixels enlarged.
    """
    channels = source.transformer.config.in_channels
    copy_weights(source.networks(), target.networks(), target.transformer.config.patch_size, channels)


def copy_weights(source: nn.Module, target: nn.Module, patch: int, channels: int) -> None:
    """Copy what `source` learned, its layers at the pixels for patches of `patch` x `patch` pixels."""
    learned = source.state_dict()
    for name, tensor in target.state_dict().items():
        values = learned[name]
        if name == INTO_PATCHES:
            values = finer_kernel(values, patch)
        elif name.startswith(OUT_OF_PATCHES):
            values = finer_pixels(values, patch, channels)
        tensor[: len(values)] = values


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
