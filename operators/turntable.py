"""Turntable: the camera goes once round the object, as a video."""

import bpy

from .. import preferences
from ..bridge import compat, runs, turntable
from ..bridge.chosen import chosen_object
from ..bridge.language import translate
from ..bridge.names import file_name
from .shell import NeedsDreamInObjectMode, TellsErrors


class DREAM_OT_turntable(NeedsDreamInObjectMode, TellsErrors, bpy.types.Operator):
    """Render a video in which the object turns once, with Light It's camera and lights, which are made if need be. Your
    own frame range and output stay as they are"""

    bl_idname = "dream.turntable"
    bl_label = "Turntable"

    filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})
    check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    frames: bpy.props.IntProperty(
        name="Frames",
        description=f"Frames of the whole turn, {turntable.FPS} a second",
        default=48,
        min=2,
        soft_max=480,
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One render at a time."""
        if not super().poll(context):
            return False
        cls.poll_message_set(translate("Wait until the render is done"))
        return not bpy.app.is_job_running("RENDER")

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask for the file."""
        if not self.filepath:
            self.filepath = str(turntable.output_of(preferences.full_path(file_name(chosen_object(context).name))))
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def act(self, context: bpy.types.Context) -> set[str]:
        """Render; in a window Blender's own progress shows how far it is. Raises RunRefused."""
        scene, obj = context.scene, chosen_object(context)
        output = turntable.output_of(preferences.full_path(self.filepath))
        if not self.filepath or not output.parent.is_dir():
            raise runs.RunRefused(f"There is no folder {output.parent}: choose where the turntable goes.")
        if scene.dream.light.subject != obj or None in (scene.dream.light.camera, scene.dream.light.pivot):
            engine = "EEVEE" if scene.render.engine == compat.eevee() else "CYCLES"
            bpy.ops.dream.light("EXEC_DEFAULT", True, engine=engine)  # an undo step of its own
        turning = turntable.begin(scene, self.frames, output)
        if not bpy.app.background:
            bpy.ops.render.render("INVOKE_DEFAULT", animation=True, scene=turning.name)
            turntable.end_after_render(turning.name)
            return {"FINISHED"}
        try:
            bpy.ops.render.render(animation=True, scene=turning.name)
        except RuntimeError as error:
            raise runs.RunRefused(f"The turntable cannot be rendered: {error}") from error
        finally:
            turntable.end(turning.name)
        self.report({"INFO"}, translate(f"Saved {output}."))
        return {"FINISHED"}
