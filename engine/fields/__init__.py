"""Density and albedo as functions of position, the background as one of direction.

A field answers `density`, `albedo` and both at once when called (see `engine.rendering.renderer.Field`). It also has
`anneal(progress)`, told before anything is asked of it at a new share of the run, and `parameter_groups(rates)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Literal

from torch import nn

from engine.fields.grid import GridField, GridSettings


@dataclass
class FieldSettings:
    """Which field, and its size and first shape."""

    kind: Literal["grid"] = "grid"
    """Dense feature grids: fast."""
    grid: GridSettings = dataclass_field(default_factory=GridSettings)


def build_field(settings: FieldSettings) -> nn.Module:
    """The field that the settings ask for, with weights from torch's global generator."""
    return GridField(settings.grid)
