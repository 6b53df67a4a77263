"""The table of docs/priors.md: what a step takes of a card's memory, by preset and method, counted without one:

    python benchmarks/memory.py [--tiny]

The networks are those of benchmarks/sds_step.py, in half precision and without numbers; the views are tried out small,
as engine/room.py does before a run, on a processor that reads feature grids as cards do. A few minutes.
--tiny makes networks and views small, for a look at whether this works.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.sds_step import TINY_SCENE, deepfloyd, mvdream, stable_diffusion
from engine.fields import grid
from engine.fields.trilinear import sample_grid
from engine.guidance.prior import Prior
from engine.room import GIGABYTE, Needs, columns, scene_needs
from engine.run.priors import METHOD, PRIORS
from engine.run.settings import LADDER, PRESETS, RunSettings, SettingsError
from engine.settings import EngineSettings, check_group, engine_settings

CPU, META = torch.device("cpu"), torch.device("meta")
NETWORKS: dict[str, tuple[str, Callable[[torch.device, bool], Prior]]] = {
    "stable-diffusion": ("Stable Diffusion 1.5", stable_diffusion),
    "mvdream": ("MVDream", mvdream),
    "deepfloyd-if": ("DeepFloyd IF-I-M", deepfloyd),
}
"""What the priors are called, and who builds them."""
HEADS = ("prior", "preset", "method", "networks", "field and views", "in all", "networks when saving")
Figures = tuple[str, ...]
"""The last four columns, as they are printed."""


class Row(NamedTuple):
    """What is printed of presets and methods that need the same."""

    presets: tuple[str, ...]
    methods: tuple[str, ...]
    figures: Figures


def choices(prior: str, tiny: bool) -> Iterator[tuple[str, str, EngineSettings]]:
    """Preset, method and settings of every kind of run that the prior has; the paper's preset may not suit it."""
    for preset in PRESETS:
        for method in PRIORS[prior].methods if preset in LADDER else ["sds"]:
            small = TINY_SCENE | {"resolutions": [[0, 16]]} if tiny else {}
            overrides = {METHOD: method} | small
            settings = engine_settings(RunSettings("a mug", prior=prior, preset=preset, overrides=overrides))
            try:
                check_group(settings, PRIORS[prior].group)
            except SettingsError:
                continue
            yield preset, method, settings


def count(prior: Prior, settings: EngineSettings, scene: int) -> Figures:
    """Gigabytes of the networks, of the scene, of both with what is to spare, and of the networks at their
    thriftiest."""
    networks = prior.needs(columns(settings.guidance) * settings.views, settings.views)
    while prior.economise():
        pass
    thrifty = prior.needs(columns(settings.guidance) * settings.views, settings.views)
    return tuple(f"{size / GIGABYTE:.1f}" for size in (networks, scene, Needs(networks, scene).total, thrifty))


def rows_of(name: str, scenes: dict[str, int], tiny: bool) -> list[Row]:
    """Of a prior; `scenes` keeps what was counted of fields and views."""
    counted: list[tuple[str, str, Figures]] = []
    for preset, method, settings in choices(name, tiny):
        # Neither the number of steps nor the guidance takes memory there, and a trial takes long.
        alike = repr(replace(settings, steps=1, guidance=EngineSettings().guidance))
        if alike not in scenes:
            with patch.object(grid, "read_grid", sample_grid):
                scenes[alike] = scene_needs(settings, settings.views, CPU)
        with META:
            prior = NETWORKS[name][1](META, tiny)
        counted.append((preset, method, count(prior, settings, scenes[alike])))
    return merged(counted)


def merged(counted: list[tuple[str, str, Figures]]) -> list[Row]:
    """A row for all methods that have the same figures in the same presets.

    >>> merged([("draft", "sds", ("1",)), ("fine", "sds", ("1",)), ("draft", "csd", ("1",)), ("fine", "csd", ("1",))])
    [Row(presets=('draft', 'fine'), methods=('sds', 'csd'), figures=('1',))]
    """
    presets: dict[tuple[str, Figures], tuple[str, ...]] = {}
    for preset, method, figures in counted:
        presets[method, figures] = (*presets.get((method, figures), ()), preset)
    methods: dict[tuple[tuple[str, ...], Figures], tuple[str, ...]] = {}
    for (method, figures), those in presets.items():
        methods[those, figures] = (*methods.get((those, figures), ()), method)
    return [Row(those, names, figures) for (those, figures), names in methods.items()]


def line(cells: tuple[str, ...]) -> str:
    """Of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tiny", action="store_true", help="small networks and views")
    options = parser.parse_args()
    print(line(HEADS), line(("---",) * len(HEADS)).replace(" ", ""), sep="\n", flush=True)
    scenes: dict[str, int] = {}
    for name, (title, _) in NETWORKS.items():
        for row in rows_of(name, scenes, options.tiny):
            methods = ", ".join(f"`{method}`" for method in row.methods)
            print(line((title, ", ".join(f"`{preset}`" for preset in row.presets), methods, *row.figures)), flush=True)


if __name__ == "__main__":
    main()
