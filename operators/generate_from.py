"""From Selected: a run that begins with the shape of what is selected, in its place."""

import bpy

from ..bridge.language import translate
from ..bridge.selected_shape import SelectedShape, has_surface, selected_shape
from .generate import Generates


class DREAM_OT_generate_from(Generates, bpy.types.Operator):
    """Make an object from the prompt that begins as what is selected, such as a few cubes, and takes its place. Its
    front is towards -Y, what is selected is hidden"""

    bl_idname = "dream.generate_from"
    bl_label = "From Selected"
    bl_options = {"UNDO"}  # noqa: RUF012 - as Blender wants it

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only what has a surface can be begun with."""
        if not super().poll(context):
            return False
        cls.poll_message_set(translate("Select a mesh, curve, text, surface or metaball to begin with"))
        return has_surface(context)

    def shape(self, context: bpy.types.Context) -> SelectedShape:
        """What is selected. Raises RunRefused, StartError."""
        return selected_shape(context)
