"""Make Asset Library: every finished run as an asset, and the asset browser told of them."""

import sys
import time
from pathlib import Path

import bpy

from .. import preferences
from ..bridge import asset_browser, runs
from ..bridge.language import translate
from ..bridge.library_process import LibraryProcess
from .shell import TellsErrors

FOLDER = "assets"
"""Of the library, beside the folder of runs."""
LOOK_EVERY = 0.2
"""Seconds between two looks at how far it is."""


class DREAM_OT_library(TellsErrors, bpy.types.Operator):
    """Make an asset library of all finished runs, in a folder called assets beside the folder of runs, and have the
    asset browser show it. Pressed again, it adds what is new"""

    bl_idname = "dream.library"
    bl_label = "Make Asset Library"

    directory: bpy.props.StringProperty(
        name="Folder",
        description="Where the library goes; empty for the folder assets beside the folder of runs",
        subtype="DIR_PATH",
        options={"HIDDEN", "SKIP_SAVE"},
    )

    _making: LibraryProcess | None = None
    """The one that is going on, in whichever window."""
    _told_in: set[str] = set()  # noqa: RUF012 - one for all of them, since one is going on
    """Names of the workspaces in whose status bar it says how far it is."""
    _timer: bpy.types.Timer | None = None
    """What calls its `modal`."""

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """One at a time."""
        cls.poll_message_set(translate("The asset library is being made"))
        return DREAM_OT_library._making is None

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """A button lets Blender go on meanwhile."""
        if bpy.app.background:
            return self.execute(context)
        DREAM_OT_library._timer = context.window_manager.event_timer_add(LOOK_EVERY, window=context.window)
        answer = self.execute(context)
        if answer == {"RUNNING_MODAL"}:
            context.window_manager.modal_handler_add(self)
        else:
            _forget_timer(context)
        return answer

    def act(self, context: bpy.types.Context) -> set[str]:
        """Start; a script waits for the end. Raises RunRefused, OSError."""
        program = bpy.app.binary_path  # empty where Blender is a module of Python
        root, output = preferences.runs_folder(context), self._output(context)
        making = LibraryProcess(Path(program or sys.executable), bool(program), root, output)
        DREAM_OT_library._making = making
        if self._timer is not None:
            return {"RUNNING_MODAL"}
        while making.poll():
            time.sleep(LOOK_EVERY)
        return self._finish(context)

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Blender calls this: the status bar says how far it is."""
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        if self._making.poll():
            DREAM_OT_library._told_in.add(context.workspace.name)
            context.workspace.status_text_set(translate(f"Making the asset library: {self._making.said}"))
            return {"PASS_THROUGH"}
        _leave(context)
        try:
            return self._finish(context)
        except runs.RunRefused as error:
            self.report({"ERROR"}, translate(str(error)))
            return {"CANCELLED"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender calls this when another file is opened: the library of before stays."""
        give_up(context)

    def _finish(self, context: bpy.types.Context) -> set[str]:
        """List what is there, and tell what is not. Raises RunRefused where nothing is."""
        making, output = self._making, self._output(context)
        DREAM_OT_library._making = None
        problem = making.end()
        if not any(output.glob("*.blend")):
            raise runs.RunRefused(problem)
        asset_browser.show_library(context, output)
        if problem:
            self.report({"WARNING"}, translate(problem))
        else:
            self.report({"INFO"}, translate(f"The asset browser has the library {output}."))
        return {"FINISHED"}

    def _output(self, context: bpy.types.Context) -> Path:
        if self.directory:
            return preferences.full_path(self.directory)
        return preferences.runs_folder(context).parent / FOLDER


def give_up(context: bpy.types.Context) -> None:
    """End the one that is going on, if any. Blender tells an operator nothing when its extension is disabled."""
    making, DREAM_OT_library._making = DREAM_OT_library._making, None
    if making is not None:
        making.end()
    if DREAM_OT_library._timer is not None:
        _leave(context)


def _leave(context: bpy.types.Context) -> None:
    """Give the status bar of each workspace back, which may be another one than now."""
    _forget_timer(context)
    for workspace in filter(None, map(bpy.data.workspaces.get, DREAM_OT_library._told_in)):
        with context.temp_override(workspace=workspace):  # the call goes by the context's
            workspace.status_text_set(None)
    DREAM_OT_library._told_in.clear()


def _forget_timer(context: bpy.types.Context) -> None:
    context.window_manager.event_timer_remove(DREAM_OT_library._timer)
    DREAM_OT_library._timer = None
