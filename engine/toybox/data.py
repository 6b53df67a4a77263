"""Training images: a cache of traced views, coloured, lit and captioned anew for every batch."""

from __future__ import annotations

import dataclasses
import random
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize
from tqdm import tqdm

from engine.cameras import Cameras, CameraSettings, sample_cameras, view_word
from engine.lights import LightSettings, sample_lights
from engine.run.arrays import to_npz
from engine.run.atomic import atomic_write_bytes
from engine.shading import Shading
from engine.toybox.captions import caption, describe
from engine.toybox.colours import TAUGHT_COLOURS
from engine.toybox.conditioning import RESOLUTION, camera_features
from engine.toybox.draws import Draws
from engine.toybox.paint import palette, together
from engine.toybox.place import parts_of
from engine.toybox.render import GBuffers, look, shade, smooth_backgrounds
from engine.toybox.shown import TAUGHT_TRAITS, Shown
from engine.toybox.tracing import scene_distance

HELD_OUT = frozenset({
    ("red", "chair"), ("blue", "mushroom"), ("green", "mug"), ("yellow", "car"),
    ("purple", "duck"), ("orange", "house"), ("pink", "robot"), ("teal", "donut"),
})
"""Pairs of colour and object never shown in training, to measure composition honestly."""

CAMERAS = CameraSettings(elevation=(-25.0, 90.0))
"""Of the views: from further below than a photographer goes, since a run must see what an object stands on."""

FRESH = 64
"""Views of each object that are held where none are cached."""
STRETCHED_VIEWS, PAIR_VIEWS = 1 / 25, 1 / 50
"""How many views there are of each stretched object and of each pair, beside those of an object as it is: there are
several of each for every object."""

PIXELS = ("part", "depth", "normal")
"""What views hold for each pixel."""

SHADING_SHARES = {
    Shading.ALBEDO: 0.3, Shading.DIFFUSE: 0.12, Shading.TEXTURELESS: 0.03, Shading.POSITION: 0.4, Shading.NORMAL: 0.15,
}


