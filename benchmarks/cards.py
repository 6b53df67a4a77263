"""Steps that several processes share, beside those of one: torchrun --nproc-per-node 2 benchmarks/cards.py

The first process takes the same steps of the same run alone, in turns with all of them; the others wait meanwhile. The
efficiency is the speed-up by the number of processes: 1 is perfect.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine.device import choose_device, device_name, synchronize
from engine.guidance.download import Downloads
from engine.guidance.load import load_prior
from engine.optimise import Optimisation
from engine.overrides import parse_overrides
from engine.run.settings import RunSettings
from engine.settings import engine_settings
from engine.team import ALONE, Team
from engine.team.gather import gather

WARM_UP = 2
"""Rounds that do not count: a card's first steps look for the fastest kernels."""


def seconds(run: Optimisation, steps: int, device: torch.device) -> float:
    """What a step takes, a mean over so many."""
    synchronize(device)
    began = time.perf_counter()
    for _ in range(steps):
        run.take_step()
    synchronize(device)
    return (time.perf_counter() - began) / steps


def measure(team: Team, options: argparse.Namespace) -> None:
    """Take turns, then print."""
    device = choose_device(options.device, team.card)
    overrides = parse_overrides(options.set) | {"views": options.views, "steps": 10**6}
    asked = RunSettings(options.prompt, prior=options.prior, overrides=overrides)
    settings = engine_settings(asked)
    prior = load_prior(options.prior, device, options.weights, downloads=Downloads(False), guidance=settings.guidance)
    together, alone = (Optimisation(asked.prompt, prior, settings, 0, device, team=its) for its in (team, ALONE))
    shared, own = [], []
    for _ in range(WARM_UP + options.rounds):
        shared.append(seconds(together, options.steps, device))
        if team.rank == 0:
            own.append(seconds(alone, options.steps, device))
        team.word()
    if team.rank == 0:
        one, several = (statistics.median(times[WARM_UP:]) for times in (own, shared))
        print(f"{options.prior}, {options.views} views a step, {device_name(device)}; "
              f"medians of {options.rounds} rounds")
        print(f"one process    {1000 * one:8.1f} ms a step")
        print(f"{team.size} processes    {1000 * several:8.1f} ms a step, {one / several:.2f} times as fast, "
              f"efficiency {one / several / team.size:.2f}", flush=True)


def main() -> None:
    """Read what to measure, and find the other processes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prompt", default="a red mug")
    parser.add_argument("--prior", default="toybox")
    parser.add_argument("--weights", default="", metavar="PLACE")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--views", type=int, default=8, help="a step")
    parser.add_argument("--steps", type=int, default=10, help="a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="any engine setting")
    options = parser.parse_args()
    with gather() as team:
        measure(team, options)


if __name__ == "__main__":
    main()
