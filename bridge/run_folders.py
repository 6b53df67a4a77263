"""Where the run of an object is kept, by what its .blend says of it, none of which is trusted. Needs no bpy."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..engine.run.folder import holds_run
from . import runs

if TYPE_CHECKING:
    import bpy


def remember(obj: bpy.types.Object, folder: Path, root: Path) -> None:
    """Have an object remember the folder of its run; `root` is the folder of runs.

    A .blend goes to others: where the name alone does not find the run, a path in the artist's home begins with ~.
    """
    obj.dream.run_id = folder.name
    home = Path(os.path.expanduser("~"))
    if folder.parent == root:
        obj.dream.folder = ""
    elif folder.is_relative_to(home):
        obj.dream.folder = f"~/{folder.relative_to(home).as_posix()}"
    else:
        obj.dream.folder = str(folder)


def find(obj: bpy.types.Object, root: Path) -> Path | None:
    """The folder of the object's run, absolute, or None where there is none of its name that holds a run."""
    run, kept, name = runs.of(obj.session_uid), obj.dream.folder, obj.dream.run_id
    candidates = [run.folder] if run else []
    if kept:
        candidates.append(Path(os.path.expanduser(kept)))
    if Path(name).name == name != "..":  # it leads nowhere else
        candidates.append(root / name)
    return next((folder for folder in candidates if folder.is_absolute() and holds_run(folder)), None)


def demand(obj: bpy.types.Object, root: Path) -> Path:
    """The same. Raises RunRefused, with a sentence that says what still works, where there is none."""
    folder = find(obj, root)
    if folder is None:
        raise runs.RunRefused(missing_sentence(obj.dream.run_id))
    return folder


def missing_sentence(name: str) -> str:
    """The sentence about a run that is not on this computer."""
    return (
        f"The run {name} is not in the folder of runs: Export saves the mesh in this file; put the run there for Resume"
        " and Show Newest."
    )


def is_safe_to_open(folder: Path) -> bool:
    """Whether a file manager shows the folder of a run instead of starting it: macOS has programs that are folders
    (.app), and Windows gives a meaning to endings that are class ids. Runs are named without a dot.
    """
    return "." not in folder.name
