"""Views of Toybox objects: what lies behind each pixel, and shading of that with any colours and light.

Geometry is traced once per view and kept small; colour, light and background are cheap and drawn anew each time, so
that a cache of a few hundred views per object yields an endless stream of training images.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize

from engine.cameras import Cameras, camera_rays
from engine.lights import Lights
from engine.shading import Shading, base_colour, tint
from engine.toybox.paint import Palette
from engine.toybox.place import parts_of
from engine.toybox.shown import Shown
from engine.toybox.tracing import scene_distance, surface_normals, trace

NOTHING = 255
"""The part number of a pixel in which there is only background."""


@dataclass
class GBuffers:
    """What lies behind the pixels of B views, (B, R, R).

    Attributes:
        part: uint8 number of the part hit, or NOTHING.
        depth: float16 distance along the ray, in scene units.
        normal: (B, R, R, 3) int8, unit normals times 127.
        cameras: the B cameras.
    """

    part: Tensor
    depth: Tensor
    normal: Tensor
    cameras: Cameras


def look(shown: Shown, cameras: Cameras, resolution: int) -> GBuffers:
    """Trace what is shown from each camera: one ray a pixel, as the images of a run have."""
    parts = parts_of(shown)
    origins, directions = (rays.reshape(-1, 3) for rays in camera_rays(cameras, resolution, resolution))
    hit, depth = trace(parts, origins, directions)
    points = (origins + depth[:, None] * directions)[hit]
    part = torch.full(hit.shape, NOTHING, dtype=torch.uint8, device=hit.device)
    part[hit] = scene_distance(parts, points)[1].to(torch.uint8)
    normal = torch.zeros(len(hit), 3, dtype=torch.int8, device=hit.device)
    normal[hit] = (surface_normals(parts, points) * 127).round().to(torch.int8)
    grid = (len(cameras), resolution, resolution)
    return GBuffers(part.view(grid), depth.half().view(grid), normal.view(*grid, 3), cameras)


def shade(
    views: GBuffers, palettes: Palette, lights: Lights, shadings: list[Shading], backgrounds: Tensor
) -> Tensor:
    """Images of views under lights.

    Args:
        views: B of them, of R x R pixels.
        palettes: of the B images.
        lights: B of them.
        shadings: B of them.
        backgrounds: (B, 3, R, R).

    Returns:
        (B, 3, R, R) in [0, 1], sRGB-encoded as the colours are.
    """
    size = views.part.shape[1]
    image, row, column = torch.nonzero(views.part != NOTHING, as_tuple=True)
    origins, directions = camera_rays(views.cameras, size, size)
    depth = views.depth[image, row, column].float()[:, None]
    points = origins[image, row, column] + depth * directions[image, row, column]
    normals = normalize(views.normal[image, row, column].float(), dim=-1)
    colour = base_colour(palettes.at(points, image, views.part[image, row, column].long()), points, shadings, image)
    colour = colour * tint(normals, points, lights.position[image], lights.ambient[image], shadings, image)
    layers = torch.zeros(len(views.part), size, size, 4, device=colour.device)
    layers[image, row, column] = torch.cat([colour, torch.ones_like(depth)], -1)
    layers = layers.permute(0, 3, 1, 2)
    return layers[:, :3] + (1 - layers[:, 3:]) * backgrounds


def smooth_backgrounds(count: int, resolution: int, generator: torch.Generator) -> Tensor:
    """Random plain and linearly graded backgrounds (count, 3, resolution, resolution), half of each."""
    colours = torch.rand(count, 2, 3, generator=generator)
    grey = torch.rand(count, 2, 1, generator=generator).expand(-1, -1, 3)
    colours = torch.where(torch.rand(count, 1, 1, generator=generator) < 0.5, grey, colours)
    plain = torch.rand(count, 1, generator=generator) < 0.5
    first, second = colours[:, 0], torch.where(plain, colours[:, 0], colours[:, 1])
    angle = torch.rand(count, 1, 1, generator=generator) * 2 * torch.pi
    ramp = torch.linspace(-0.5, 0.5, resolution)
    along = (ramp[None, :, None] * angle.cos() + ramp[None, None, :] * angle.sin() + 0.5).clamp(0, 1)[:, None]
    return first[:, :, None, None] * (1 - along) + second[:, :, None, None] * along
