"""What the Toybox network is told beside a caption's words: the camera and the timestep, as features."""

from __future__ import annotations

import math

import torch
from torch import Tensor

RESOLUTION = 128
"""Side of the images that are learned, in pixels."""
CAPTION_LENGTH = 20
CAMERA_FEATURES = 16
TIME_FEATURES = 256
APPARENT_SIZES = 0.42, 0.64
"""Smallest and largest apparent size that can be told apart: those of the training's cameras, and a little more."""


def camera_features(elevation: Tensor, azimuth: Tensor, apparent_size: Tensor) -> Tensor:
    """What the transformer is told of cameras: (B, CAMERA_FEATURES), in [-1, 1]; zeros mean that one is not told.

    They are harmonics of both angles, a one, and the apparent size, from the smallest to the largest.

    Args:
        elevation, azimuth: (B,) radians.
        apparent_size: (B,) of a scene unit at the origin, in image widths; clamped to APPARENT_SIZES.
    """
    smallest, largest = APPARENT_SIZES
    size = (apparent_size.clamp(smallest, largest) - smallest) / (largest - smallest) * 2 - 1
    turns = [f(k * azimuth) * elevation.cos() for k in (1, 2, 3, 4) for f in (torch.sin, torch.cos)]
    tilts = [f(k * elevation) for k in (1, 2, 3) for f in (torch.sin, torch.cos)]
    return torch.stack([*turns, *tilts, torch.ones_like(azimuth), size], -1)


def time_features(timesteps: Tensor) -> Tensor:
    """Cosines and sines (B, TIME_FEATURES) of timesteps (B,), as `SD3Transformer2DModel` makes them of its own: periods
    in equal ratios, from 2 pi to 10,000 of that (Vaswani et al., arXiv 1706.03762, section 3.5)."""
    half = TIME_FEATURES // 2
    frequencies = torch.exp(-math.log(10_000) * torch.arange(half) / half)
    angles = timesteps[:, None].float() * frequencies
    return torch.cat([angles.cos(), angles.sin()], -1)


def cosine_schedule(length: int) -> Tensor:
    """alpha_t^2 (length,), float32: the squared cosine of Nichol and Dhariwal (arXiv 2102.09672, equation 17), each
    beta at most .999, as `DDPMScheduler` computes "squaredcos_cap_v2"."""
    cosine = [math.cos((t / length + 0.008) / 1.008 * math.pi / 2) ** 2 for t in range(length + 1)]
    betas = [min(1 - after / before, 0.999) for before, after in zip(cosine, cosine[1:])]
    return alpha_squared(betas)


def alpha_squared(betas: list[float]) -> Tensor:
    """alpha_t^2 (T,), float32, of a schedule's T betas, as `DDPMScheduler` computes it."""
    return torch.cumprod(1 - torch.tensor(betas, dtype=torch.float32), 0)


def shifted_betas(length: int, side: int) -> list[float]:
    """The betas of the cosine schedule for images of `side` pixels, made for 64: noise that is drawn for each pixel is
    averaged out where images are larger, and has to be as much stronger (Hoogeboom et al., arXiv 2301.11093, section
    3.1). A timestep then hides as much of what is seen, whatever the resolution.

    >>> wide = alpha_squared(shifted_betas(1000, 128))[500]
    >>> narrow = cosine_schedule(1000)[500]
    >>> round(float((1 - wide) / wide * narrow / (1 - narrow)), 3)
    4.0
    """
    squared = cosine_schedule(length).double()
    shifted = 1 / (1 + (side / 64) ** 2 * (1 - squared) / squared)
    return (1 - shifted / torch.cat([torch.ones(1), shifted[:-1]])).tolist()
