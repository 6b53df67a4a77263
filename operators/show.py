"""Show Newest: the newest mesh of an object's run, in place of what undo, an edit or an old file left there."""

import bpy

from .. import preferences
from ..bridge import follower, run_folders, runs
from ..bridge.chosen import own_object
from .shell import NeedsDream, TellsErrors


class DREAM_OT_show(NeedsDream, TellsErrors, bpy.types.Operator):
    """Replace this mesh by the newest of its run. Your changes to it are lost; a painted texture stays as an image"""

    bl_idname = "dream.show"
    bl_label = "Show Newest"
    bl_options = {"UNDO"}  # noqa: RUF012 - as Blender wants it

    def act(self, context: bpy.types.Context) -> set[str]:
        """Show it. Raises RunRefused."""
        obj = own_object(context)
        problem = follower.show_newest(obj, run_folders.demand(obj, preferences.runs_folder(context)))
        if problem:
            raise runs.RunRefused(problem)
        return {"FINISHED"}
