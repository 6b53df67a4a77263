"""Turntable: the camera goes once round the object, as a video."""

from pathlib import Path

import bpy

from .. import preferences
from ..bridge import compat, lighting, runs, turntable
from ..bridge.language import translate
from .light import light_up
from .shell import AsksForFile, NeedsDreamInObjectMode, TellsErrors, no_render_runs, object_asked_for


class DREAM_OT_turntable(NeedsDreamInObjectMode, AsksForFile, TellsErrors, bpy.types.Operator):
    """Render a video in which the object turns once, with Light It's camera and lights, which are made if need be. Your
    own frame range and output stay as they are"""

    bl_idname = "dream.turntable"
    bl_label = "Turntable"

    filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})
    check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    object_uid: bpy.props.IntProperty(
        description="session_uid of the object that turns; 0 for the selected one's", options={"HIDDEN", "SKIP_SAVE"}
    )
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
        return super().poll(context) and no_render_runs(cls)

    def proposed(self, name: str) -> str:
        """The video's name."""
        return str(turntable.output_of(Path(name)))

    def named(self) -> str:
        """The chosen file as a video's."""
        return self.proposed(self.filepath)

    def act(self, context: bpy.types.Context) -> set[str]:
        """Render; in a window Blender's own progress shows how far it is. Raises RunRefused."""
        scene = context.scene
        gone = "The object that was to turn is gone: undo brings it back."
        obj = object_asked_for(context, self.object_uid, gone)
        output = turntable.output_of(preferences.full_path(self.filepath))
        if not self.filepath or not output.parent.is_dir():
            raise runs.RunRefused(f"There is no folder {output.parent}: choose where the turntable goes.")
        studio = scene.dream.light
        whole = lighting.is_there(scene, studio.camera) and lighting.is_there(scene, studio.pivot)
        if studio.subject != obj or not whole:
            engine = "EEVEE" if scene.render.engine == compat.eevee() else "CYCLES"
            light_up(context, obj, engine)
            bpy.ops.ed.undo_push(message="Light It")  # the scene that turns is to be in no undo step
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
