"""Mark as Asset: the object in the asset browser, with a picture and words to find it by."""

import bpy

from ..bridge import asset, runs
from ..bridge.chosen import chosen_object
from .shell import NeedsDreamInObjectMode, TellsErrors, busy_cursor, no_render_runs


class DREAM_OT_asset(NeedsDreamInObjectMode, TellsErrors, bpy.types.Operator):
    """Put the object into the asset browser, with a rendered picture, the prompt's words as tags, prompt and seed as
    its description. Other files find it where this one is saved in an asset library"""

    bl_idname = "dream.asset"
    bl_label = "Mark as Asset"
    bl_options = {"UNDO"}  # noqa: RUF012 - as Blender wants it

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Its picture is a render."""
        return super().poll(context) and no_render_runs(cls)

    def act(self, context: bpy.types.Context) -> set[str]:
        """Mark it. Raises RunRefused."""
        obj = chosen_object(context)
        if obj.library or obj.override_library:
            raise runs.RunRefused("This object comes from another file: make it local first.")
        with busy_cursor(context):
            asset.mark(obj)
        return {"FINISHED"}
