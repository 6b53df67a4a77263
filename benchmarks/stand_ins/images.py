"""Images of the taught part of the world, as the cameras of a prior's preset see it: rendered once, kept in a file."""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, normalize
from tqdm import tqdm

from benchmarks.stand_ins.world import COLOURS, OBJECTS, SIDE
from engine.cameras import Cameras, CameraSettings, sample_cameras, view_word
from engine.lights import LightSettings, sample_lights
from engine.run.arrays import to_npz
from engine.run.atomic import atomic_write_bytes
from engine.shading import Shading
from engine.toybox.captions import VIEWS
from engine.toybox.data import fingerprint, standpoints
from engine.toybox.paint import palette, together
from engine.toybox.render import GBuffers, look, shade, smooth_backgrounds
from engine.toybox.shown import Shown

RAYS = 2
"""Per pixel and axis."""
CHUNK = 8
"""Views that are traced together, whole groups."""
LIT = 0.5
"""Share of images in the light of a lamp; the others show plain colours, as most steps of a run do."""


@dataclass
class Images:
    """N images, and what is true of each. Groups of a group-wise prior follow each other.

    Attributes:
        pixels: (N, 3, SIDE, SIDE) uint8.
        thing, colour, view: (N,) uint8 numbers in OBJECTS, COLOURS and VIEWS.
        pose: (N, 12) float32, each camera's rotation row by row and its direction from the origin.
    """

    pixels: Tensor
    thing: Tensor
    colour: Tensor
    view: Tensor
    pose: Tensor

    def __len__(self) -> int:
        return len(self.pixels)


def read_or_render(
    path: Path, cameras: CameraSettings, views: int, repeats: int, objects: tuple[str, ...] = OBJECTS
) -> Images:
    """The images in a file, or rendered now and put there: `views` of each object, each `repeats` times in other
    colours, before other backgrounds. The file's name gets a number that tells of all this.

    Args:
        cameras: of the views, a multiple of whose `group` CHUNK and `views` are.
    """
    shapes = [fingerprint(Shown(name)) for name in objects]
    told = f"{shapes}{standpoints(cameras)}{views}{repeats}{RAYS}{SIDE}{LIT}{COLOURS}"
    path = path.with_stem(f"{path.stem}-{zlib.crc32(told.encode()):08x}")
    if not path.exists():
        generator, rng = torch.Generator().manual_seed(0), random.Random(0)
        rendered = [
            _chunk(name, cameras, min(CHUNK, views - start), repeats, generator, rng)
            for name in tqdm(objects, desc="rendering", unit="object") for start in range(0, views, CHUNK)
        ]
        arrays = {
            field.name: torch.cat([getattr(chunk, field.name) for chunk in rendered]).numpy()
            for field in fields(Images)
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write_bytes(path, to_npz(**arrays))
    return Images(**{name: torch.from_numpy(values) for name, values in np.load(path).items()})


def _chunk(
    name: str, settings: CameraSettings, count: int, repeats: int, generator: torch.Generator, rng: random.Random
) -> Images:
    """`count` views of an object, `repeats` times, whole groups in one colour before one background."""
    cameras = sample_cameras(count, settings, generator)
    traced, group = look(Shown(name), cameras, RAYS * SIDE), settings.group
    chosen = [
        (rng.randrange(len(COLOURS)), Shading.DIFFUSE if rng.random() < LIT else Shading.ALBEDO)
        for _ in range(repeats * count // group)
    ]
    chosen = [choice for choice in chosen for _ in range(group)]
    views = GBuffers(
        part=traced.part.repeat(repeats, 1, 1), depth=traced.depth.repeat(repeats, 1, 1),
        normal=traced.normal.repeat(repeats, 1, 1, 1), cameras=_repeated(cameras, repeats),
    )
    colours = [colour for colour, _ in chosen]
    backgrounds = smooth_backgrounds(len(chosen) // group, RAYS * SIDE, generator).repeat_interleave(group, 0)
    palettes = together([palette(Shown(name, COLOURS[colour])) for colour in colours])
    lights = sample_lights(views.cameras.position, LightSettings(), generator)
    images = avg_pool2d(shade(views, palettes, lights, [shading for _, shading in chosen], backgrounds), RAYS)
    words = [view_word(*angles) for angles in zip(cameras.elevation.tolist(), cameras.azimuth.tolist())]
    pose = torch.cat([cameras.rotation.flatten(1), normalize(cameras.position, dim=-1)], 1)
    return Images(
        pixels=(images * 255).round().byte(),
        thing=torch.full((len(chosen),), OBJECTS.index(name), dtype=torch.uint8),
        colour=torch.tensor(colours, dtype=torch.uint8),
        view=torch.tensor([VIEWS.index(word) for word in words], dtype=torch.uint8).repeat(repeats),
        pose=pose.repeat(repeats, 1),
    )


def _repeated(cameras: Cameras, times: int) -> Cameras:
    return replace(cameras, **{
        name: values.repeat(times, *[1] * (values.ndim - 1)) for name, values in vars(cameras).items()
    })
