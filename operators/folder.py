"""Open Run Folder: the folder of an object's run, in the system's file manager."""

from pathlib import Path

import bpy

from .. import preferences
from ..bridge import run_folders, runs
from ..bridge.chosen import chosen_object
from .shell import NeedsDream, TellsErrors


class DREAM_OT_folder(NeedsDream, TellsErrors, bpy.types.Operator):
    """Show the folder of the object's run in the file manager"""

    bl_idname = "dream.folder"
    bl_label = "Open Run Folder"

    def act(self, context: bpy.types.Context) -> set[str]:
        """Open it. Raises RunRefused for what is no folder of a run: the path may come from a stranger's file."""
        return reveal(run_folders.demand(chosen_object(context), preferences.runs_folder(context)))


def reveal(folder: Path) -> set[str]:
    """Open the folder of a run. Raises RunRefused for one that the system might start as a program."""
    folder = folder.resolve()
    if not run_folders.is_safe_to_open(folder):
        raise runs.RunRefused(f"{folder} is not named as runs are, so it is not opened from here.")
    return bpy.ops.wm.path_open(filepath=str(folder))
