"""Losses on what was rendered that need no prior (DreamFusion, A.2). Each is a mean over rays or samples."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.rendering.renderer import Rendering


def orientation_loss(rendering: Rendering) -> Tensor:
    """Surfaces that face away from the camera: sum of sg(w) max(0, n . v)^2 along a ray (Ref-NeRF, arXiv 2112.03907,
    equation 11), as a mean over the rays that have normals.

    With a normal for each sample w is its weight, as in the paper; with one for each ray it is the ray's opacity.
    """
    facing = rendering.facing
    return (facing.weight.detach() * facing.cosine.clamp_min(0).square()).sum() / max(facing.rays, 1)


def opacity_loss(rendering: Rendering) -> Tensor:
    """Keeps empty space empty: mean of sqrt(opacity^2 + .01)."""
    return (rendering.opacity.square() + 0.01).sqrt().mean()


def haze_loss(rendering: Rendering) -> Tensor:
    """Entropy of the rays' opacity, in nats: pixels should be surface or background, not fog."""
    p = rendering.opacity.clamp(1e-4, 1 - 1e-4)
    return -(p * p.log() + (1 - p) * torch.log1p(-p)).mean()


def nearness_loss(rendering: Rendering, near: float) -> Tensor:
    """Density right before the camera, which would please the prior from one view only: mean over pixels of the weights
    of samples nearer than `near` scene units."""
    close = rendering.distances < near
    return rendering.weights[close].sum() / rendering.opacity.numel()
