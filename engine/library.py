"""An asset library of finished runs, made by a Blender of its own: python -m engine library"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from engine.run.exits import BAD_INPUT, FAILED, EngineError, in_words
from engine.run.processes import BLENDER_SCRIPT
from engine.run.settings import SettingsError

SCRIPT = Path(__file__).resolve().parents[1] / "bridge" / "library_main.py"
"""What Blender runs; the engine's folder is part of the extension."""
MARK = "Dream library: "
"""How a line of the script's begins that is for who waits; all else is Blender's own."""
INSIDE = ("blender", "blender.exe", "Contents/MacOS/Blender")
"""Where Blender is in its own folder, or in Blender.app."""
USUAL = ("/Applications/Blender.app",)
"""Where it is on systems that have no list of programs."""


def make_library(root: Path, output: Path, blender: Path | None = None) -> None:
    """Make or renew the asset library of the finished runs in `root`, in the folder `output`, and say how far it is.

    Args:
        root: the folder of runs.
        output: the library's folder, which is made.
        blender: the program, or the folder that it is in; None: where systems have it.

    Raises:
        EngineError: Blender is not found or fails, or a run is left out.
        SettingsError: there is no folder `root`.
    """
    if not root.is_dir():
        raise SettingsError(f"There is no folder {root}: choose a folder of runs.")
    program = find_blender(blender)
    command = [program, *BLENDER_SCRIPT, SCRIPT, "--", root.absolute(), output.absolute()]
    said = last = ""
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout:
            if line.startswith(MARK):
                said = line.removeprefix(MARK).strip()
                print(said, flush=True)
            last = line.strip() or last
    if process.returncode:
        reason = (said or last) if process.returncode == FAILED else f"{in_words(process.returncode)} ({last})"
        raise EngineError(f"Blender did not make the whole library: {reason}")
    print(output)


def find_blender(chosen: Path | None) -> Path:
    """Blender's program. Raises EngineError, with a sentence that says what to do."""
    places = [chosen] if chosen else [shutil.which("blender"), *USUAL]
    for place in map(Path, filter(None, places)):
        for path in (place, *(place / name for name in INSIDE)):
            if path.is_file() and os.access(path, os.X_OK):
                return path.absolute()
    where = f"at {chosen}" if chosen else "on this computer"
    raise EngineError(f"No Blender was found {where}: name the program with --blender.", BAD_INPUT)