def fingerprint(form: Shown) -> str:
    """Eight letters that change with the shape and the parts of what is shown, and with how its views are taken."""
    points = torch.rand(2000, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    distance, part = scene_distance(parts_of(form), points)
    told = f"{(distance * 100).round().int().tolist()}{part.tolist()}{standpoints(CAMERAS)}{RESOLUTION}"
    return f"{zlib.crc32(told.encode()):08x}"


def standpoints(settings: CameraSettings) -> list[list[int]]:
    """Numbers that change with where cameras of these settings stand and how wide they see, and with nothing else."""
    cameras = sample_cameras(8, settings, torch.Generator().manual_seed(0))
    return (torch.cat([cameras.position, cameras.field_of_view[:, None]], 1) * 1000).round().int().tolist()


def traced_views(form: Shown, count: int, generator: torch.Generator, device: torch.device | str = "cpu") -> GBuffers:
    """`count` views of a form, traced on a device; their cameras stay on the CPU."""
    cameras = sample_cameras(count, CAMERAS, generator)
    chunks = [look(form, cameras[start : start + 8].to(device), RESOLUTION) for start in range(0, count, 8)]
    return GBuffers(cameras=cameras, **{key: torch.cat([getattr(chunk, key) for chunk in chunks]) for key in PIXELS})


def cached_views(form: Shown, count: int, folder: Path) -> GBuffers:
    """`count` traced views of a form, from the cache in `folder` or traced now and put there."""
    title = describe(form)
    path = folder / f"{title}-{count}-{fingerprint(form)}.npz"
    if not path.exists():
        views = traced_views(form, count, torch.Generator().manual_seed(zlib.crc32(title.encode())))
        arrays = {key: getattr(views, key).numpy() for key in PIXELS}
        arrays |= {f"camera_{key}": value.numpy() for key, value in vars(views.cameras).items()}
        folder.mkdir(parents=True, exist_ok=True)
        atomic_write_bytes(path, to_npz(**arrays))
    arrays = {key: torch.from_numpy(value) for key, value in np.load(path).items()}
    cameras = Cameras(**{key[7:]: arrays.pop(key) for key in list(arrays) if key.startswith("camera_")})
    return GBuffers(cameras=cameras, **arrays)


@dataclass(frozen=True)
class Subject:
    """What an image shows, whether its caption tells it or not."""

    shown: Shown
    view: str
    shading: Shading


@dataclass
class Batch:
    """B images with what is told of them and what is true of them.

    Attributes:
        images: (B, 3, R, R) in [0, 1].
        captions: B of them.
        cameras: (B, CAMERA_FEATURES) that are told, zeros where none is.
        subjects: B of them.
        directions: (B, 3) unit vectors from the origin to the cameras.
        part: (B, R, R) uint8, the number of the part that each pixel shows, or NOTHING (see `GBuffers`).
    """

    images: Tensor
    captions: list[str]
    cameras: Tensor
    subjects: list[Subject]
    directions: Tensor
    part: Tensor


class Stream:
    """An endless stream of training batches.

    Args:
        names: the objects taught; one that is there twice is drawn twice as often.
        views: how many views of each are in the cache; without one, None.
        folder: where the cache of traced views lives. None, for a GPU, which traces faster than a disk is read: FRESH
            views of each object are held, fewer of it stretched and of pairs, and some are traced anew for each batch.
        seed: of the stream.
        held_out: pairs of colour and object that never come.
        colours, traits: those taught.
        device: where views are traced and shaded, and the images are.
    """

    def __init__(
        self, names: tuple[str, ...], views: int | None, folder: Path | None, seed: int,
        held_out: frozenset[tuple[str, str]] = HELD_OUT, colours: tuple[str, ...] = TAUGHT_COLOURS,
        traits: tuple[str, ...] = TAUGHT_TRAITS, device: torch.device | str = "cpu",
    ):
        self.names, self.colours, self.folder, self.device = names, colours, folder, device
        self.rng = random.Random(seed)
        self.generator = torch.Generator().manual_seed(seed)
        self.draws = Draws(names, colours, traits, held_out, self.rng)
        each = views if folder else FRESH
        self.counts = dict.fromkeys(self.draws.plain, each)
        self.counts |= dict.fromkeys(self.draws.stretched, max(1, round(each * STRETCHED_VIEWS)))
        self.counts |= dict.fromkeys(self.draws.pairs, max(1, round(each * PAIR_VIEWS)))
        self.views = {
            form: cached_views(form, count, folder) if folder else self._trace(form)
            for form, count in tqdm(self.counts.items(), desc="tracing", unit="form")
        }

    def _trace(self, form: Shown) -> GBuffers:
        return traced_views(form, self.counts[form], self.generator, self.device)

    def _renew(self) -> None:
        """Trace anew what is held of one object as it is, of one that is stretched and of one pair."""
        for forms in ([Shown(name) for name in self.names], self.draws.stretched, self.draws.pairs):
            if forms:
                form = self.rng.choice(forms)
                self.views[form] = self._trace(form)

    def batch(
        self, size: int, generic: float = 0.1, no_camera: float = 0.15, no_view: float = 0.3,
        shares: dict[Shading, float] = SHADING_SHARES,
    ) -> Batch:
        """Draw `size` images, shaded in the ways of `shares`; `generic` of them have no caption, `no_camera` no camera,
        `no_view` no view word, and one in twenty captions names no colour."""
        if self.folder is None:
            self._renew()
        picked, palettes, captions, subjects, told = [], [], [], [], []
        for _ in range(size):
            shown = self.draws.draw()
            views = self.views[shown.form]
            index = self.rng.randrange(len(views.cameras))
            shading = self.rng.choices(list(shares), list(shares.values()))[0]
            palettes.append(palette(shown))
            view = view_word(float(views.cameras.elevation[index]), float(views.cameras.azimuth[index]))
            text = caption(
                dataclasses.replace(shown, main=None if self.rng.random() < 0.05 else shown.main),
                None if self.rng.random() < no_view else view, shading, self.rng,
            )
            captions.append("" if self.rng.random() < generic else text)
            told.append(self.rng.random() >= no_camera)
            picked.append((views, index))
            subjects.append(Subject(shown, view, shading))
        views = gather(picked)
        lights = sample_lights(views.cameras.position, LightSettings(), self.generator)
        images = shade(
            dataclasses.replace(views, cameras=views.cameras.to(self.device)), together(palettes).to(self.device),
            lights.to(self.device), [subject.shading for subject in subjects],
            smooth_backgrounds(size, RESOLUTION, self.generator).to(self.device),
        )
        told_cameras = camera_features(
            views.cameras.elevation, views.cameras.azimuth, views.cameras.apparent_size
        )
        directions = normalize(views.cameras.position, dim=-1)
        told_cameras *= torch.tensor(told)[:, None]
        return Batch(images, captions, told_cameras, subjects, directions, views.part)


def gather(picked: list[tuple[GBuffers, int]]) -> GBuffers:
    """One batch of views from single views of several caches."""
    fields = {key: torch.stack([getattr(views, key)[index] for views, index in picked]) for key in PIXELS}
    cameras = [views.cameras[index] for views, index in picked]
    stacked = {key: torch.stack([getattr(camera, key) for camera in cameras]) for key in vars(cameras[0])}
    return GBuffers(cameras=Cameras(**stacked), **fields)
