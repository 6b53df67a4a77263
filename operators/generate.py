"""Generate: a new object, and a run that makes it."""

from dataclasses import replace
from pathlib import Path

import bpy

from .. import preferences
from ..bridge import queue, runs
from ..bridge.chosen import chosen_object
from ..bridge.language import translate
from ..bridge.new_object import new_object
from ..bridge.selected_shape import SelectedShape
from ..engine.run.folder import new_run_folder
from ..engine.run.settings import RunSettings, check_settings, write_settings
from ..engine.run.start import Start, write_start
from .shell import AddsObject, StartsRun


class FromPrompt(AddsObject, StartsRun):
    """Base of an operator that makes something of the scene's prompt."""

    asked = False
    """Whether the artist was asked, and wants it anyway."""

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """A button asks first where words of the prompt are not known."""
        if bpy.app.background or not context.scene.dream.doubt():
            return self.execute(context)
        self.asked = True
        return context.window_manager.invoke_props_dialog(
            self, width=480, title="Generate anyway?", confirm_text="Generate Anyway"
        )

    def draw(self, context: bpy.types.Context) -> None:
        """Blender calls this to draw the question."""
        self.layout.label(text=translate(context.scene.dream.doubt()), icon="QUESTION")
        self.layout.label(text="Words that it does not know are left out of the object, or spoil it.", icon="BLANK1")

    def checked_settings(self, context: bpy.types.Context) -> RunSettings:
        """What the scene asks for. Raises SettingsError."""
        chosen = context.scene.dream.settings()
        named = preferences.full_weights(chosen.weights) or preferences.weights(context, chosen.prior)
        settings = replace(chosen, weights=named)
        check_settings(settings)
        if context.scene.dream.doubt() and not self.asked:
            self.report({"WARNING"}, translate(context.scene.dream.doubt()))
        return settings


class Generates(FromPrompt):
    """Base of an operator that makes an object from the prompt, from a ball or from `shape(context)`."""

    def shape(self, _context: bpy.types.Context) -> SelectedShape | None:
        """The shape to begin with; None for a ball at the 3D cursor."""
        return None

    def start(self, context: bpy.types.Context) -> runs.LiveRun:
        """Start the run that the scene describes, in its turn, on a new object.

        Raises SettingsError, StartError, EngineMissing, RunRefused (a selected object is being made of the same, no
        folder for the run), OSError; the scene is as before then.
        """
        settings = self.checked_settings(context)
        engine = self.engine(context)
        selected = chosen_object(context)
        # The button pressed twice. Another prompt or seed waits in the queue.
        if selected is not None and (selected.dream.prompt, selected.dream.seed) == (settings.prompt, settings.seed):
            runs.refuse_second(selected.session_uid)
        shape = self.shape(context)
        folder = new_folder(context, settings, shape and shape.start)
        with new_object(context, settings, folder, preferences.runs_folder(context)) as obj:
            if shape is not None:
                shape.place(obj)
            run = queue.enter(engine, "run", folder, obj.session_uid)
        if shape is not None:
            shape.hide()
        return run


class DREAM_OT_generate(Generates, bpy.types.Operator):
    """Make an object from the prompt, as soon as the runs before it are done"""

    bl_idname = "dream.generate"
    bl_label = "Generate"
    bl_options = {"UNDO"}  # noqa: RUF012 - as Blender wants it


def new_folder(context: bpy.types.Context, settings: RunSettings, start: Start | None = None) -> Path:
    """A fresh run folder with the settings in it, and the shape to begin with. Raises RunRefused, StartError."""
    root = preferences.runs_folder(context)
    try:
        folder = new_run_folder(root, settings.prompt)
        if start is not None:
            settings = replace(settings, start=write_start(folder, start))
        write_settings(folder, settings)
    except OSError as error:
        raise runs.RunRefused(
            f"No run can be kept in {root} ({error.strerror}): choose another folder of runs in this extension's"
            " preferences."
        ) from error
    return folder
