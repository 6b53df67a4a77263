"""Training images: a cache of traced views, coloured, lit and captioned anew for every batch."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from engine.cameras import Cameras, CameraSettings, sample_cameras
from engine.guidance.prompts import view_word
from engine.lights import LightSettings, Shading, sample_lights
from engine.toybox.captions import caption
from engine.toybox.catalogue import OBJECTS
from engine.toybox.colours import COLOURS
from engine.toybox.model import RESOLUTION, camera_features
from engine.toybox.render import Views, look, palette, shade, smooth_backgrounds

HELD_OUT = frozenset({
    ("red", "chair"), ("blue", "mushroom"), ("green", "mug"), ("yellow", "car"),
    ("purple", "duck"), ("orange", "house"), ("pink", "robot"), ("teal", "donut"),
})
"""Pairs of colour and object never shown in training, to measure composition honestly."""

CAMERAS = CameraSettings(elevation=(-25.0, 90.0))
"""Of the views: from further below than a photographer goes, since a run must see what an object stands on."""

PIXELS = ("part", "depth", "normal")
"""What views hold for each pixel."""

SHADING_SHARES = {Shading.ALBEDO: 0.3, Shading.DIFFUSE: 0.55, Shading.TEXTURELESS: 0.15}


def cached_views(name: str, count: int, folder: Path) -> Views:
    """`count` traced views of an object, from the cache in `folder` or traced now and put there."""
    path = folder / f"{name}-{count}.npz"
    if not path.exists():
        generator = torch.Generator().manual_seed(sorted(OBJECTS).index(name))
        cameras = sample_cameras(count, CAMERAS, generator)
        chunks = [look(name, cameras[start : start + 8], RESOLUTION) for start in range(0, count, 8)]
        arrays = {key: torch.cat([getattr(chunk, key) for chunk in chunks]).numpy() for key in PIXELS}
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part.npz")
        np.savez(unfinished, **arrays, **{f"camera_{key}": value.numpy() for key, value in vars(cameras).items()})
        unfinished.replace(path)
    arrays = {key: torch.from_numpy(value) for key, value in np.load(path).items()}
    cameras = Cameras(**{key[7:]: arrays.pop(key) for key in list(arrays) if key.startswith("camera_")})
    return Views(cameras=cameras, **arrays)


@dataclass(frozen=True)
class Subject:
    """What an image shows, whether its caption tells it or not."""

    name: str
    main: str
    accent: str | None
    view: str
    shading: Shading


@dataclass
class Batch:
    """Images (B, 3, R, R) in [0, 1] with their captions and cameras (B, CAMERA_FEATURES), zeros where not told."""

    images: Tensor
    captions: list[str]
    cameras: Tensor
    subjects: list[Subject]


class Stream:
    """An endless stream of training batches.

    Args:
        names: the objects taught.
        views: how many views of each are traced and kept.
        folder: where the cache of traced views lives.
        seed: of the stream.
        held_out: pairs of colour and object that never come.
    """

    def __init__(
        self, names: tuple[str, ...], views: int, folder: Path, seed: int,
        held_out: frozenset[tuple[str, str]] = HELD_OUT,
    ):
        self.names, self.held_out = names, held_out
        different = tqdm(dict.fromkeys(names), desc="tracing", unit="object")
        self.views = {name: cached_views(name, views, folder) for name in different}
        self.rng = random.Random(seed)
        self.generator = torch.Generator().manual_seed(seed)
        self.parts = max(len(OBJECTS[name].build()) for name in names)

    def _subject(self) -> tuple[str, str, str | None]:
        """An object, its main colour and, a quarter of the time, another colour for its accent."""
        name = self.rng.choice(self.names)
        while True:
            main = self.rng.choice(list(COLOURS))
            if (main, name) not in self.held_out:
                break
        two_coloured = OBJECTS[name].composed or OBJECTS[name].accent and self.rng.random() < 0.25
        accent = self.rng.choice(list(COLOURS)) if two_coloured else None
        return name, main, accent

    def batch(self, size: int, generic: float = 0.1, no_camera: float = 0.15, no_view: float = 0.3) -> Batch:
        """Draw `size` images; `generic` of them have no caption, `no_camera` no camera, `no_view` no view word."""
        picked, palettes, captions, subjects, told = [], torch.zeros(size, self.parts, 3), [], [], []
        for number in range(size):
            name, main, accent = self._subject()
            views = self.views[name]
            index = self.rng.randrange(len(views.cameras))
            shading = self.rng.choices(list(SHADING_SHARES), list(SHADING_SHARES.values()))[0]
            colours = palette(name, main, accent)
            palettes[number, : len(colours)] = colours
            view = view_word(float(views.cameras.elevation[index]), float(views.cameras.azimuth[index]))
            text = caption(
                name, None if self.rng.random() < 0.05 else main, accent,
                None if self.rng.random() < no_view else view, shading, self.rng,
            )
            captions.append("" if self.rng.random() < generic else text)
            told.append(self.rng.random() >= no_camera)
            picked.append((views, index))
            subjects.append(Subject(name, main, accent, view, shading))
        views = gather(picked)
        lights = sample_lights(views.cameras.position, LightSettings(), self.generator)
        images = shade(
            views, palettes, lights,
            torch.tensor([subject.shading is not Shading.ALBEDO for subject in subjects]),
            torch.tensor([subject.shading is not Shading.TEXTURELESS for subject in subjects]),
            smooth_backgrounds(size, RESOLUTION, self.generator),
        )
        told_cameras = camera_features(
            views.cameras.elevation, views.cameras.azimuth, views.cameras.apparent_size
        )
        return Batch(images, captions, told_cameras * torch.tensor(told)[:, None], subjects)


def gather(picked: list[tuple[Views, int]]) -> Views:
    """One batch of views from single views of several caches."""
    fields = {key: torch.stack([getattr(views, key)[index] for views, index in picked]) for key in PIXELS}
    cameras = [views.cameras[index] for views, index in picked]
    stacked = {key: torch.stack([getattr(camera, key) for camera in cameras]) for key in vars(cameras[0])}
    return Views(cameras=Cameras(**stacked), **fields)
