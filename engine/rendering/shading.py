"""Normals of a density, and what a point light makes of them (DreamFusion, equations 6 and 7)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize

from engine.differences import uphill
from engine.fields import Field
from engine.lights import Lights
from engine.shading import Shading, lambertian, tint


@dataclass
class Rays:
    """R rays.

    Attributes:
        origins: (R, 3), and `directions`: (R, 3) unit.
        pixel: (R,) the number of each one's pixel, counted view after view and row by row.
        view: (R,) the number of its view.
    """

    origins: Tensor
    directions: Tensor
    pixel: Tensor
    view: Tensor


@dataclass
class Facing:
    """How the surfaces of lit views face their camera.

    Attributes:
        cosine: (N,) n . v, v the ray's direction: positive where a normal points away from the camera.
        weight: (N,) how much of a pixel each normal decides: a ray's opacity, or a sample's weight.
        share: (N,) one over what the view that it is of has of rays with a normal, or of pixels where every sample has
            one, and over all views, lit or not: sums over the N are means over these, and over the views.
    """

    cosine: Tensor
    weight: Tensor
    share: Tensor


@dataclass
class Surfaces:
    """What N rays of lit views hit, where each has one normal.

    Attributes:
        pixel: (N,) the number of each one's pixel, as in `Rays`.
        normal: (N, 3), unit.
        depth: (N,) distance from the camera, in scene units.
        opacity: (N,) of the ray.
    """

    pixel: Tensor
    normal: Tensor
    depth: Tensor
    opacity: Tensor


def surface_normals(field: Field, points: Tensor, step: float) -> Tensor:
    """Normals (N, 3) of density: minus its normalised gradient, by differences over a tetrahedron of half width `step`.

    Four density reads at each ray's expected surface point take the place of the paper's gradient at every sample
    (equation 6): S times fewer reads and no second derivatives. The price: a ray has one normal, so semi-transparent
    layers share it, and details finer than `step` are smoothed. Differences are taken of log(1 + tau), which has the
    same normal direction and does not let the densest of the four reads drown the others.
    """
    return -normalize(uphill(lambda around: torch.log1p(field.density(around)), points, step), dim=-1, eps=1e-6)


def sample_normals(field: Field, points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Density (P,), albedo (P, 3) and normals n = -grad tau / |grad tau| (P, 3), zero where density is level (eq. 6).

    While gradients are recorded the normals are part of the graph: shading and the orientation loss then turn the
    density, by its second derivatives. The field must have them (`F.grid_sample` has none).
    """
    learning = torch.is_grad_enabled()
    with torch.enable_grad():
        points = points.detach().requires_grad_()
        density, albedo = field(points)
        (slope,) = torch.autograd.grad(density.sum(), points, create_graph=learning)
    return density, albedo, -normalize(slope, dim=-1, eps=1e-6)


def shade_surfaces(
    field: Field, rays: Rays, lights: Lights, shadings: list[Shading], weights: Tensor, distances: Tensor, step: float
) -> tuple[Tensor, Facing, Surfaces]:
    """What the colour (R, 3) of each ray is multiplied by, as the normal at its expected surface wants it (see `tint`),
    and how the surfaces of the lit views face.

    Args:
        shadings: of the B views.
        weights: (R, S) of the quadrature, and `distances`: (R, S) of its samples.
        step: half width of the differences that normals are found by.
    """
    opacity = weights.sum(-1).detach()
    depth = (weights * distances).sum(-1).detach() / opacity.clamp_min(1e-6)
    faced, lit = (
        torch.tensor(chosen, device=opacity.device)
        for chosen in ([way.needs_normals for way in shadings], [way.lit for way in shadings])
    )
    surface = torch.nonzero(faced[rays.view] & (opacity > 0.05)).squeeze(1)
    directions, view = rays.directions[surface], rays.view[surface]
    points = rays.origins[surface] + depth[surface, None] * directions
    normals = surface_normals(field, points, step)
    colour = tint(normals, points, lights.position[view], lights.ambient[view], shadings, view)
    # The losses on normals are for lit views: on those of maps, they fill what is hollow.
    kept = torch.nonzero(lit[view]).squeeze(1)
    normals, directions, surface_lit = normals[kept], directions[kept], surface[kept]
    share = 1 / (len(shadings) * rays_of_view(view[kept], len(shadings)))[view[kept]]
    facing = Facing((normals * directions).sum(-1), opacity[surface_lit], share)
    surfaces = Surfaces(rays.pixel[surface_lit], normals, depth[surface_lit], opacity[surface_lit])
    return opacity.new_ones(len(opacity), 3).index_copy(0, surface, colour), facing, surfaces


def rays_of_view(view: Tensor, views: int) -> Tensor:
    """How many rays, whose views' numbers are `view` (N,), each of the views has: (B,) float32, at least one."""
    ones = torch.ones(len(view), device=view.device)
    return torch.zeros(views, device=view.device).index_add(0, view, ones).clamp_min(1)


def shade_samples(
    points: Tensor, normals: Tensor, weights: Tensor, ray: Tensor, rays: Rays, lights: Lights, lit: Tensor, area: int
) -> tuple[Tensor, Facing]:
    """Brightness (P, 1) of each sample by its own normal; one where a view is not lit.

    Args:
        points, normals: (P, 3); `weights`: (P,); `ray`: (P,), the index of the ray each is on.
        lit: (B,) bool, which views are.
        area: pixels of a view.
    """
    view = rays.view[ray]
    brightness = lambertian(normals, points, lights.position[view], lights.ambient[view])
    cosine, seen = (normals * rays.directions[ray]).sum(-1), lit[view]
    facing = Facing(cosine[seen], weights[seen], torch.full_like(weights[seen], 1 / (area * len(lit))))
    return torch.where(seen[:, None], brightness, torch.ones_like(brightness)), facing
