"""Cameras: what is sampled per step, and the rays that leave through their pixels.

Frame: right-handed, z up, front of an object towards -y. Azimuth 0 looks at the front (camera on -y), positive azimuth
moves the camera towards +x. Source: DreamFusion (arXiv 2209.14988), section 3.2 and appendix A.2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from engine.limits import Count, Length, SomeLength, within

Elevation = Annotated[float, within(-90, 90)]
Focal = Annotated[float, within(0.01, 100)]


@dataclass
class CameraSettings:
    """Ranges that cameras are drawn from."""

    elevation: tuple[Elevation, Elevation] = (-10.0, 90.0)
    """Degrees above the horizon."""
    distance: tuple[SomeLength, SomeLength] = (2.1, 2.5)
    """From the origin, in scene units (the scene is a sphere of radius 1)."""
    relative: bool = False
    """Whether distances are multiples of the one at which a scene unit fills half of the image: a longer lens then
    stands further away."""
    focal: tuple[Focal, Focal] = (1.072, 1.303)
    """Focal length, in image widths: whole angles of 50 to 42 degrees (the paper: .7 to 1.35, 71 to 41 degrees)."""
    by_angle: bool = False
    """Whether lenses are drawn uniformly by their angle, in place of their focal length."""
    position_jitter: Length = 0.0
    """Half width of the uniform offset of the camera's position, in scene units."""
    target_jitter: Length = 0.0
    """Standard deviation of the point looked at, in scene units."""
    up_jitter: Length = 0.0
    """Standard deviation of the up vector's offset."""
    group: Count = 1
    """Views that are drawn together: at equal angles around the object, the rest alike. For priors that look at as many
    of them at once (MVDream: 4)."""


@dataclass
class Cameras:
    """A batch of B pinhole cameras.

    Attributes:
        elevation: (B,) radians above the horizon.
        azimuth: (B,) radians in [-pi, pi), 0 in front.
        position: (B, 3) in scene units.
        rotation: (B, 3, 3) camera to world; columns are right, up and backward (the camera looks along -z).
        field_of_view: (B,) radians, whole vertical angle.
    """

    elevation: Tensor
    azimuth: Tensor
    position: Tensor
    rotation: Tensor
    field_of_view: Tensor

    def __len__(self) -> int:
        return len(self.azimuth)

    @property
    def apparent_size(self) -> Tensor:
        """Of a scene unit at the origin: (B,), in image widths, focal length over distance."""
        return 0.5 / torch.tan(self.field_of_view / 2) / self.position.norm(dim=-1)

    def __getitem__(self, index) -> Cameras:
        return Cameras(**{name: value[index] for name, value in vars(self).items()})

    def to(self, device: torch.device | str) -> Cameras:
        """The same cameras on another device."""
        return Cameras(**{name: value.to(device) for name, value in vars(self).items()})


def view_word(elevation: float, azimuth: float) -> str:
    """The paper's word for a camera: "overhead" above 60 degrees, else the nearest of "front", "side" and "back".

    Args:
        elevation: radians above the horizon.
        azimuth: radians, 0 in front; any number of turns.

    >>> view_word(0.2, 0.0), view_word(0.2, math.pi / 2), view_word(0.2, -math.pi), view_word(1.2, 0.0)
    ('front', 'side', 'back', 'overhead')
    """
    if elevation > math.radians(60):
        return "overhead"
    away = degrees_from_front(azimuth)
    return "front" if away <= 45 else "side" if away <= 135 else "back"


def degrees_from_front(azimuth: float) -> float:
    """How far an azimuth in radians, of any number of turns, is from the front: degrees in [0, 180].

    >>> degrees_from_front(-math.pi / 2)
    90.0
    """
    return abs((math.degrees(azimuth) + 180) % 360 - 180)


def focal_to_field_of_view(focal: Tensor) -> Tensor:
    """Whole angles in radians of focal lengths given in image widths: 2 atan(1 / (2 focal)).

    >>> focal_to_field_of_view(torch.tensor([0.5])).rad2deg()
    tensor([90.])
    """
    return 2 * torch.atan(0.5 / focal)


def spherical_to_cartesian(elevation: Tensor, azimuth: Tensor) -> Tensor:
    """Unit vectors (..., 3) towards a camera at `elevation` and `azimuth` (radians).

    >>> spherical_to_cartesian(torch.zeros(2), torch.tensor([0.0, math.pi / 2])).round(decimals=3) + 0
    tensor([[ 0., -1.,  0.],
            [ 1.,  0.,  0.]])
    """
    horizontal = elevation.cos()
    return torch.stack([horizontal * azimuth.sin(), -horizontal * azimuth.cos(), elevation.sin()], -1)


