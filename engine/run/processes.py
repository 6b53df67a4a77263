"""How an engine, or a Blender without a window, is started beside the program that starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from .atomic import check_not_linked
from .folder import log_path

HOME = Path(__file__).resolve().parents[2]
"""The folder that holds `engine/`."""

BLENDER_SCRIPT = ("--background", "--factory-startup", "--python-exit-code", "1", "--python")
"""What stands between Blender's program and a script for it: no window, nobody's add-ons and settings, and a script
that fails is told by the exit code."""


def engine_arguments(
    verb: str, folder: Path, lifeline: bool = True, download: bool = False, ray: str = "", cores: int | None = None
) -> list[str | Path]:
    """What stands after Python for an engine that does `verb`, run or resume, in a folder.

    Args:
        lifeline: whether it leaves when its standard input ends.
        download: whether somebody has agreed to a download of the prior's weights.
        ray: address of the Ray cluster that computes; empty: this computer.
        cores: of a computer of the cluster; None: as many as the engine thinks right.

    >>> engine_arguments("run", "runs/mug", ray="local")
    ['-m', 'engine', 'run', 'runs/mug', '--lifeline', '--ray', 'local']
    """
    place = ["--ray", ray, *(() if cores is None else ("--cores", str(cores)))] if ray else []
    flags = [flag for flag, given in (("--lifeline", lifeline), ("--download", download)) if given]
    return ["-m", "engine", verb, folder, *flags, *place]


def start_engine(arguments: Sequence[str | Path], folder: Path) -> subprocess.Popen:
    """An engine beside this one, with the same Python and packages; what it prints is appended to the folder's
    engine.log. Raises OSError."""
    known = filter(None, (str(HOME), os.environ.get("PYTHONPATH")))
    # Without PYTHONSAFEPATH the folder that a job is started in would be looked into first, whatever lies there.
    ours = {
        "PYTHONPATH": os.pathsep.join(known), "PYTHONSAFEPATH": "1", "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1",
    }
    with open_log(folder) as log:
        return subprocess.Popen(
            [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=log, stderr=log, env=os.environ | ours,
            **process_options(),
        )


def open_log(folder: Path) -> BinaryIO:
    """The folder's engine.log, to append to. Raises OSError, also for a link to another file."""
    check_not_linked(log_path(folder))
    return open(log_path(folder), "ab")


def process_options() -> dict[str, object]:
    """A process without a console window, which Ctrl+C in the terminal of who starts it does not reach: the lifeline
    ends it."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
