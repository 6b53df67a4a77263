"""The paper's field: a residual MLP on an integrated positional encoding (DreamFusion, A.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import torch
from torch import Tensor, nn

from engine.fields.encoding import integrated_encoding
from engine.limits import Count, Density, Length, Octaves, Share, SomeLength, within
from engine.optimiser import OptimiserSettings
from engine.schedules import ramp

DENSEST = 10.0
"""Largest logarithm of the MLP's density: past it one step of a ray is opaque and has no gradient, so that nothing is
lost by cutting, and no exponential overflows."""


@dataclass
class MLPSettings:
    """Size and first shape of the paper's field, in the paper's units."""

    radius: SomeLength = 1.4
    """Of the paper's scene. Ours is 1: the field multiplies positions and densities by it."""
    levels: Octaves = 8
    """Octaves of the encoding."""
    scale: tuple[Length, Length] = (0.05, 0.002)
    """Standard deviation of the encoding at the first step and when annealed: coarse shapes first."""
    scale_until: Share = 1 / 3
    """Share of the run over which it is annealed, linearly (the paper: 5,000 of 15,000 steps)."""
    blocks: Annotated[int, within(1, 100)] = 5
    """Residual blocks."""
    width: Count = 128
    """Features in and between the blocks."""
    density_bias: Annotated[float, within(-100, 100)] = -5.0
    """Added before the exponential. Without it the untrained scene is fog of density one, 94 % opaque along a diameter;
    with it 2 to 3 %."""
    blob_density: Density = 5.0
    """Height of the Gaussian that starts the scene."""
    blob_spread: SomeLength = 0.2
    """Standard deviation of that Gaussian."""


class ResidualBlock(nn.Module):
    """x + W2 silu(W1 x)."""

    def __init__(self, width: int):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, features: Tensor) -> Tensor:
        """(N, width) to (N, width)."""
        return features + self.layers(features)


class MLPField(nn.Module):
    """Density and albedo inside the cube [-1, 1]^3; twice differentiable, so that normals can be trained through.

    The blob 5 exp(-|x|^2 / (2 .2^2)) is added to the density, after the activation, as the paper reads (A.2): this
    field is there to be the paper's. The price is that density at the centre never falls below the blob's, which is why
    `GridField` adds its own before the activation.
    """

    def __init__(self, settings: MLPSettings):
        super().__init__()
        self.settings = settings
        width = settings.width
        middle = [layer for _ in range(settings.blocks - 1) for layer in (ResidualBlock(width), nn.LayerNorm(width))]
        self.layers = nn.Sequential(
            nn.Linear(6 * settings.levels, width), *middle, ResidualBlock(width), nn.Linear(width, 4)
        )
        self.anneal(0.0)

    def anneal(self, progress: float) -> None:
        """Set the encoding's scale to that of a share of the run in [0, 1]."""
        self.scale = ramp(self.settings.scale, progress, self.settings.scale_until)

    def forward(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Density (N,), per scene unit, and albedo (N, 3) in (0, 1), sRGB-encoded, at points (N, 3)."""
        settings = self.settings
        place = settings.radius * points
        raw = self.layers(integrated_encoding(place, settings.levels, self.scale))
        density = torch.exp((raw[:, 0] + settings.density_bias).clamp(max=DENSEST))
        blob = settings.blob_density * torch.exp(-place.square().sum(-1) / (2 * settings.blob_spread**2))
        return settings.radius * (density + blob), torch.sigmoid(raw[:, 1:])

    def density(self, points: Tensor) -> Tensor:
        """Density (N,), per scene unit, at points (N, 3)."""
        return self(points)[0]

    def albedo(self, points: Tensor) -> Tensor:
        """Albedo (N, 3) in (0, 1), sRGB-encoded, at points (N, 3)."""
        return self(points)[1]

    def parameter_groups(self, rates: OptimiserSettings) -> list[dict[str, Any]]:
        """What the optimiser moves, and how fast."""
        return [{"params": list(self.parameters()), "lr": rates.mlp_rate}]
