"""Colours that are finer than the field that they begin as."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from engine.fields.trilinear import read_grid
from engine.optimiser import OptimiserSettings


class DetailedColours(nn.Module):
    """A field's albedo, and a fine grid of changes to it, which begins with none.

    Args:
        base: the field; its parameters are learned on.
        vertices: of the grid, along an edge.
        rate: the grid's learning rate, as a share of that of a field's grids.
    """

    def __init__(self, base: nn.Module, vertices: int, rate: float):
        super().__init__()
        self.base, self.rate = base, rate
        self.changes = nn.Parameter(torch.zeros(vertices, vertices, vertices, 3))

    def albedo(self, points: Tensor) -> Tensor:
        """Albedo (N, 3) in (0, 1), sRGB-encoded, at points (N, 3): the changes are to its logarithmic odds."""
        return torch.sigmoid(torch.logit(self.base.albedo(points), eps=1e-4) + read_grid(self.changes, points))

    def parameter_groups(self, rates: OptimiserSettings) -> list[dict[str, Any]]:
        """What the optimiser moves, and how fast."""
        return [*self.base.parameter_groups(rates), {"params": [self.changes], "lr": self.rate * rates.grid_rate}]
