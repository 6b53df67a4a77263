"""Which priors are on this machine, and what else is: for `python -m engine priors` and the sidebar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.guidance.kinds import kind_of
from engine.guidance.prior import PriorError
from engine.guidance.weights import FILE_ENDINGS, find_here, lacking, misfit, serves
from engine.run.exits import clause
from engine.run.priors import PRIORS

BUILT_IN_LICENCE = "CC0-1.0"
MOST = 500
"""Entries of a folder of models that are looked at."""


@dataclass(frozen=True)
class Found:
    """Weights, or what could be taken for some."""

    prior: str
    """The prior that they are for, a key of PRIORS; empty where none can use them."""
    place: str
    """A folder, a file, or a name on Hugging Face: what a run's weights can be set to."""
    what: str
    """What it is, in a few words."""
    size: int
    """Bytes on the disk, or to download."""
    licence: str
    """Of the prior's own weights; empty where only whoever made the file knows."""
    missing: str = ""
    """What is to be done before it can be used; empty if it is ready."""


def survey(models: Path | None = None) -> list[Found]:
    """The priors of the table, each with its own weights, then what is in a folder of models.

    Raises:
        PriorError: that folder cannot be read.
    """
    return [*map(_own, PRIORS), *(_in_folder(models) if models else ())]


def _own(name: str) -> Found:
    """A prior with its own weights."""
    entry = PRIORS[name]
    if entry.source is None:
        return Found(name, "built in", entry.title, 0, BUILT_IN_LICENCE)
    source = entry.source
    folder = find_here(name, "")
    if folder is None:
        missing = f"{source.size} GB to download: python -m engine download {name}"
        return Found(name, source.name, entry.title, source.size * 10**9, source.licence, missing)
    return Found(name, str(folder), entry.title, _size(folder), source.licence)


def _in_folder(models: Path) -> Iterator[Found]:
    try:
        entries = sorted(models.iterdir())[:MOST]
    except OSError as error:
        raise PriorError(f"The folder of models {models} cannot be read ({clause(error)}): choose another.") from error
    for entry in entries:
        if entry.is_dir() and any((entry / part).is_dir() for part in ("unet", "vae", "tokenizer")):
            yield _folder(entry)
        elif entry.suffix in FILE_ENDINGS and entry.is_file():
            yield _file(entry)


def _folder(folder: Path) -> Found:
    """One in the layout of diffusers, for the prior that lacks the least of it."""
    lacks = {
        name: lacking(folder, entry) or misfit(folder, entry, *entry.source.unet)
        for name, entry in PRIORS.items() if entry.source
    }
    fitting = next((name for name, lack in lacks.items() if not lack), "")
    missing = "" if fitting else f"it lacks {next(iter(lacks.values()))}"
    return Found(fitting, str(folder), PRIORS[fitting].title if fitting else "a model", _size(folder), "", missing)


def _file(path: Path) -> Found:
    """One file with a whole model, or something else."""
    try:
        kind, size = kind_of(path), path.stat().st_size
    except (PriorError, OSError) as error:
        return Found("", str(path), "broken", 0, "", str(error))
    prior = serves(kind)
    return Found(prior, str(path), str(kind), size, "", "" if prior else "no prior here can use it")


def _size(folder: Path) -> int:
    """Bytes of the files below a folder; links count as what they lead to."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def table(findings: list[Found]) -> str:
    """The findings as lines for a terminal."""
    rows = [
        (found.prior or "-", found.what, f"{found.size / 1e9:.1f} GB" if found.size else "-",
         found.missing or "ready", found.licence or "-", found.place)
        for found in findings
    ]  # fmt: skip
    heads = ("prior", "what", "size", "state", "licence", "where")
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads) - 1)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[-1]]) for row in [heads, *rows]
    )
