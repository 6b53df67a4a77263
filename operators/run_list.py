"""The list of runs: looked into, and what can be done with the one that is chosen in it."""

from __future__ import annotations

import bpy

from .. import preferences
from ..bridge import run_list, runs
from ..bridge.chosen import object_of
from ..bridge.language import translate
from ..bridge.new_object import new_object, select_only
from ..engine.run.folder import holds_run
from ..engine.run.removal import delete_run
from ..engine.run.settings import read_settings
from ..engine.setup.cost import in_units, size_of
from .folder import reveal
from .resume import go_on
from .shell import StartsRun, TellsErrors, in_object_mode


class NeedsListedRun:
    """Base of an operator on the run that is chosen in the list."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There must be one."""
        cls.poll_message_set(translate("Choose a run in the list; Refresh looks for runs"))
        return run_list.chosen(context) is not None


class DREAM_OT_runs_refresh(bpy.types.Operator):
    """Look for runs in the folder of runs"""

    bl_idname = "dream.runs_refresh"
    bl_label = "Refresh"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Look again at as many as are listed."""
        run_list.fill(preferences.runs_folder(context))
        return {"FINISHED"}


class DREAM_OT_runs_more(bpy.types.Operator):
    """List older runs too"""

    bl_idname = "dream.runs_more"
    bl_label = "More"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Only where some were left out."""
        cls.poll_message_set(translate("All runs are listed"))
        return run_list.current().left_out > 0

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Look at a page more."""
        run_list.fill(preferences.runs_folder(context), more=True)
        return {"FINISHED"}


class DREAM_OT_run_resume(NeedsListedRun, StartsRun, bpy.types.Operator):
    """Go on with the chosen run: on its object in this scene, or on a new one"""

    bl_idname = "dream.run_resume"
    bl_label = "Resume"
    bl_options = {"UNDO"}  # noqa: RUF012 - as Blender wants it

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only object mode can get a new object."""
        return in_object_mode(cls, context) and super().poll(context)

    def start(self, context: bpy.types.Context) -> runs.LiveRun:
        """Start or follow its engine. Raises SettingsError, EngineMissing, RunRefused, OSError; nothing is left in the
        scene then."""
        folder, root = run_list.chosen(context).folder, preferences.runs_folder(context)
        there = object_of(context, folder, root)
        if there is not None:
            select_only(context, there)
            return go_on(context, there, self.engine)
        with new_object(context, read_settings(folder), folder, root) as obj:
            return go_on(context, obj, self.engine)


class DREAM_OT_run_folder(NeedsListedRun, TellsErrors, bpy.types.Operator):
    """Show the folder of the chosen run in the file manager"""

    bl_idname = "dream.run_folder"
    bl_label = "Open Run Folder"

    def act(self, context: bpy.types.Context) -> set[str]:
        """Open it. Raises RunRefused where there is no run any more."""
        folder = run_list.chosen(context).folder
        if not holds_run(folder):
            raise runs.RunRefused(f"There is no run in {folder} any more: press Refresh.")
        return reveal(folder)


class DREAM_OT_run_delete(NeedsListedRun, TellsErrors, bpy.types.Operator):
    """Delete the folder of the chosen run. Objects keep the meshes they show; Resume and Show Newest need the folder"""

    bl_idname = "dream.run_delete"
    bl_label = "Delete Run"

    name: bpy.props.StringProperty(
        description="Name of the run's folder; empty for the chosen one's", options={"HIDDEN", "SKIP_SAVE"}
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask first, and say how much there is to gain."""
        row = run_list.chosen(context)
        self.name = row.folder.name  # another may be chosen by the time of the answer
        return context.window_manager.invoke_confirm(
            self, event, title="Delete this run?", confirm_text="Delete", icon="WARNING",
            message=translate(f"{row.folder.name} and {in_units(size_of(row.folder))} of files are gone for good."),
        )

    def act(self, context: bpy.types.Context) -> set[str]:
        """Delete it. Raises NotDeleted, RunRefused."""
        folder = preferences.runs_folder(context) / (self.name or run_list.chosen(context).folder.name)
        run = runs.following(folder)
        if run is not None and run.alive:  # it may not have come as far as to lock its folder
            raise runs.RunRefused(f"The run {folder.name} is being worked on: stop it first.")
        size = size_of(folder)
        delete_run(folder.parent, folder.name)
        run_list.look_again(folder)
        self.report({"INFO"}, translate(f"Deleted {folder.name}: {in_units(size)} are free again."))
        return {"FINISHED"}
