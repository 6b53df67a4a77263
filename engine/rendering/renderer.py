"""From a field, cameras and lights to images: sampling, quadrature, shading, background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from engine.cameras import Cameras, camera_rays
from engine.fields import Field
from engine.lights import Lights
from engine.limits import SomeDensity, within
from engine.rendering.occupancy import OccupancyGrid
from engine.rendering.quadrature import weights_from_density
from engine.rendering.shading import Facing, Rays, Surfaces, sample_normals, shade_samples, shade_surfaces
from engine.run.settings import MAX_SEED
from engine.shading import Shading, base_colour

RADIUS = 1.0
"""Of the sphere that holds the scene, in scene units."""


@dataclass
class RenderSettings:
    """How finely rays are sampled, and which normals shade them."""

    samples: Annotated[int, within(2, 4_096)] = 64
    """Steps along a diameter of the scene; a ray takes as many of them as its chord is long."""
    hidden: SomeDensity = 6.0
    """Optical depth in front of a sample, by the occupancy grid's account, past which it is left out. Its own depth is
    taken off that: the grid knows cells by their densest point, which the samples before may have missed."""
    chunk: Annotated[int, within(0, MAX_SEED)] = 0
    """Samples that the field is asked for at a time, if not 0. What it computed on the way is then not kept but
    computed anew for the gradients: a large network fits in little memory."""
    normals: Literal["surface", "samples"] = "surface"
    """"surface": one normal a ray, at its expected surface. "samples": one a sample, by differentiating the density, as
    in the paper: several times slower, and only for fields that are twice differentiable, the MLP."""
    normal_step: Annotated[float, within(0.0001, 1)] = 0.06
    """Half width, in scene units, of the differences that surface normals are found by."""


@dataclass
class Rendering:
    """B views of H x W pixels.

    Attributes:
        images: (B, 3, H, W) in [0, 1], sRGB-encoded.
        opacity: (B, H, W), the sum of a ray's weights.
        weights: (P,) of the samples that were looked at.
        distances: (P,) of those samples from their camera, in scene units.
        facing: of the lit views.
        rays: the R rays that could meet anything.
        ray: (P,) the number of the ray that each of those samples is on.
        density: (P,) of those samples, per scene unit.
        surfaces: of the lit views where a ray has one normal; None where every sample has its own, or no view is lit.
    """

    images: Tensor
    opacity: Tensor
    weights: Tensor
    distances: Tensor
    facing: Facing
    rays: Rays
    ray: Tensor
    density: Tensor
    surfaces: Surfaces | None = None


@torch.no_grad()
def visible_samples(
    origins: Tensor, directions: Tensor, occupancy: OccupancyGrid, settings: RenderSettings, offsets: Tensor
) -> tuple[Tensor, Tensor]:
    """Choose the samples that can matter: inside the sphere, in occupied cells, not hidden behind dense ones.

    Args:
        origins: (R, 3) and `directions`: (R, 3) unit.
        offsets: (R,) in [0, 1), where in its first step a ray starts: the same for all its samples, so that intervals
            stay equal.

    Returns:
        distances (R, S) along each ray and a bool (R, S) of the samples to look at.
    """
    step = 2 * RADIUS / settings.samples
    middle = -(origins * directions).sum(-1, keepdim=True)
    half = (RADIUS**2 - (origins.square().sum(-1, keepdim=True) - middle**2)).clamp_min(0).sqrt()
    distances = middle - half + (torch.arange(settings.samples, device=origins.device) + offsets[:, None]) * step
    distances = distances.clamp_min(0)
    inside = (distances < middle + half) & (distances > 0)
    known = occupancy.along(origins, directions, distances)
    inside &= known >= 0
    depth = known * inside * (step * occupancy.settings.decay)
    return distances, inside & (torch.cumsum(depth, -1) - 2 * depth < settings.hidden)


def in_chunks(function: Callable[[Tensor], tuple[Tensor, ...]], points: Tensor, chunk: int) -> tuple[Tensor, ...]:
    """`function` of points (P, 3), `chunk` rows at a time, each computed anew in the backward pass; 0: all at once."""
    if not 0 < chunk < len(points):
        return function(points)
    parts = [checkpoint(function, part, use_reentrant=False, preserve_rng_state=False) for part in points.split(chunk)]
    return tuple(torch.cat(values) for values in zip(*parts))


def rays_that_meet(occupancy: OccupancyGrid, cameras: Cameras, height: int, width: int) -> Rays:
    """The rays through the pixels of B views that may meet anything; the other pixels, most of them, show the
    background."""
    origins, directions = (each.reshape(-1, 3) for each in camera_rays(cameras, height, width))
    pixel = torch.nonzero(occupancy.met_by(origins, directions)).squeeze(1)
    return Rays(origins[pixel], directions[pixel], pixel, pixel // (height * width))


def points_of(rays: Rays, distances: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The samples (R, S) that are chosen, P of them: where each is in the flattened table, the number of its ray, its
    distance, and its point (P, 3)."""
    # One flat index for a ray's sample: reading by pairs of indices takes several times as long.
    at = torch.nonzero(chosen.view(-1)).squeeze(1)
    ray, along = at // chosen.shape[1], distances.view(-1).index_select(0, at)
    points = torch.addcmul(rays.origins.index_select(0, ray), along[:, None], rays.directions.index_select(0, ray))
    return at, ray, along, points


