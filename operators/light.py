"""Light It: lights, a floor, a world and a camera round an object; and what takes them away again."""

import bpy

from ..bridge import compat, lighting, runs
from ..bridge.chosen import chosen_object
from ..bridge.language import translate
from .shell import NeedsDreamInObjectMode, TellsErrors


class DREAM_OT_light(NeedsDreamInObjectMode, TellsErrors, bpy.types.Operator):
    """Put lights, a floor, a world and a camera round the object, ready to render (F12), in a collection of their own.
    Your own lights stay; your camera and world come back with Remove Light. Pressed again, it begins anew"""

    bl_idname = "dream.light"
    bl_label = "Light It"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - as Blender wants it

    engine: bpy.props.EnumProperty(
        name="Render With",
        description="What renders the scene from now on",
        items=(
            ("CYCLES", "Cycles", "The truest light; slower without a graphics card"),
            ("EEVEE", "EEVEE", "Fast; needs a graphics card"),
        ),
    )

    def act(self, context: bpy.types.Context) -> set[str]:
        """Light it. Raises RunRefused."""
        obj, scene = chosen_object(context), context.scene
        cylinder = lighting.bounds(obj, context.evaluated_depsgraph_get())
        if cylinder is None:
            raise runs.RunRefused("There is nothing to light yet: wait for the first mesh.")
        try:
            scene.render.engine = compat.eevee() if self.engine == "EEVEE" else self.engine
        except TypeError:
            raise runs.RunRefused(f"This Blender has no {self.engine.title()}: choose the other engine.") from None
        lighting.light(scene, obj, cylinder)
        return {"FINISHED"}


class DREAM_OT_unlight(bpy.types.Operator):
    """Take away what Light It made, and give back the camera, world and view transform that were there before it"""

    bl_idname = "dream.unlight"
    bl_label = "Remove Light"
    bl_options = {"UNDO"}  # noqa: RUF012 - as Blender wants it

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only what is there can be removed, and only undo of Object Mode can bring it back."""
        cls.poll_message_set(translate("Light It has made nothing in this scene, or this is not Object Mode"))
        return lighting.is_lit(context.scene) and context.mode == "OBJECT"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Blender calls this."""
        lighting.unlight(context.scene)
        return {"FINISHED"}
