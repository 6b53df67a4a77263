"""Distances to the objects of the Toybox world, and sphere tracing by them (Hart, "Sphere tracing", 1996)."""

from __future__ import annotations

from itertools import product

import torch
from torch import Tensor
from torch.nn.functional import normalize

from engine.differences import uphill
from engine.toybox.parts import Part

BOUND = 1.0
"""Radius of the sphere that holds every object: the scene's."""


def scene_distance(parts: list[Part], points: Tensor) -> tuple[Tensor, Tensor]:
    """Distance (N,) to the nearest part and that part's number (N,)."""
    return torch.stack([part.shape(points) for part in parts]).min(0)


def surface_normals(parts: list[Part], points: Tensor, step: float = 2e-3) -> Tensor:
    """Unit normals (N, 3) by differences over a tetrahedron of half width `step`."""
    return normalize(uphill(lambda around: scene_distance(parts, around)[0], points, step), dim=-1)


def trace(parts: list[Part], origins: Tensor, directions: Tensor, steps: int = 64) -> tuple[Tensor, Tensor]:
    """Sphere-trace rays (N, 3).

    Returns:
        hit: (N,) bool.
        depth: (N,) distance along the ray, meaningful where hit.
    """
    middle = -(origins * directions).sum(-1)
    gap = BOUND**2 - (origins.square().sum(-1) - middle**2)
    hit = torch.zeros(len(origins), dtype=torch.bool, device=origins.device)
    depth = (middle - gap.clamp_min(0).sqrt()).clamp_min(0)
    far = middle + gap.clamp_min(0).sqrt()
    active = torch.nonzero((gap > 0) & (far > 0)).squeeze(1)
    for _ in range(steps):
        if not len(active):
            break
        distance, _ = scene_distance(parts, origins[active] + depth[active, None] * directions[active])
        depth[active] += distance
        arrived = distance < 1e-3
        hit[active[arrived]] = True
        active = active[~arrived & (depth[active] < far[active])]
    return hit, depth


def outline(parts: list[Part], side: int = 48) -> Tensor:
    """Points (N, 3) of the surface: those that `side` x `side` parallel rays meet along each axis, both ways. In each
    direction the farthest are as far as the surface reaches, but for what slips between two rays."""
    axis = torch.linspace(-BOUND, BOUND, side)
    across = torch.stack(torch.meshgrid(axis, axis, indexing="ij"), -1).view(-1, 2)
    origins, directions = torch.zeros(6, side * side, 3), torch.zeros(6, side * side, 3)
    for number, (along, sign) in enumerate(product(range(3), (1.0, -1.0))):
        origins[number, :, along], directions[number, :, along] = -sign * BOUND, sign
        origins[number][:, [(along + 1) % 3, (along + 2) % 3]] = across
    origins, directions = origins.view(-1, 3), directions.view(-1, 3)
    hit, depth = trace(parts, origins, directions)
    return (origins + depth[:, None] * directions)[hit]
