"""The catalogues of an asset library: blender_assets.cats.txt, as Blender's manual describes it. Needs no bpy."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from pathlib import Path

from ..engine.run.atomic import atomic_write_bytes
from ..engine.run.priors import PRIORS
from ..engine.run.reading import read_bounded
from ..engine.run.settings import RunSettings
from .suggestions import kind_of

FILE = "blender_assets.cats.txt"
HOME = "Dreamfusion"
"""The catalogue that all of ours are below."""
VERSION = "VERSION 1"
HEAD = f"""# This is an Asset Catalog Definition file for Blender.
#
# Lines that begin with # are ignored. The first other one is the version. All that follow are
# UUID:catalogue/path/for/assets:simple name

{VERSION}
"""
NAMESPACE = uuid.UUID("c9b2b8a1-5a0e-4d0b-9a41-3f1d6c9e7a52")
"""Of the catalogues' ids: the same path has the same id in every library, so that assets keep theirs."""
MOST = 1 << 20
"""Bytes of such a file."""


def catalogue_of(settings: RunSettings) -> str:
    """The path of a run's catalogue: what kind of thing it is, or the prior's name where Toybox has no word for it.

    >>> catalogue_of(RunSettings("two blue cups")), catalogue_of(RunSettings("a castle of glass", prior="mvdream"))
    ('Dreamfusion/Mug', 'Dreamfusion/Castle')
    """
    return f"{HOME}/{kind_of(settings.prompt).capitalize() or PRIORS[settings.prior].title}"


def id_of(path: str) -> str:
    """The id of a catalogue of ours."""
    return str(uuid.uuid5(NAMESPACE, path))


def write_catalogues(folder: Path, paths: Iterable[str]) -> None:
    """Name the catalogues in the library's folder; those that are named there already, an artist's too, stay as they
    are.

    Raises OSError, ValueError for a file that is no list of catalogues.
    """
    text = _stored(folder) or HEAD
    known = {line.partition(":")[0].lower() for line in text.splitlines()}
    new = (f"{id_of(path)}:{path}:{path.replace('/', '-')}" for path in sorted(set(paths) | {HOME}))
    lines = [line for line in new if line.partition(":")[0] not in known]
    atomic_write_bytes(folder / FILE, "\n".join([text.rstrip("\n"), *lines, ""]).encode("utf-8"))


def _stored(folder: Path) -> str:
    try:
        text = read_bounded(folder / FILE, folder, MOST).decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    if not re.search(rf"^{VERSION}\s*$", text, re.MULTILINE):
        raise ValueError(f"{folder / FILE} is of another version: remove it, or choose another folder.")
    return text
