"""Noticing a density that has died out or filled the scene: from there no gradient leads back to an object."""

from __future__ import annotations

import torch

from engine.rendering.occupancy import OccupancyGrid
from engine.run.exits import EngineError

THIN = 1.0
"""Density, per scene unit, that makes no surface: a whole diameter of it lets an eighth of the light through."""
FULL = 0.98
"""Share of the scene's sphere that no object fills."""
RESTARTS = 3
"""How often a run may begin again."""


class DivergenceError(EngineError):
    """What is learned does not stay finite, however often it begins again; the message says what to do."""


def diagnose(occupancy: OccupancyGrid) -> str | None:
    """What ails a field, "vanished" or "filled the scene", by the densities in the occupancy grid; None: nothing."""
    dense = occupancy.density > THIN
    if not dense.any():
        return "vanished"
    size = occupancy.settings.resolution
    axis = ((torch.arange(size, device=dense.device) + 0.5) * (2 / size) - 1).square()
    inside = axis[:, None, None] + axis[:, None] + axis < 1
    return "filled the scene" if dense[inside].float().mean() > FULL else None
