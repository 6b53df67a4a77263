"""The die beside the seed."""

import random

import bpy

from ..engine.run.settings import MAX_SEED


class DREAM_OT_roll_seed(bpy.types.Operator):
    """Choose another seed at random: it makes another object from the same prompt"""

    bl_idname = "dream.roll_seed"
    bl_label = "Roll Seed"
    bl_options = {"UNDO"}  # noqa: RUF012 - as Blender wants it

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Blender calls this."""
        context.scene.dream.seed = random.randint(0, MAX_SEED)
        return {"FINISHED"}
