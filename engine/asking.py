"""Options of the command line that several commands have: what is asked for, and where it is done."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from engine.overrides import parse_overrides
from engine.run.priors import AUTOMATIC, METHOD, METHODS, PRIORS
from engine.run.settings import DEVICES, PRESETS, RunSettings

Command = Callable[[str, Any, str], argparse.ArgumentParser]
"""Adds a command: its name, the function that is called with its options, and what it does in words."""
AGREED = "download the prior's weights, if they are not here, without asking"
CORES = 2
"""Cores of another computer for a run on its processor: more make one run little faster, and leave less for others."""


def add_prior(parser: argparse.ArgumentParser) -> None:
    """Options of all that asks a prior."""
    weights = "a folder or a file with the prior's weights, or their name on Hugging Face; default: the prior's own"
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="any engine setting")
    parser.add_argument("--prior", default="toybox", help=", ".join(PRIORS))
    parser.add_argument("--weights", default="", metavar="PLACE", help=weights)
    parser.add_argument("--download", action="store_true", help=AGREED)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto", help=", ".join(DEVICES))


def add_run(parser: argparse.ArgumentParser) -> None:
    """Options of all that describes a run."""
    best = "the best published one that the card has room for, where the prior has several"
    methods = f"{', '.join([AUTOMATIC, *METHODS])}; default: {AUTOMATIC}, {best}"
    parser.add_argument("--preset", default="standard", help=", ".join(PRESETS))
    parser.add_argument("--steps", type=int, help="optimisation steps; default: the preset's")
    parser.add_argument("--snapshot-every", type=float, default=5.0, metavar="SECONDS")
    parser.add_argument("--method", default=AUTOMATIC, metavar="NAME", help=methods)
    add_prior(parser)


def asked(options: argparse.Namespace, prompt: str) -> RunSettings:
    """The settings that options of `add_run` tell; nothing is checked."""
    settings = asked_of_prior(options, prompt)
    named = {} if options.method == AUTOMATIC else {METHOD: options.method}
    return replace(
        settings, preset=options.preset, steps=options.steps, snapshot_every=options.snapshot_every,
        overrides=named | settings.overrides,
    )


def asked_of_prior(options: argparse.Namespace, prompt: str) -> RunSettings:
    """The settings that options of `add_prior` tell; nothing is checked."""
    return RunSettings(
        prompt=prompt, prior=options.prior, weights=options.weights, seed=options.seed, device=options.device,
        overrides=parse_overrides(options.set),
    )


def add_place(parser: argparse.ArgumentParser) -> None:
    """Options that say on which computer a run is computed."""
    ray = "compute on this Ray cluster: ray://HOST:10001, HOST:6379 on one of its own computers, or local"
    parser.add_argument("--ray", default="", metavar="ADDRESS", help=ray)
    cores = "cores of one of its computers for each run, where that has no graphics card; default: %(default)s"
    parser.add_argument("--cores", type=int, default=CORES, help=cores)
