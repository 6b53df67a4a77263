"""Generate: a new object, and a run that makes it."""

from pathlib import Path

import bpy

from .. import preferences
from ..bridge import follower, runs
from ..bridge.chosen import chosen_object
from ..bridge.engine_process import EngineMissing
from ..engine.run.folder import new_run_folder
from ..engine.run.settings import RunSettings, SettingsError, check_settings, write_settings


class DREAM_OT_generate(bpy.types.Operator):
    """Make an object from the prompt"""

    bl_idname = "dream.generate"
    bl_label = "Generate"
    bl_options = {"UNDO"}

    wait: bpy.props.BoolProperty(
        name="Wait",
        description="Return only when the run is over (for scripts)",
        options={"HIDDEN", "SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only object mode can get a new object."""
        cls.poll_message_set("Leave the current mode for Object Mode first")
        return context.mode == "OBJECT"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Check what was asked for, make an empty object, start the engine."""
        preferences.check_engine()
        try:
            run = start_run(context)
        except (SettingsError, EngineMissing, runs.RunRefused) as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        except OSError as error:
            self.report(
                {"ERROR"},
                f"No run can be kept in {preferences.runs_folder(context)} ({error.strerror}): choose another folder of"
                " runs in this extension's preferences.",
            )
            return {"CANCELLED"}
        follower.follow()
        return wait_and_report(self, run) if self.wait else {"FINISHED"}


def start_run(context: bpy.types.Context) -> runs.LiveRun:
    """Start the run that the scene describes, on a new object at the 3D cursor.

    Raises SettingsError, EngineMissing, RunRefused (a selected object is still being made), OSError; nothing is left
    in the scene then.
    """
    settings = context.scene.dream.settings()
    check_settings(settings)
    python = preferences.engine_python(context)
    selected = chosen_object(context)
    if selected is not None:
        runs.refuse_second(selected.session_uid)
    folder = new_run_folder(preferences.runs_folder(context), settings.prompt)
    write_settings(folder, settings)
    obj = _new_object(context, settings, folder)
    try:
        return runs.start(python, "run", folder, obj.session_uid, bpy.app.online_access)
    except (EngineMissing, OSError):
        bpy.data.meshes.remove(obj.data)
        raise


def _new_object(context: bpy.types.Context, settings: RunSettings, folder: Path) -> bpy.types.Object:
    """An empty mesh at the 3D cursor, selected and active, that remembers its run."""
    obj = bpy.data.objects.new(settings.prompt, bpy.data.meshes.new(settings.prompt))
    obj.location = context.scene.cursor.location
    obj.dream.run_id, obj.dream.folder = folder.name, str(folder)
    obj.dream.prompt, obj.dream.seed = settings.prompt, settings.seed
    context.collection.objects.link(obj)
    for other in context.selected_objects:
        other.select_set(False)
    obj.select_set(True)
    context.view_layer.objects.active = obj
    return obj


def wait_and_report(operator: bpy.types.Operator, run: runs.LiveRun) -> set[str]:
    """Follow the run to its end, for an operator that a script called with wait=True."""
    try:
        follower.wait(run)
    except KeyboardInterrupt:
        run.process.release()
        raise
    for sentence in (*run.state.warnings, run.note):
        if sentence:
            operator.report({"WARNING"}, sentence)
    if run.status in ("finished", "stopped"):
        operator.report({"INFO"}, run.sentence)
        return {"FINISHED"}
    operator.report({"ERROR"}, run.sentence)
    return {"CANCELLED"}