def render(
    field: Field, occupancy: OccupancyGrid, cameras: Cameras, lights: Lights, shadings: list[Shading],
    backgrounds: Tensor, settings: RenderSettings, generator: torch.Generator | None = None,
    colours_only: bool = False,
) -> Rendering:
    """Render B views.

    Args:
        lights: B point lights.
        shadings: B ways of colouring.
        backgrounds: (B, 3, H, W), composited with 1 - opacity (section 3.1).
        generator: of the samples' random offsets; None puts them in the middle of their steps.
        colours_only: whether the images' gradients reach the albedo alone; of the density only what it shares with that
            moves.
    """
    count, _, height, width = backgrounds.shape
    device = backgrounds.device
    rays, area = rays_that_meet(occupancy, cameras, height, width), height * width
    offsets = torch.full((count * area,), 0.5) if generator is None else torch.rand(count * area, generator=generator)
    offsets = offsets.to(device)[rays.pixel]
    distances, chosen = visible_samples(rays.origins, rays.directions, occupancy, settings, offsets)
    at, ray, along, points = points_of(rays, distances, chosen)

    by_sample = any(shading.lit for shading in shadings) and settings.normals == "samples"
    look = partial(sample_normals, field) if by_sample else field
    density, albedo, *normals = in_chunks(look, points, settings.chunk)
    grid = torch.zeros(chosen.numel(), device=device, dtype=density.dtype).index_copy(0, at, density)
    weights = weights_from_density(grid.view(chosen.shape), 2 * RADIUS / settings.samples)
    if colours_only:
        weights = weights.detach()
    picked, opacity = weights.view(-1).index_select(0, at), weights.sum(-1)
    colour = base_colour(albedo, points, shadings, rays.view.index_select(0, ray))
    facing, surfaces = Facing(*[opacity.new_zeros(0)] * 3), None
    if by_sample:
        lit = torch.tensor([shading.lit for shading in shadings], device=device)
        brightness, facing = shade_samples(points, *normals, picked, ray, rays, lights, lit, area)
        colour = colour * brightness
    seen = torch.zeros(len(chosen), 3, device=device, dtype=density.dtype)
    seen = seen.index_add(0, ray, picked[:, None] * colour)
    if any(shading.needs_normals for shading in shadings) and not by_sample:
        colours, facing, surfaces = shade_surfaces(
            field, rays, lights, shadings, weights, distances, settings.normal_step
        )
        seen = seen * colours

    shown = torch.zeros(count * area, 4, device=device, dtype=density.dtype)
    shown = shown.index_copy(0, rays.pixel, torch.cat([seen, opacity[:, None]], -1)).view(count, height, width, 4)
    images, through = shown[..., :3].permute(0, 3, 1, 2), shown[..., 3]
    return Rendering(
        images=images + (1 - through[:, None]) * backgrounds, opacity=through, weights=picked,
        distances=along, facing=facing, rays=rays, ray=ray, density=density, surfaces=surfaces,
    )
