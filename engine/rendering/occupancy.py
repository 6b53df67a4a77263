"""Where there may be density: a coarse grid that lets rays skip empty space and what lies hidden behind surfaces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.limits import Cells, Density, Share, within
from engine.run.settings import MAX_SEED


@dataclass
class OccupancySettings:
    """Size and pace of the occupancy grid."""

    resolution: Cells = 32
    """Cells along an edge of the cube [-1, 1]^3."""
    every: Annotated[int, within(1, MAX_SEED)] = 10
    """Steps between two updates."""
    decay: Share = 0.7
    """What is left of a cell's remembered density at each update; the new density replaces it where it is larger."""
    threshold: Density = 0.5
    """Density, per scene unit, below which a cell counts as empty."""


def _meets_the_sphere(resolution: int) -> Tensor:
    """Which cells (R, R, R) of the cube [-1, 1]^3 have a point in the unit sphere."""
    edges = torch.linspace(-1, 1, resolution + 1)
    nearest = torch.where(edges[:-1] * edges[1:] < 0, 0.0, torch.minimum(edges[:-1].abs(), edges[1:].abs())).square()
    return nearest[:, None, None] + nearest[:, None] + nearest < 1


class OccupancyGrid(nn.Module):
    """The largest density met lately in each cell of [-1, 1]^3; starts full (Mueller et al., arXiv 2201.05989, sec. E).

    Attributes:
        density: (R, R, R) indexed [x, y, z].
        binary: (R, R, R) bool, cells that may hold density, grown by one cell.
    """

    def __init__(self, settings: OccupancySettings):
        super().__init__()
        self.settings = settings
        shape = (settings.resolution,) * 3
        self.register_buffer("density", torch.zeros(shape))
        self.register_buffer("binary", torch.ones(shape, dtype=torch.bool))
        self.register_buffer("inside", _meets_the_sphere(settings.resolution), persistent=False)

    @torch.no_grad()
    def update(self, density: Callable[[Tensor], Tensor], generator: torch.Generator) -> None:
        """Look at one random point of every cell (N, 3) -> (N,), and forget a little. Outside of the unit sphere, where
        no ray goes, there is nothing."""
        size = self.settings.resolution
        axis = torch.arange(size)
        cells = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), -1).view(-1, 3)
        points = (cells + torch.rand(cells.shape, generator=generator)) * (2 / size) - 1
        points = points.to(self.density.device)[self.inside.view(-1)]
        fresh = torch.zeros_like(self.density)
        fresh[self.inside] = torch.cat([density(chunk) for chunk in points.split(131072)])
        torch.maximum(self.density * self.settings.decay, fresh, out=self.density)
        self.binary = F.max_pool3d((self.density > self.settings.threshold).float()[None], 3, 1, 1)[0].bool()

    def met_by(self, origins: Tensor, directions: Tensor) -> Tensor:
        """Which rays (R, 3) pass through the box around all cells that may hold density: (R,) bool.

        By the slab method (Kay and Kajiya, "Ray tracing complex scenes", 1986), the box a little larger than it is.
        """
        low, high = [], []
        for axis in range(3):
            filled = torch.nonzero(self.binary.sum([other for other in range(3) if other != axis])).squeeze(1)
            if not len(filled):
                return torch.zeros(len(origins), dtype=torch.bool, device=origins.device)
            low.append(filled[0] - 0.01)
            high.append(filled[-1] + 1.01)
        size = 2 / self.settings.resolution
        corners = torch.stack([torch.stack(low), torch.stack(high)])[:, None].to(origins) * size - 1
        slopes = torch.where(directions.abs() < 1e-9, 1e-9, directions)
        crossings = (corners - origins) / slopes
        return crossings.amin(0).amax(-1) <= crossings.amax(0).amin(-1)

    def along(self, origins: Tensor, directions: Tensor, distances: Tensor) -> Tensor:
        """What is known of the density at points of rays (R, S), -1 where it counts as empty.

        Args:
            origins, directions: (R, 3) of rays, whose points at `distances` (R, S) are in the cube [-1, 1]^3; of others
                the nearest cell's is told.
        """
        size = self.settings.resolution
        cells = torch.zeros(distances.shape, dtype=torch.int32, device=distances.device)
        for axis in range(3):
            start, slope = (origins[:, axis, None] + 1) * (size / 2), directions[:, axis, None] * (size / 2)
            cells = cells.mul_(size).add_(torch.addcmul(start, distances, slope).int().clamp_(0, size - 1))
        known = torch.where(self.binary, self.density, -1.0).view(-1)
        return known.index_select(0, cells.view(-1)).view(distances.shape)
