"""Lights: one random point light per view, and the three ways a view is shaded (DreamFusion, section 3.1 and A.2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import torch
from torch import Tensor
from torch.nn.functional import normalize


class Shading(str, Enum):
    """How a view is coloured."""

    ALBEDO = "albedo"
    """The base colour alone, no light."""
    DIFFUSE = "diffuse"
    """The base colour under a point light."""
    TEXTURELESS = "textureless"
    """White under a point light: only the geometry can please the prior."""
    POSITION = "position"
    """Where the surface is, as a colour, (x, y, z) / 2 + 1/2: canonical coordinates (SweetDreamer, arXiv 2310.02596)."""

    @property
    def lit(self) -> bool:
        """Whether a light matters."""
        return self in (Shading.DIFFUSE, Shading.TEXTURELESS)


@dataclass
class LightSettings:
    """Ranges that point lights are drawn from."""

    distance: tuple[float, float] = (1.8, 2.8)
    """From the origin, in scene units."""
    spread: float = 2.3
    """Standard deviation, in scene units, of a point around the camera that gives the light's direction."""
    ambient: tuple[float, float] = (0.2, 0.5)
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


def base_colour(albedo: Tensor, points: Tensor, shadings: list[Shading], view: Tensor) -> Tensor:
    """Colour (N, 3) in [0, 1] of points before any light shines on them.

    Args:
        albedo: (N, 3).
        points: (N, 3) in the scene's sphere, whose radius is 1.
        shadings: of B views.
        view: (N,) the number of the view that each point is seen in.
    """
    colour = albedo
    for way, other in (
        (Shading.TEXTURELESS, lambda: torch.ones_like(albedo)),
        (Shading.POSITION, lambda: (points / 2 + 0.5).clamp(0, 1)),
    ):
        if way in shadings:
            shown = torch.tensor([shading is way for shading in shadings], device=albedo.device)
            colour = other() if shown.all() else torch.where(shown[view, None], other(), colour)
    return colour


def lambertian(normals: Tensor, points: Tensor, light_position: Tensor, ambient: Tensor) -> Tensor:
    """Brightness (N, 1) of points under a point light: l_a + l_rho max(0, n . l), with l_rho = 1 - l_a (equation 7).

    Args:
        normals: (N, 3) unit.
        points: (N, 3).
        light_position: (N, 3), the light that shines on each point.
        ambient: (N,) ambient share.
    """
    towards_light = normalize(light_position - points, dim=-1)
    cosine = (normals * towards_light).sum(-1, keepdim=True).clamp_min(0)
    ambient = ambient[:, None]
    return ambient + (1 - ambient) * cosine
