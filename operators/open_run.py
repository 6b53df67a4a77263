"""Open Dream Run: an object for a run that has none, made on the command line or lost with an unsaved file."""

import bpy

from .. import preferences
from ..bridge import follower, runs
from ..bridge.new_object import new_object
from ..engine.run.settings import read_settings
from .shell import AddsObject, TellsErrors


class DREAM_OT_open(AddsObject, TellsErrors, bpy.types.Operator):
    """Add an object with the newest mesh of a run, from its folder; Resume goes on with it"""

    bl_idname = "dream.open"
    bl_label = "Open Dream Run"
    bl_options = {"UNDO"}  # noqa: RUF012 - as Blender wants it

    directory: bpy.props.StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask for the folder, where runs are."""
        self.directory = str(preferences.runs_folder(context) / "_")[:-1]  # with a separator at the end
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def act(self, context: bpy.types.Context) -> set[str]:
        """Add the object at the 3D cursor. Raises RunRefused, SettingsError; nothing is left in the scene then."""
        folder = preferences.full_path(self.directory)
        with new_object(context, read_settings(folder), folder, preferences.runs_folder(context)) as obj:
            if runs.attach(folder, obj.session_uid) is not None:  # it goes on: its meshes come by themselves
                follower.follow()
            elif problem := follower.show_newest(obj, folder):
                raise runs.RunRefused(problem)
        return {"FINISHED"}
