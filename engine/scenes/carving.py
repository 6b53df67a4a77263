"""Hollowing out what position maps say is too near."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.rendering.renderer import Rendering


def carving_loss(rendering: Rendering, gradient: Tensor) -> Tensor:
    """A number whose gradient thins out what a ray sees, by as much as the surface ought to lie further back.

    A position map's own gradient hardly does. Take density off the front of a solid, and the ray ends a mean free path
    further back: the denser the solid, the less changes, and the less the map has to say for it. Even true maps leave a
    mug half full. This is the same gradient without that factor: the guidance's gradient along the ray, where it points
    back, on the logarithm of the density (log(1 + tau), so that air stays air). What ought to come nearer needs no
    help: in front of a surface there is air, to which a map's gradient is large.

    Being one-sided it would drill holes by noise alone. So only what a pull has along the ray beyond what it has aside
    counts: another depth is another colour along the ray, while noise, and a background that shows through, pull to all
    sides.

    Args:
        rendering: of position maps.
        gradient: (B, 3, H, W), the guidance's on their images.

    Returns:
        a mean over views, as `surrogate_loss` is.
    """
    rays = rendering.rays
    pulls = gradient.detach().permute(0, 2, 3, 1).reshape(-1, 3).index_select(0, rays.pixel)
    back = -(pulls * rays.directions).sum(-1)
    aside = (pulls.square().sum(-1) - back.square()).clamp_min(0).sqrt()
    thinning = (back - aside).clamp_min(0).index_select(0, rendering.ray) * rendering.weights.detach()
    return (thinning * torch.log1p(rendering.density)).sum() / len(gradient)
