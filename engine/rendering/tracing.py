"""Which point of a finished shape each pixel shows: traced once, looked up from then on."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.cameras import Cameras, camera_rays
from engine.fields import Field
from engine.rendering.occupancy import OccupancyGrid
from engine.rendering.quadrature import weights_from_density
from engine.rendering.renderer import RADIUS, RenderSettings, visible_samples

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
def trace(field: Field, occupancy: OccupancyGrid, camera: Cameras, size: int, settings: RenderSettings) -> TracedView:
    """Trace one camera's view of size x size pixels: each ray ends where half of its opacity lies behind it."""
    origins, directions = (each.reshape(-1, 3) for each in camera_rays(camera, size, size))
    middle = torch.full((len(origins),), 0.5, device=origins.device)
    distances, chosen = visible_samples(origins, directions, occupancy, settings, middle)
    at = torch.nonzero(chosen.view(-1)).squeeze(1)
    points = torch.addcmul(
        origins.index_select(0, at // settings.samples), distances.view(-1, 1).index_select(0, at),
        directions.index_select(0, at // settings.samples),
    )
    density = torch.zeros(chosen.numel(), device=origins.device).index_copy(0, at, field.density(points))
    step = 2 * RADIUS / settings.samples
    passed = weights_from_density(density.view(chosen.shape), step).cumsum(-1)
    opacity = passed[:, -1]
    pixels = torch.nonzero(opacity > FAINT).squeeze(1)
    passed, distances = passed[pixels], distances[pixels]
    half = passed[:, -1:] / 2
    reached = (passed < half).sum(-1, keepdim=True).clamp_max(settings.samples - 1)
    before = torch.where(reached > 0, passed.gather(1, (reached - 1).clamp_min(0)), 0.0)
    share = (half - before) / (passed.gather(1, reached) - before)
    along = distances.gather(1, reached) + (share - 0.5) * step
    surface = torch.addcmul(origins[pixels], along, directions[pixels])
    return TracedView(surface, pixels, opacity.view(size, size))
