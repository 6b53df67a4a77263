"""Which point of a finished shape each pixel shows: traced once, looked up from then on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.cameras import Cameras, camera_rays
from engine.fields import Field
from engine.rendering.occupancy import OccupancyGrid
from engine.rendering.quadrature import weights_from_density
from engine.rendering.renderer import RADIUS, RenderSettings, in_chunks, visible_samples

FAINT = 0.02
"""Opacity below which a pixel shows the background alone."""


@dataclass
class TracedView:
    """What a camera sees of a shape.

    Attributes:
        points: (P, 3) on the surface.
        pixels: (P,) the pixel that shows each, counted row by row from the top.
        opacity: (H, W) in [0, 1].
    """

    points: Tensor
    pixels: Tensor
    opacity: Tensor


@torch.no_grad()
def trace(
    field: Field, occupancy: OccupancyGrid, camera: Cameras, size: int, threshold: float, settings: RenderSettings
) -> TracedView:
    """Trace one camera's view of size x size pixels.

    Args:
        threshold: density, per scene unit, at the surface. A ray that never meets so much, such as one that grazes an
            edge, ends in the densest of its samples.
    """
    origins, directions = (each.reshape(-1, 3) for each in camera_rays(camera, size, size))
    middle = torch.full((len(origins),), 0.5, device=origins.device)
    distances, chosen = visible_samples(origins, directions, occupancy, settings, middle)
    at = torch.nonzero(chosen.view(-1)).squeeze(1)
    ray = at // settings.samples
    points = torch.addcmul(origins[ray], distances.view(-1, 1)[at], directions[ray])
    (density,) = in_chunks(lambda part: (field.density(part),), points, settings.chunk)
    density = torch.zeros(chosen.numel(), device=origins.device).index_copy(0, at, density)
    density, step = density.view(chosen.shape), 2 * RADIUS / settings.samples
    opacity = weights_from_density(density, step).sum(-1)
    pixels = torch.nonzero(opacity > FAINT).squeeze(1)
    density, distances = density[pixels], distances[pixels]
    first = (density > density.amax(-1, keepdim=True).clamp_max(threshold) * 0.999).float().argmax(-1, keepdim=True)
    after, before = density.gather(1, first), torch.where(first > 0, density.gather(1, (first - 1).clamp_min(0)), 0.0)
    # In front of a surface density rises nearly as an exponential: its logarithm tells where it is the threshold.
    after, before = (value.clamp_min(threshold / 100).log() for value in (after, before))
    share = ((math.log(threshold) - before) / (after - before).clamp_min(1e-6)).clamp(0, 1)
    along = distances.gather(1, first) + (share - 1) * step
    return TracedView(torch.addcmul(origins[pixels], along, directions[pixels]), pixels, opacity.view(size, size))
