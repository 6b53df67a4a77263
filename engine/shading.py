"""The ways a view is coloured, which of them a step's views have, and their colours (DreamFusion, 3.1 and A.2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import torch
from torch import Tensor
from torch.nn.functional import normalize

from engine.limits import Share


class Shading(str, Enum):
    """How a view is coloured."""

    ALBEDO = "albedo"
    """The base colour alone, no light."""
    DIFFUSE = "diffuse"
    """The base colour under a point light."""
    TEXTURELESS = "textureless"
    """White under a point light: only the geometry can please the prior."""
    POSITION = "position"
    """Where the surface is, as a colour, (x, y, z) / 2 + 1/2: a position map (SweetDreamer, arXiv 2310.02596)."""
    NORMAL = "normal"
    """Which way the surface faces, as a colour, (n_x, n_y, n_z) / 2 + 1/2: a normal map, in the scene's axes."""

    @property
    def lit(self) -> bool:
        """Whether a light matters."""
        return self in (Shading.DIFFUSE, Shading.TEXTURELESS)

    @property
    def needs_normals(self) -> bool:
        """Whether it matters which way the surface faces."""
        return self.lit or self is Shading.NORMAL


@dataclass
class ShadingSettings:
    """How often views are shaded in which way (A.2)."""

    albedo_until: Share = 0.1
    """Share of the run in which only albedo is shown."""
    albedo: Share = 0.35
    """Share of albedo views after that."""
    textureless: Share = 0.15
    """Share of textureless views after that; the rest is diffuse."""
    position: Share = 0.0
    """Share of geometry steps, whose views are position maps and move the surface; the others are then texture steps,
    whose views show albedo and change only colours, and none is lit. 0: no step is either of them, and all move both.
    Only the Toybox prior knows position maps."""
    normal: Share = 0.0
    """Share of the geometry steps whose views are normal maps in place of position maps."""


def sample_shadings(
    shares: ShadingSettings, views: int, progress: float, generator: torch.Generator, group: int = 1
) -> list[Shading]:
    """How a step's views are shaded: all as position maps, normal maps or albedo; or albedo at first, then the mix of
    A.2.

    Args:
        shares: how often which way is drawn.
        views: how many there are.
        progress: share of the run, or of its stage, that is done, in [0, 1].
        generator: on the CPU.
        group: views that follow each other and are shaded alike.
    """
    if shares.position:
        drawn = torch.rand((), generator=generator).item() / shares.position
        way = Shading.ALBEDO if drawn >= 1 else Shading.POSITION if drawn >= shares.normal else Shading.NORMAL
        return [way] * views
    if progress < shares.albedo_until:
        return [Shading.ALBEDO] * views
    ways = [Shading.ALBEDO, Shading.TEXTURELESS, Shading.DIFFUSE]
    diffuse = max(0.0, 1 - shares.albedo - shares.textureless)
    weights = torch.tensor([shares.albedo, shares.textureless, diffuse])
    drawn = torch.multinomial(weights, views // group, replacement=True, generator=generator)
    return [ways[index] for index in drawn.repeat_interleave(group).tolist()]


def is_ever_lit(shares: ShadingSettings) -> bool:
    """Whether a light matters to any view of a run.

    >>> is_ever_lit(ShadingSettings()), is_ever_lit(ShadingSettings(albedo_until=1.0))
    (True, False)
    """
    return not shares.position and shares.albedo_until < 1 and shares.albedo < 1


def is_texture_step(shares: ShadingSettings, shadings: list[Shading]) -> bool:
    """Whether views so shaded leave the shape to the steps whose views are position maps.

    >>> is_texture_step(ShadingSettings(position=0.8), [Shading.ALBEDO, Shading.ALBEDO])
    True
    """
    return shares.position > 0 and Shading.ALBEDO in shadings


def base_colour(albedo: Tensor, points: Tensor, shadings: list[Shading], view: Tensor) -> Tensor:
    """Colour (N, 3) in [0, 1] of points before any light shines on them; `tint` has what changes it then.

    Args:
        albedo: (N, 3).
        points: (N, 3) in the scene's sphere, whose radius is 1.
        shadings: of B views.
        view: (N,) the number of the view that each point is seen in.

    >>> albedo, points = torch.full((2, 3), 0.2), torch.tensor([[1.0, 0.0, -1.0]]).expand(2, 3)
    >>> base_colour(albedo, points, [Shading.ALBEDO, Shading.POSITION], torch.tensor([0, 1]))
    tensor([[0.2000, 0.2000, 0.2000],
            [1.0000, 0.5000, 0.0000]])
    """
    colour = albedo
    for way, other in (
        (Shading.TEXTURELESS, lambda: torch.ones_like(albedo)),
        (Shading.NORMAL, lambda: torch.ones_like(albedo)),
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

    >>> up, origin, above = torch.tensor([[0.0, 0.0, 1.0]]), torch.zeros(1, 3), torch.tensor([[0.0, 0.0, 2.0]])
    >>> lambertian(up, origin, above, torch.tensor([0.25])), lambertian(-up, origin, above, torch.tensor([0.25]))
    (tensor([[1.]]), tensor([[0.2500]]))
    """
    towards_light = normalize(light_position - points, dim=-1)
    cosine = (normals * towards_light).sum(-1, keepdim=True).clamp_min(0)
    ambient = ambient[:, None]
    return ambient + (1 - ambient) * cosine


def tint(
    normals: Tensor, points: Tensor, light_position: Tensor, ambient: Tensor, shadings: list[Shading], view: Tensor
) -> Tensor:
    """What the base colours of points are multiplied by, (N, 3): their brightness in lit views, the colours of their
    normals in normal maps, one in all others.

    Args:
        normals, points, light_position, ambient: see `lambertian`.
        shadings: of B views.
        view: (N,) the number of the view that each point is seen in.

    >>> left, origin, above = torch.tensor([[-1.0, 0.0, 0.0]]), torch.zeros(1, 3), torch.tensor([[0.0, 0.0, 2.0]])
    >>> tint(left, origin, above, torch.tensor([0.25]), [Shading.NORMAL], torch.tensor([0]))
    tensor([[0.0000, 0.5000, 0.5000]])
    """
    lit, mapped = (
        torch.tensor(chosen, device=normals.device)[view, None]
        for chosen in ([way.lit for way in shadings], [way is Shading.NORMAL for way in shadings])
    )
    brightness = lambertian(normals, points, light_position, ambient)
    return torch.where(mapped, normals / 2 + 0.5, torch.where(lit, brightness, torch.ones_like(brightness)))
