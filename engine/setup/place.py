"""The folder that the engine is set up in: what is where, and what stands there."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from ..run.atomic import atomic_write_json
from ..run.exits import REQUIREMENTS
from .errors import SetupError
from .pip_wheel import WHEEL

DEFAULT = "~/dreamfusion/engine"
"""Short (Windows limits the length of paths), and the same for every version of Blender."""
ENVIRONMENT = "env-"
"""How an environment's folder begins: a hash follows of the packages it is for, so that a newer extension's is made
beside the one in use, and a half-made one never takes the place of a whole one."""
LOCK, LOG = "engine.lock", "setup.log"
"""What a set-up makes first."""
OURS = (WHEEL, "uv", "python", "cache", "test", "events.jsonl", LOCK, LOG)
"""What else is in the folder: a pip to begin with, the installer, the Python that it brought, the packages as they came
(the environment shares their files, so that they take no room twice), the test run, and what the set-up says. The log,
by which the folder is known, is removed last."""


def log_path(folder: Path) -> Path:
    """Every command of the last set-up, and what it said."""
    return folder / LOG


def environment_path(folder: Path) -> Path:
    """The environment for the packages that this version of the extension needs, there or not."""
    content = REQUIREMENTS.read_text(encoding="utf-8")  # universal newlines: git may have turned them into Windows'
    return folder / (ENVIRONMENT + hashlib.sha256(content.encode()).hexdigest()[:8])


def python_path(environment: Path) -> Path:
    """An environment's Python."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def marker_path(environment: Path) -> Path:
    """What says that an environment is whole: it is written last, when the engine has been seen to work in it."""
    return environment / "ready.json"


def mark_ready(environment: Path, version: str, device: str) -> None:
    """Say that it is whole: made by this version of the extension, and tested on this device. Raises OSError."""
    atomic_write_json(marker_path(environment), {"version": version, "device": device})


def is_ready(environment: Path) -> bool:
    """Whether an environment is whole."""
    return os.path.isfile(marker_path(environment)) and os.path.isfile(python_path(environment))


def environments(folder: Path) -> list[Path]:
    """All of them, whole or not."""
    return sorted(folder.glob(f"{ENVIRONMENT}*"))


def find(folder: Path) -> Path | None:
    """The environment to use: this version's where it is whole, else another whole one, which an update replaces."""
    own = environment_path(folder)
    return next((path for path in (own, *environments(folder)) if is_ready(path)), None)


def is_begun(folder: Path) -> bool:
    """Whether a set-up left something here, be it whole or not."""
    return os.path.isfile(log_path(folder))


def check_is_usable(folder: Path) -> None:
    """Raise SetupError for a folder that holds something else, which Remove must never take away."""
    if folder.is_dir() and not is_begun(folder) and {path.name for path in folder.iterdir()} - {LOCK}:
        raise SetupError(f"{folder} holds other files: choose an empty folder for the engine, or a new one.")


def remove_unused(folder: Path) -> None:
    """Remove the environments of earlier versions that a newer one has replaced. Raises OSError.

    The one that is used until this version's is whole stays: a run may need it to its end.
    """
    for environment in environments(folder):
        if environment not in (environment_path(folder), find(folder)):
            marker_path(environment).unlink(missing_ok=True)
            shutil.rmtree(environment)


def remove(folder: Path) -> None:
    """Remove all that set-ups left; what else lies in the folder stays.

    The markers go first, so that what is left by a removal that fails half-way is not taken for whole.

    Raises SetupError for a folder that no set-up made, OSError.
    """
    if not is_begun(folder):
        raise SetupError(f"There is no engine in {folder} to remove.")
    for environment in environments(folder):
        marker_path(environment).unlink(missing_ok=True)
    for path in (*environments(folder), *(folder / name for name in OURS)):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
