"""After a file was opened: its objects whose runs still go on follow them again."""

from __future__ import annotations

from pathlib import Path

import bpy

from . import follower, run_folders, runs
from .chosen import is_own


def attach_all(root: Path) -> None:
    """Follow the runs of this file's objects that go on, whoever started them; `root` is the folder of runs.

    What cannot be told of a folder is not asked again: Resume says what is wrong.
    """
    for obj in bpy.data.objects:
        if not obj.dream.run_id or not is_own(obj) or not obj.users_scene or runs.of(obj.session_uid):
            continue
        folder = run_folders.find(obj, root)
        try:
            run = runs.attach(folder, obj.session_uid) if folder else None
        except OSError as error:
            print(f"Whether the run in {folder} goes on cannot be told ({error.strerror}).")
            continue
        if run is not None:
            follower.follow()
