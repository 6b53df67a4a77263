"""Integrated positional encoding: coordinates as sines and cosines, blurred where they stand for a whole region."""

from __future__ import annotations

import torch
from torch import Tensor


def integrated_encoding(points: Tensor, levels: int, scale: float = 0.0) -> Tensor:
    """The mean of sin(2^l x) and cos(2^l x), l = 0 .. levels - 1, over x ~ N(point, scale^2 I).

    E[sin x] = sin(mu) exp(-s^2 / 2) for x ~ N(mu, s^2), and the same for the cosine: frequencies finer than `scale`
    fade out (mip-NeRF, arXiv 2103.13415, equations 13 and 14, with the same spread along all axes).

    Args:
        points: (..., D).
        scale: standard deviation, in the points' unit; 0 gives the plain positional encoding.

    Returns:
        (..., 2 D levels) in [-1, 1].

    >>> integrated_encoding(torch.tensor([[torch.pi / 2]]), 2, 0.5).round(decimals=3) + 0
    tensor([[ 0.8820,  0.0000,  0.0000, -0.6070]])
    """
    octaves = 2.0 ** torch.arange(levels, device=points.device, dtype=points.dtype)
    angles = points[..., None] * octaves
    damping = torch.exp(-0.5 * (scale * octaves).square())
    return torch.cat([angles.sin() * damping, angles.cos() * damping], -1).flatten(-2)
