"""Show Newest: the newest mesh of an object's run, in place of what undo, an edit or an old file left there."""

import bpy

from ..bridge import follower, runs
from ..bridge.chosen import chosen_object, own_object
from .shell import TellsErrors


class DREAM_OT_show(TellsErrors, bpy.types.Operator):
    """Put the newest mesh of the object's run in place of this one; what you changed in the mesh itself is lost"""

    bl_idname = "dream.show"
    bl_label = "Show Newest"
    bl_options = {"UNDO"}  # noqa: RUF012 - as Blender wants it

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only what a run made has a newest mesh."""
        cls.poll_message_set("Select an object that Dreamfusion made")
        return chosen_object(context) is not None

    def act(self, context: bpy.types.Context) -> set[str]:
        """Show it. Raises RunRefused."""
        problem = follower.show_newest(own_object(context))
        if problem:
            raise runs.RunRefused(problem)
        return {"FINISHED"}
