"""From a field, cameras and lights to images: sampling, quadrature, shading, background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import normalize

from engine.cameras import Cameras, camera_rays
from engine.lights import Lights, Shading, lambertian
from engine.rendering.occupancy import OccupancyGrid
from engine.rendering.quadrature import weights_from_density

RADIUS = 1.0
"""Of the sphere that holds the scene, in scene units."""
TETRAHEDRON = ((1.0, -1.0, -1.0), (-1.0, -1.0, 1.0), (-1.0, 1.0, -1.0), (1.0, 1.0, 1.0))


class Field(Protocol):
    """What can be rendered and meshed."""

    def __call__(self, points: Tensor) -> tuple[Tensor, Tensor]: ...

    def density(self, points: Tensor) -> Tensor: ...

    def albedo(self, points: Tensor) -> Tensor: ...


@dataclass
class RenderSettings:
    """How finely rays are sampled."""

    samples: int = 64
    """Steps along a diameter of the scene; a ray takes as many of them as its chord is long."""
    hidden: float = 6.0
    """Optical depth in front of a sample, by the occupancy grid's account, past which it is left out."""
    normal_step: float = 0.03
    """Half width, in scene units, of the differences that normals are found by."""


@dataclass
class Rendering:
    """B views of H x W pixels.

    Attributes:
        images: (B, 3, H, W) in [0, 1], sRGB-encoded.
        opacity: (B, H, W), the sum of a ray's weights.
        weights: (P,) of the samples that were looked at.
        distances: (P,) of those samples from their camera, in scene units.
        facing: (N,) n . v of the surface rays, v the ray's direction; empty for views without normals.
        facing_opacity: (N,) opacity of those rays.
    """

    images: Tensor
    opacity: Tensor
    weights: Tensor
    distances: Tensor
    facing: Tensor
    facing_opacity: Tensor


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
    cells = occupancy.cells(origins[:, None] + distances[..., None] * directions[:, None])
    inside &= occupancy.binary.view(-1)[cells]
    depth = occupancy.density.view(-1)[cells] * inside * (step * occupancy.settings.decay)
    return distances, inside & (torch.cumsum(depth, -1) - 2 * depth < settings.hidden)


def surface_normals(field: Field, points: Tensor, step: float) -> Tensor:
    """Normals (N, 3) of density: minus its normalised gradient, by differences over a tetrahedron of half width `step`.

    Four density reads at each ray's expected surface point take the place of the paper's gradient at every sample
    (equation 6): S times fewer reads and no second derivatives. The price: a ray has one normal, so semi-transparent
    layers share it, and details finer than `step` are smoothed. Differences are taken of log(1 + tau), which has the
    same normal direction and does not let the densest of the four reads drown the others.
    """
    taps = points.new_tensor(TETRAHEDRON)
    around = (points[:, None] + step * taps).view(-1, 3)
    values = torch.log1p(field.density(around)).view(-1, 4, 1)
    return -normalize((values * taps).sum(1), dim=-1, eps=1e-6)


def render(
    field: Field, occupancy: OccupancyGrid, cameras: Cameras, lights: Lights, shadings: list[Shading],
    backgrounds: Tensor, settings: RenderSettings, generator: torch.Generator | None = None,
) -> Rendering:
    """Render B views.

    Args:
        lights: B point lights.
        shadings: B ways of colouring.
        backgrounds: (B, 3, H, W), composited with 1 - opacity (section 3.1).
        generator: of the samples' random offsets; None puts them in the middle of their steps.
    """
    count, _, height, width = backgrounds.shape
    device = backgrounds.device
    origins, directions = (rays.reshape(-1, 3) for rays in camera_rays(cameras, height, width))
    rays = len(origins)
    offsets = torch.full((rays,), 0.5) if generator is None else torch.rand(rays, generator=generator)
    distances, chosen = visible_samples(origins, directions, occupancy, settings, offsets.to(device))
    ray, sample = torch.nonzero(chosen, as_tuple=True)
    points = origins[ray] + distances[ray, sample, None] * directions[ray]
    density, albedo = field(points)
    grid = torch.zeros(chosen.shape, device=device, dtype=density.dtype).index_put((ray, sample), density)
    weights = weights_from_density(grid, 2 * RADIUS / settings.samples)
    opacity = weights.sum(-1)
    picked = weights[ray, sample]
    albedo = torch.where(_textured(shadings, device)[ray // (height * width), None], albedo, torch.ones_like(albedo))
    colour = torch.zeros(rays, 3, device=device, dtype=density.dtype).index_add(0, ray, picked[:, None] * albedo)
    depth = (weights * distances).sum(-1).detach() / opacity.detach().clamp_min(1e-6)

    lit = _lit(shadings, device)[torch.arange(rays, device=device) // (height * width)]
    surface = torch.nonzero(lit & (opacity.detach() > 0.05)).squeeze(1)
    place = origins[surface] + depth[surface, None] * directions[surface]
    normals = surface_normals(field, place, settings.normal_step)
    view = surface // (height * width)
    brightness = lambertian(normals, place, lights.position[view], lights.ambient[view])
    shade = torch.ones(rays, 1, device=device, dtype=density.dtype).index_copy(0, surface, brightness)
    images = (colour * shade).view(count, height, width, 3).permute(0, 3, 1, 2)
    through = opacity.view(count, height, width)
    return Rendering(
        images=images + (1 - through[:, None]) * backgrounds, opacity=through, weights=picked,
        distances=distances[ray, sample], facing=(normals * directions[surface]).sum(-1),
        facing_opacity=opacity[surface],
    )


def _textured(shadings: list[Shading], device: torch.device) -> Tensor:
    return torch.tensor([shading is not Shading.TEXTURELESS for shading in shadings], device=device)


def _lit(shadings: list[Shading], device: torch.device) -> Tensor:
    return torch.tensor([shading is not Shading.ALBEDO for shading in shadings], device=device)
