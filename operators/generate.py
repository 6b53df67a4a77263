"""Generate: a new object, and a run that makes it."""

from dataclasses import replace
from pathlib import Path

import bpy

from .. import preferences
from ..bridge import runs
from ..bridge.chosen import chosen_object
from ..bridge.new_object import new_object
from ..engine.run.folder import new_run_folder
from ..engine.run.settings import RunSettings, check_settings, write_settings
from .shell import AddsObject, StartsRun


class DREAM_OT_generate(AddsObject, StartsRun, bpy.types.Operator):
    """Make an object from the prompt"""

    bl_idname = "dream.generate"
    bl_label = "Generate"
    bl_options = {"UNDO"}  # noqa: RUF012 - as Blender wants it

    asked = False
    """Whether the artist was asked, and wants it all the same."""

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """A button asks first where words of the prompt are not known."""
        if bpy.app.background or not context.scene.dream.doubt():
            return self.execute(context)
        self.asked = True
        return context.window_manager.invoke_props_dialog(
            self, width=480, title="Generate all the same?", confirm_text="Generate Anyway"
        )

    def draw(self, context: bpy.types.Context) -> None:
        """Blender calls this to draw the question."""
        self.layout.label(text=context.scene.dream.doubt(), icon="QUESTION")
        self.layout.label(text="What is not known is left out of the object, or spoils it.", icon="BLANK1")

    def start(self, context: bpy.types.Context) -> runs.LiveRun:
        """Start the run that the scene describes, on a new object at the 3D cursor.

        Raises SettingsError, EngineMissing, RunRefused (a selected object is still being made, no folder for the run),
        OSError; nothing is left in the scene then.
        """
        chosen = context.scene.dream.settings()
        settings = replace(chosen, weights=preferences.weights(context, chosen.prior))
        check_settings(settings)
        if context.scene.dream.doubt() and not self.asked:
            self.report({"WARNING"}, context.scene.dream.doubt())
        python = preferences.engine_python(context)
        selected = chosen_object(context)
        if selected is not None:
            runs.refuse_second(selected.session_uid)
        folder = _new_folder(context, settings)
        with new_object(context, settings, folder, preferences.runs_folder(context)) as obj:
            keep = preferences.keeps_running(context)
            return runs.start(python, "run", folder, obj.session_uid, bpy.app.online_access, self.download, keep)


def _new_folder(context: bpy.types.Context, settings: RunSettings) -> Path:
    """A fresh run folder with the settings in it. Raises RunRefused."""
    root = preferences.runs_folder(context)
    try:
        folder = new_run_folder(root, settings.prompt)
        write_settings(folder, settings)
    except OSError as error:
        raise runs.RunRefused(
            f"No run can be kept in {root} ({error.strerror}): choose another folder of runs in this extension's"
            " preferences."
        ) from error
    return folder
