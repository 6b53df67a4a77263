"""Density and albedo as functions of position, the background as one of direction."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Literal, Protocol

from torch import Tensor, nn

from engine.fields.grid import GridField, GridSettings
from engine.fields.mlp import MLPField, MLPSettings


class Field(Protocol):
    """What can be rendered and meshed; points are (N, 3) in [-1, 1]^3.

    One that is to be optimised also has `anneal(progress)`, told at every new share of the run, and
    `parameter_groups(rates)`: see `MLPField`.
    """

    def __call__(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Both, for less than the price of one after the other."""

    def density(self, points: Tensor) -> Tensor:
        """Density (N,), per scene unit, not below 0."""

    def albedo(self, points: Tensor) -> Tensor:
        """Albedo (N, 3) in [0, 1], sRGB-encoded."""


@dataclass
class FieldSettings:
    """Which field, and the size and first shape of each."""

    kind: Literal["grid", "mlp"] = "grid"
    """"grid": dense feature grids, fast on any machine. "mlp": the paper's network."""
    grid: GridSettings = dataclass_field(default_factory=GridSettings)
    mlp: MLPSettings = dataclass_field(default_factory=MLPSettings)


def build_field(settings: FieldSettings) -> nn.Module:
    """The field that the settings ask for, with weights from torch's global generator."""
    return MLPField(settings.mlp) if settings.kind == "mlp" else GridField(settings.grid)
