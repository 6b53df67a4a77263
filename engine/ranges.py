"""What the engine's settings may be: limits for every number, and the few rules that no limits express."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from itertools import cycle
from typing import Any

from engine.run.settings import MAX_SEED, SettingsError

SHARE = (0, 1)
WEIGHT = (0, 1_000_000)
DENSITY = (0, 1_000_000)
RATE = (0, 10)
"""A learning rate."""
LENGTH = (0, 1_000)
"""In scene units."""
SOME_LENGTH = (0.0001, 1_000)
SECONDS = (0, 1_000_000)
COUNT = (1, 4_096)
"""Of views, layers, features and the like."""

RANGES: dict[str, tuple] = {
    "steps": (1, MAX_SEED),
    "views": COUNT,
    "views_at_once": (0, 4_096),
    "resolutions": (SHARE, (1, 4_096)),
    "mesh_resolution": (8, 1_024),
    "mesh_threshold": (0.0001, 1_000_000),
    "checkpoint_every": SECONDS,
    "cameras.elevation": (-90, 90),
    "cameras.distance": SOME_LENGTH,
    "cameras.focal": (0.01, 100),
    "cameras.position_jitter": LENGTH,
    "cameras.target_jitter": LENGTH,
    "cameras.up_jitter": LENGTH,
    "lights.distance": SOME_LENGTH,
    "lights.spread": LENGTH,
    "lights.ambient": SHARE,
    "shading.albedo_until": SHARE,
    "shading.albedo": SHARE,
    "shading.textureless": SHARE,
    "shading.position": SHARE,
    "field.grid.resolutions": (2, 512),
    "field.grid.channels": COUNT,
    "field.grid.hidden": COUNT,
    "field.grid.density_scale": (0.0001, 1_000_000),
    "field.grid.blob_density": DENSITY,
    "field.grid.blob_radius": SOME_LENGTH,
    "field.mlp.radius": SOME_LENGTH,
    "field.mlp.levels": (1, 32),
    "field.mlp.scale": LENGTH,
    "field.mlp.scale_until": SHARE,
    "field.mlp.blocks": (1, 100),
    "field.mlp.width": COUNT,
    "field.mlp.density_bias": (-100, 100),
    "field.mlp.blob_density": DENSITY,
    "field.mlp.blob_spread": SOME_LENGTH,
    "background.levels": (1, 32),
    "background.width": COUNT,
    "render.samples": (2, 4_096),
    "render.hidden": (0.0001, 1_000_000),
    "render.chunk": (0, MAX_SEED),
    "render.normal_step": (0.0001, 1),
    "occupancy.resolution": (2, 512),
    "occupancy.every": (1, MAX_SEED),
    "occupancy.decay": SHARE,
    "occupancy.threshold": DENSITY,
    "guidance.scale": (-10_000, 10_000),
    "guidance.rescale": SHARE,
    "guidance.clip": WEIGHT,
    "guidance.timesteps_first": SHARE,
    "guidance.timesteps_last": SHARE,
    "guidance.timesteps_texture": SHARE,
    "guidance.perp_neg": WEIGHT,
    "guidance.bridge.start": SHARE,
    "guidance.inversion.steps": (0, 1_000),
    "guidance.inversion.scale": (-10_000, 10_000),
    "losses.orientation": WEIGHT,
    "losses.orientation_until": SHARE,
    "losses.roughness": WEIGHT,
    "losses.opacity": WEIGHT,
    "losses.haze": WEIGHT,
    "losses.nearness": WEIGHT,
    "losses.near": LENGTH,
    "optimiser.grid_rate": RATE,
    "optimiser.decoder_rate": RATE,
    "optimiser.mlp_rate": RATE,
    "optimiser.warm_up": SHARE,
    "optimiser.final": SHARE,
}
"""Smallest and largest value of each number, by dotted name; several pairs are for a list's numbers in turn."""


def numbers(settings: Any, path: str = "") -> Iterator[tuple[str, list[float]]]:
    """The dotted name of every setting that is a number or a list of some, with its numbers in order."""
    for known in fields(settings):
        value, name = getattr(settings, known.name), path + known.name
        if is_dataclass(value):
            yield from numbers(value, f"{name}.")
        elif found := list(_flat(value)):
            yield name, found


def _flat(value: Any) -> Iterator[float]:
    if isinstance(value, tuple):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield value


def check_ranges(settings: Any) -> None:
    """Raise SettingsError, with one sentence, if a number is out of range or some do not fit each other."""
    for name, values in numbers(settings):
        limits = RANGES[name]
        for value, (low, high) in zip(values, cycle(limits if isinstance(limits[0], tuple) else (limits,))):
            if not low <= value <= high:  # so that a NaN is out of range too
                raise SettingsError(f"The setting {name!r} must be from {low:,} to {high:,}, not {value:,}.")
    shares = [share for share, _ in settings.resolutions]
    if shares[0] > 0 or shares != sorted(shares):
        raise SettingsError("The setting 'resolutions' must begin at share 0, and its shares must rise.")
    if settings.shading.albedo + settings.shading.textureless > 1:
        raise SettingsError("The settings 'shading.albedo' and 'shading.textureless' must be 1 or less together.")
