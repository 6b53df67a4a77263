"""Light It: lights, a floor, a world and a camera round an object; and what takes them away again."""

import bpy

from ..bridge import compat, lighting, runs
from ..bridge.chosen import chosen_object
from ..bridge.language import translate
from .shell import NeedsDreamInObjectMode, TellsErrors


class DREAM_OT_light(NeedsDreamInObjectMode, TellsErrors, bpy.types.Operator):
    """Put lights, a floor, a world and a camera round the object, ready to render (F12), in a collection of their own.
    Your own lights stay; your camera, world and render engine come back with Remove Light. Pressed again, it begins
    anew"""

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
        light_up(context, chosen_object(context), self.engine)
        return {"FINISHED"}


def light_up(context: bpy.types.Context, obj: bpy.types.Object, engine: str) -> None:
    """Light an object of the scene, to be rendered with CYCLES or EEVEE. Raises RunRefused."""
    cylinder = lighting.bounds(obj, context.evaluated_depsgraph_get())
    if cylinder is None:
        raise runs.RunRefused("There is nothing to light yet: wait for the first mesh.")
    render, name = context.scene.render, compat.eevee() if engine == "EEVEE" else engine
    before = render.engine
    try:
        render.engine = name
    except TypeError:
        raise runs.RunRefused(f"This Blender has no {engine.title()}: choose the other engine.") from None
    render.engine = before
    lighting.light(context.scene, obj, cylinder, name)


class DREAM_OT_unlight(bpy.types.Operator):
    """Take away what Light It made, and give back the camera, world, view transform and render engine that were there
    before it"""

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
