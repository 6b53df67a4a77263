"""Render and backward of one 64 x 64 view by the default field in the middle of a run, beside two slower ways.

    python benchmarks/render.py [--prompt "a red mug"] [--steps 200] [--repeats 9] [--device auto]

The field is that of a real run after some steps. The baselines of the same run: (a) the same image of the same field
with every sample along each ray, no empty or hidden space skipped; (b) the paper preset's MLP field and normals, fresh,
with every sample.
For scale: the one public implementation that runs without CUDA took 4.5 s for an albedo view and 15 s for a lit one
on two cores.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine.cameras import sample_cameras
from engine.device import choose_device, device_name, synchronize
from engine.fields import Field, build_field
from engine.guidance.load import load_prior
from engine.lights import sample_lights
from engine.optimise import Optimisation
from engine.rendering.occupancy import OccupancyGrid
from engine.rendering.renderer import render
from engine.run.settings import RunSettings
from engine.settings import EngineSettings, engine_settings
from engine.shading import Shading

PIXELS = 64


def seconds(field: Field, occupancy: OccupancyGrid, shading: Shading, settings: EngineSettings, device: torch.device,
            repeats: int) -> float:
    """The median time of rendering a random view and its gradients, the first one not counted."""
    generator, times = torch.Generator().manual_seed(0), []
    for _ in range(repeats + 1):
        cameras = sample_cameras(1, settings.cameras, generator)
        lights = sample_lights(cameras.position, settings.lights, generator).to(device)
        background = torch.rand(1, 3, PIXELS, PIXELS, generator=generator).to(device)
        began = time.perf_counter()
        view = render(field, occupancy, cameras.to(device), lights, [shading], background, settings.render, generator)
        view.images.sum().backward()
        synchronize(device)
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])


def main() -> None:
    """Make the field, then print a line per way of rendering it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prompt", default="a red mug")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    device = choose_device(options.device)
    settings = engine_settings(RunSettings(options.prompt))
    run = Optimisation(options.prompt, load_prior("toybox", device), settings, 0, device)
    while run.step < options.steps:
        run.take_step()
    everything = OccupancyGrid(settings.occupancy).to(device)
    paper = engine_settings(RunSettings(options.prompt, preset="paper"))
    fresh = build_field(paper.field).to(device)
    ways = [
        ("default field", run.scene.field, run.scene.occupancy, settings, options.repeats),
        ("the same, every sample", run.scene.field, everything, settings, options.repeats),
        ("the paper's, fresh", fresh, OccupancyGrid(paper.occupancy).to(device), paper, 2),
    ]
    print(
        f"{PIXELS} x {PIXELS} pixels, render and backward, {device_name(device)}, step {run.step} of {options.prompt!r}"
    )
    print(f"{'':<24} {'albedo':>10} {'lit':>10}")
    for name, field, occupancy, its_settings, repeats in ways:
        times = [seconds(field, occupancy, shading, its_settings, device, repeats)
                 for shading in (Shading.ALBEDO, Shading.DIFFUSE)]
        print(f"{name:<24} " + " ".join(f"{1000 * took:>7.0f} ms" for took in times), flush=True)


if __name__ == "__main__":
    main()
