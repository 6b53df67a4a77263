"""Time to turn a field into a textured mesh, stage by stage, beside the straightforward way.

    python benchmarks/snapshot.py [--repeats 5] [--threads 2]

The field is the engine's default one, fitted to a bumpy ball for a few seconds. The straightforward way, in the same
run, evaluates every vertex of the grid and lays the texture out with xatlas. Figures are medians over the
repeats; "least" is the fastest repeat's total, for machines that also do other work.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.fields.grid import GridField, GridSettings
from engine.meshing.query import query
from engine.meshing.snapshot import extract
from engine.rendering.occupancy import OccupancyGrid, OccupancySettings

TARGET = 1.5
"""Seconds that a live snapshot may take."""
ASKED = {"threshold": 12.0, "resolution": 128, "face_budget": 20_000, "texture_size": 512}
STEPS = 150
"""In which a field learns the bumpy ball."""


def bumpy_ball(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Density (N,), in units of the field's density_scale, and albedo (N, 3) at points (N, 3)."""
    radius = 0.6 + 0.06 * (9 * x).sin().prod(dim=-1)
    return F.softplus(30 * (radius - x.norm(dim=-1))).clamp(max=10), 0.5 + 0.4 * (6 * x).sin()


def fitted_field() -> tuple[GridField, OccupancyGrid]:
    """A field that holds the bumpy ball, and its occupancy."""
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    settings = GridSettings()
    field, occupancy = GridField(settings), OccupancyGrid(OccupancySettings())
    adam = torch.optim.Adam(field.parameters(), lr=0.02)
    for _ in range(STEPS):
        x = torch.rand(16384, 3, generator=generator) * 2 - 1
        density, albedo = field(x)
        wanted_density, wanted_albedo = bumpy_ball(x)
        loss = F.mse_loss((density / settings.density_scale).clamp(max=10), wanted_density)
        loss = loss + F.mse_loss(albedo, wanted_albedo)
        adam.zero_grad()
        loss.backward()
        adam.step()
    for _ in range(40):
        occupancy.update(field.density, generator)
    return field.requires_grad_(False), occupancy


def straightforward(field: GridField) -> dict[str, float]:
    """Seconds of each stage when every vertex is evaluated and xatlas lays out the texture, as others do it."""
    began = time.perf_counter()
    axis = torch.linspace(-1, 1, ASKED["resolution"])
    points = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), dim=-1).view(-1, 3)
    query(field.density, points)
    dense = time.perf_counter() - began
    rest = extract(field, torch.ones(1, 1, 1, dtype=torch.bool), **ASKED, final=True)
    return rest.seconds | {"density": dense}


def summary(make: Callable[[], dict[str, float]], repeats: int) -> dict[str, float]:
    """Median seconds of each stage and in all, and the least in all, after a first call that does not count."""
    make()
    times = [seconds | {"total": sum(seconds.values())} for seconds in (make() for _ in range(repeats))]
    medians = {stage: statistics.median(t[stage] for t in times) for stage in times[0]}
    return medians | {"least": min(t["total"] for t in times)}


def main() -> None:
    """Time both ways and print their figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    field, occupancy = fitted_field()
    result = extract(field, occupancy.binary, **ASKED, final=False)
    live = summary(lambda: extract(field, occupancy.binary, **ASKED, final=False).seconds, arguments.repeats)
    plain = summary(lambda: straightforward(field), arguments.repeats)
    print(
        f"{ASKED['resolution']}^3 vertices, {occupancy.binary.float().mean():.0%} of cells occupied, "
        f"{len(result.mesh.faces)} faces, {ASKED['texture_size']}^2 texels, {arguments.threads} threads"
    )
    print(f"{'seconds':10}{'snapshot':>10}{'dense grid + xatlas':>22}")
    for stage in live:
        print(f"{stage:10}{live[stage]:10.3f}{plain[stage]:22.3f}")
    verdict = "kept" if live["total"] <= TARGET else "missed"
    print(f"target of {TARGET} s {verdict}; {plain['total'] / live['total']:.1f} times as fast as the other")


if __name__ == "__main__":
    main()
