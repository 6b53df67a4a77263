"""Train and score stand-ins: python -m benchmarks.stand_ins --help

The autoencoder comes first: `train autoencoder`. It lies in the cache, beside images that are rendered once for each
prior's cameras.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from benchmarks.stand_ins.denoising import train_stand_in
from benchmarks.stand_ins.images import Images, read_or_render
from benchmarks.stand_ins.kinds import KINDS
from benchmarks.stand_ins.latents import train_autoencoder
from benchmarks.stand_ins.scoring import LISTS, score
from benchmarks.stand_ins.training import clock
from engine.overrides import parse_overrides
from engine.run.settings import RunSettings
from engine.settings import engine_settings

VIEWS, REPEATS = 240, 6
"""Traced views of each object, and how often each is shown."""
RUNS = Path("runs/stand-ins")


def images_for(prior: str, cache: Path) -> Images:
    """Images by the cameras of a prior's draft."""
    cameras = engine_settings(RunSettings("-", prior=prior, preset="draft")).cameras
    return read_or_render(cache / f"{prior}.npz", cameras, VIEWS, REPEATS)


def train(options: argparse.Namespace) -> None:
    """Train what is asked for."""
    torch.set_num_threads(options.threads)
    autoencoder = options.cache / "autoencoder"
    if options.kind == "autoencoder":
        both = torch.cat([images_for(prior, options.cache).pixels for prior in ("stable-diffusion", "mvdream")])
        train_autoencoder(both, autoencoder, clock(options.minutes))
        return
    kind = KINDS[options.kind]
    if kind.has_latents and not autoencoder.exists():
        raise SystemExit("There is no autoencoder yet: train it first (train autoencoder).")
    images = images_for(kind.prior, options.cache)
    train_stand_in(kind, images, autoencoder, options.output or RUNS / options.kind, clock(options.minutes))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stand_ins", description=__doc__.splitlines()[0])
    parts = parser.add_subparsers(required=True, dest="part")
    teach = parts.add_parser("train", help="train one and save it as the real one is published")
    teach.add_argument("kind", choices=["autoencoder", *KINDS])
    teach.add_argument("--output", type=Path, help=f"default: {RUNS}/KIND")
    teach.add_argument("--cache", type=Path, default=RUNS, help="images and autoencoder")
    teach.add_argument("--minutes", type=float, default=20)
    teach.add_argument("--threads", type=int, default=2)
    judge = parts.add_parser("score", help="distil prompts and compare the meshes with the true objects")
    judge.add_argument("kind", choices=list(KINDS))
    judge.add_argument("--weights", type=Path, help=f"default: {RUNS}/KIND")
    judge.add_argument("--cache", type=Path, default=RUNS, help="images that the counting of fronts is learned from")
    judge.add_argument("--lists", nargs="+", choices=list(LISTS), default=list(LISTS))
    judge.add_argument("--limit", type=int, help="only so many prompts of each list")
    judge.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="any engine setting")
    judge.add_argument("--pictures", type=Path, help="default: the folder 'pictures' beside the weights")
    options = parser.parse_args()
    if options.part == "train":
        train(options)
        return
    weights = options.weights or RUNS / options.kind
    pictures = options.pictures or weights / "pictures"
    prior, overrides = KINDS[options.kind].prior, parse_overrides(options.set)
    images = images_for("stable-diffusion", options.cache)
    score(prior, weights, images, options.lists, options.limit, overrides, pictures)


if __name__ == "__main__":
    main()
