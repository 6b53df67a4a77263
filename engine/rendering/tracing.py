"""Which point of a finished shape each pixel shows: traced once, looked up from then on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.cameras import Cameras
from engine.fields import Field
from engine.rendering.occupancy import OccupancyGrid
from engine.rendering.quadrature import weights_from_density
from engine.rendering.renderer import RADIUS, RenderSettings, in_chunks, points_of, rays_that_meet, visible_samples

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
    rays = rays_that_meet(occupancy, camera, size, size)
    middle = torch.full((len(rays.pixel),), 0.5, device=rays.origins.device)
    distances, chosen = visible_samples(rays.origins, rays.directions, occupancy, settings, middle)
    at, _, _, points = points_of(rays, distances, chosen)
    (found,) = in_chunks(lambda part: (field.density(part),), points, settings.chunk)
    density = torch.zeros(chosen.numel(), device=found.device).index_copy(0, at, found).view(chosen.shape)
    step = 2 * RADIUS / settings.samples
    through = weights_from_density(density, step).sum(-1)
    opacity = torch.zeros(size * size, device=found.device).index_copy(0, rays.pixel, through)
    seen = torch.nonzero(through > FAINT).squeeze(1)
    density, distances = density[seen], distances[seen]
    first = (density > density.amax(-1, keepdim=True).clamp_max(threshold) * 0.999).float().argmax(-1, keepdim=True)
    after, before = density.gather(1, first), torch.where(first > 0, density.gather(1, (first - 1).clamp_min(0)), 0.0)
    # In front of a surface density rises nearly as an exponential: its logarithm tells where it is the threshold.
    after, before = (value.clamp_min(threshold / 100).log() for value in (after, before))
    share = ((math.log(threshold) - before) / (after - before).clamp_min(1e-6)).clamp(0, 1)
    along = distances.gather(1, first) + (share - 1) * step
    surface = torch.addcmul(rays.origins[seen], along, rays.directions[seen])
    return TracedView(surface, rays.pixel[seen], opacity.view(size, size))