def look_at(position: Tensor, target: Tensor, up: Tensor) -> Tensor:
    """Camera-to-world rotations (B, 3, 3) that look from `position` to `target`; all (B, 3).

    Straight above or below, where `up` is parallel to the view, +y takes its place, so that a camera overhead has
    the object's front at the bottom of the picture.

    >>> look_at(torch.tensor([[0.0, -2.0, 0.0]]), torch.zeros(1, 3), torch.tensor([[0.0, 0.0, 1.0]])) + 0
    tensor([[[ 1.,  0.,  0.],
             [ 0.,  0., -1.],
             [ 0.,  1.,  0.]]])
    """
    backward = torch.nn.functional.normalize(position - target, dim=-1)
    parallel = torch.linalg.cross(up, backward).norm(dim=-1, keepdim=True) < 1e-4
    up = torch.where(parallel, torch.tensor([0.0, 1.0, 0.0], device=up.device).expand_as(up), up)
    right = torch.nn.functional.normalize(torch.linalg.cross(up, backward), dim=-1)
    return torch.stack([right, torch.linalg.cross(backward, right), backward], -1)


def orbit_cameras(elevation: Tensor, azimuth: Tensor, distance: Tensor, field_of_view: Tensor) -> Cameras:
    """Cameras that look at the origin; angles (B,) in radians, `distance` (B,) in scene units.

    >>> orbit_cameras(torch.zeros(1), torch.zeros(1), torch.tensor([2.0]), torch.tensor([0.8])).position
    tensor([[ 0., -2.,  0.]])
    """
    position = spherical_to_cartesian(elevation, azimuth) * distance[:, None]
    up = torch.tensor([0.0, 0.0, 1.0]).expand_as(position)
    return Cameras(elevation, azimuth, position, look_at(position, torch.zeros_like(position), up), field_of_view)


def ring_cameras(count: int) -> Cameras:
    """Cameras around the scene from a little above, at equal angles to each other; the first is in front.

    >>> ring_cameras(4).azimuth.rad2deg()
    tensor([  0.,  90., 180., 270.])
    """
    alike = torch.ones(count)
    azimuth = torch.arange(count) * (2 * math.pi / count)
    return orbit_cameras(0.3 * alike, azimuth, 2.3 * alike, 0.8 * alike)


def sample_elevation(count: int, limits: tuple[float, float], generator: torch.Generator) -> Tensor:
    """Elevations (count,) in radians: half the time uniform in angle, half uniform in area on the sphere (A.2)."""
    low, high = (math.radians(angle) for angle in limits)
    u = torch.rand(count, generator=generator)
    by_angle = low + (high - low) * u
    by_area = torch.asin((math.sin(low) + (math.sin(high) - math.sin(low)) * u).clamp(-1, 1))
    return torch.where(torch.rand(count, generator=generator) < 0.5, by_angle, by_area)


def sample_cameras(count: int, settings: CameraSettings, generator: torch.Generator) -> Cameras:
    """Draw `count` random cameras on the CPU, a multiple of the settings' `group`.

    Azimuths are stratified over the batch: the views of one step see the object from all sides. Those of a group follow
    each other and divide the turn equally; all else is drawn once for all of them.
    """
    group, draws = settings.group, count // settings.group

    def uniform(low: float, high: float, *size: int) -> Tensor:
        """Between two numbers, one draw for each group."""
        return (low + (high - low) * torch.rand(draws, *size, generator=generator)).repeat_interleave(group, 0)

    def normal(scale: float) -> Tensor:
        """Vectors with a spread, one draw for each group."""
        return (scale * torch.randn(draws, 3, generator=generator)).repeat_interleave(group, 0)

    elevation = sample_elevation(draws, settings.elevation, generator).repeat_interleave(group)
    first = (torch.arange(draws) + torch.rand(draws, generator=generator)) / draws + torch.rand(1, generator=generator)
    turn = ((first[:, None] + torch.arange(group)) / group).flatten()
    azimuth = (turn % 1.0) * 2 * math.pi - math.pi
    angles = focal_to_field_of_view(torch.tensor(settings.focal))
    field_of_view = uniform(*angles) if settings.by_angle else focal_to_field_of_view(uniform(*settings.focal))
    distance = uniform(*settings.distance)
    distance = distance / torch.tan(field_of_view / 2) if settings.relative else distance
    cameras = orbit_cameras(elevation, azimuth, distance, field_of_view)
    if settings.position_jitter or settings.target_jitter or settings.up_jitter:
        offset = uniform(-1, 1, 3) * settings.position_jitter
        cameras.position = cameras.position + offset
        up = torch.tensor([0.0, 0.0, 1.0]) + normal(settings.up_jitter)
        cameras.rotation = look_at(cameras.position, normal(settings.target_jitter), up)
    return cameras


def camera_rays(cameras: Cameras, height: int, width: int) -> tuple[Tensor, Tensor]:
    """Rays through the pixel centres.

    Returns:
        origins and unit directions, each (B, height, width, 3); row 0 is the top of the image.
    """
    device = cameras.position.device
    half_height = torch.tan(cameras.field_of_view / 2)[:, None, None]
    y = (1 - (torch.arange(height, device=device) + 0.5) * 2 / height)[None, :, None] * half_height
    x = ((torch.arange(width, device=device) + 0.5) * 2 / width - 1)[None, None, :] * half_height * (width / height)
    x, y = torch.broadcast_tensors(x, y)
    local = torch.stack([x, y, -torch.ones_like(x)], -1)
    directions = torch.einsum("bij,bhwj->bhwi", cameras.rotation, local)
    directions = torch.nn.functional.normalize(directions, dim=-1)
    return cameras.position[:, None, None].expand_as(directions), directions
