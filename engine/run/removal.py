"""Deleting a run: only a run, only in the folder of runs, and never what a link leads to."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from .exits import EngineError
from .folder import holds_run
from .lock import is_held

JUNCTION = 0xA0000003
"""IO_REPARSE_TAG_MOUNT_POINT: what a folder of Windows has that is a link to another."""


class NotDeleted(EngineError):
    """A folder that must stay, or of which something stayed."""


def delete_run(root: Path, name: str) -> None:
    """Delete the run of that name in the folder of runs `root`.

    Raises NotDeleted, with one sentence, for what is no run, a link, or being worked on, and where something stays.
    """
    folder = Path(root) / name
    _check_may_go(folder, name)
    # Out of sight first: what begins with a dot is in no list, so half a run is never taken for one.
    aside = folder.with_name(f".{name}.deleted")
    try:
        os.rename(folder, aside)
    except OSError as error:  # on Windows, also while a file in it is open
        raise NotDeleted(f"The run {name} cannot be deleted ({error.strerror}): close what shows its files.") from error
    try:
        shutil.rmtree(aside)
    except OSError as error:
        raise NotDeleted(
            f"A part of the run could not be deleted ({error.strerror}): delete {aside} by hand."
        ) from error


def _check_may_go(folder: Path, name: str) -> None:
    if Path(name).name != name or name in ("", ".", ".."):
        raise NotDeleted(f"{name!r} is not the name of a run.")
    try:
        found = os.lstat(folder)
        held = is_held(folder)
    except OSError as error:
        raise NotDeleted(f"The run {name} is left alone, since it cannot be read ({error.strerror}).") from error
    if not stat.S_ISDIR(found.st_mode) or getattr(found, "st_reparse_tag", 0) == JUNCTION:
        raise NotDeleted(f"{name} is a link to another place or no folder, so it is left alone.")
    if not holds_run(folder):
        raise NotDeleted(f"There is no run in {folder}, so it is left alone.")
    if held:
        raise NotDeleted(f"The run {name} is being worked on: stop it first.")
