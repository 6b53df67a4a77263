"""Lights: one random point light per view (DreamFusion, section 3.1 and A.2)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize

from engine.limits import Length, Share, SomeLength


@dataclass
class LightSettings:
    """Ranges that point lights are drawn from."""

    distance: tuple[SomeLength, SomeLength] = (1.8, 2.8)
    """From the origin, in scene units."""
    spread: Length = 2.3
    """Standard deviation, in scene units, of a point around the camera that gives the light's direction."""
    ambient: tuple[Share, Share] = (0.2, 0.5)
    """Share of ambient light; the diffuse share is the rest (the paper: .1)."""


@dataclass
class Lights:
    """A batch of B point lights: `position` (B, 3) in scene units, `ambient` (B,) in [0, 1]."""

    position: Tensor
    ambient: Tensor

    def __getitem__(self, index) -> Lights:
        return Lights(self.position[index], self.ambient[index])

    def to(self, device: torch.device | str) -> Lights:
        """The same lights on another device."""
        return Lights(self.position.to(device), self.ambient.to(device))


def sample_lights(camera_positions: Tensor, settings: LightSettings, generator: torch.Generator) -> Lights:
    """One light per camera (B, 3): the direction of a normal variate around the camera, at a uniform distance (A.2)."""
    count = len(camera_positions)
    direction = normalize(camera_positions + settings.spread * torch.randn(count, 3, generator=generator), dim=-1)
    u = torch.rand(2, count, generator=generator)
    distance = settings.distance[0] + (settings.distance[1] - settings.distance[0]) * u[0]
    ambient = settings.ambient[0] + (settings.ambient[1] - settings.ambient[0]) * u[1]
    return Lights(direction * distance[:, None], ambient)
