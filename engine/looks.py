"""The command line's commands that look at what is here, or bring what is not."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from engine.asking import Command
from engine.run.priors import PRIORS
from engine.run.settings import SettingsError


def add_looks(command: Command) -> None:
    """Add them."""
    priors = command("priors", _priors, "which priors are on this machine, and what else is in a folder of models")
    priors.add_argument("--models", type=Path, metavar="FOLDER", help="a folder of files and folders of weights")
    priors.add_argument("--json", action="store_true")
    download = command("download", _download, "download a prior's weights, and say where they are")
    download.add_argument("prior", help=", ".join(name for name, entry in PRIORS.items() if entry.source))
    download.add_argument("--weights", default="", metavar="NAME", help="another model on Hugging Face than its own")
    download.add_argument("--full", action="store_true", help="in full precision, for processors")
    doctor = command("doctor", _doctor, "what is here: Python, torch, devices, memory, disk, priors")
    doctor.add_argument("--json", action="store_true")
    doctor.add_argument("--weights", default="", metavar="PLACE", help="a folder or a file of weights to look into")


def _doctor(options: argparse.Namespace) -> None:
    from engine.doctor import examine, table

    findings = examine(options.weights)
    print(json.dumps(findings, indent=1) if options.json else table(findings))


def _priors(options: argparse.Namespace) -> None:
    from engine.guidance.survey import survey, table

    findings = survey(options.models)
    print(json.dumps([asdict(found) for found in findings], indent=1) if options.json else table(findings))


def _download(options: argparse.Namespace) -> None:
    from engine.guidance.download import Downloads
    from engine.guidance.weights import find_weights

    if options.prior not in PRIORS:
        raise SettingsError(f"The prior {options.prior!r} is not known: choose one of {', '.join(PRIORS)}.")
    if PRIORS[options.prior].source is None:
        raise SettingsError(f"{PRIORS[options.prior].title} is built in: there is nothing to download.")
    stage = lambda name: print(name, file=sys.stderr, flush=True)
    print(find_weights(options.prior, options.weights, not options.full, stage, Downloads(allowed=True)))
