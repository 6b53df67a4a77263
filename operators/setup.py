"""Setting the engine up: Set Up, Cancel, Remove, and the log of what was done."""

import time
from pathlib import Path

import bpy

from .. import preferences
from ..bridge import follower, runs, setup
from ..bridge.language import translate
from ..engine.run.survey import at_work
from ..engine.setup import place
from ..engine.setup.errors import SetupError
from ..engine.setup.offline import open_offline
from .shell import TellsErrors


class DREAM_OT_setup(TellsErrors, bpy.types.Operator):
    """Bring all that the engine needs into a folder of its own, in the background, and test it"""

    bl_idname = "dream.setup"
    bl_label = "Set Up"

    anew: bpy.props.BoolProperty(
        name="Anew",
        description="Remove what is there first",
        options={"HIDDEN", "SKIP_SAVE"},
    )
    wait: bpy.props.BoolProperty(
        name="Wait",
        description="Return only when it is over (for scripts)",
        options={"HIDDEN", "SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One at a time, and only where Blender may go online or need not."""
        offline = "Allow online access first, in Preferences > System > Network, or choose an offline folder"
        cls.poll_message_set(translate("The engine is being set up" if setup.live() else offline))
        return setup.live() is None and (bpy.app.online_access or preferences.offline_folder(context) is not None)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """A button that removes an engine first asks."""
        return context.window_manager.invoke_confirm(self, event) if self.anew else self.execute(context)

    def act(self, context: bpy.types.Context) -> set[str]:
        """Start; where a script asked for it, wait for the end and report it.

        Raises SetupError, also for an offline folder that cannot be used, before anything is removed; EngineMissing,
        OSError.
        """
        folder, offline = preferences.engine_folder(context), preferences.offline_folder(context)
        if offline is not None:
            open_offline(offline)
        if self.anew:
            setup.own_python()
            _remove(folder)
        going_on = setup.start(folder, preferences.check_engine, offline)
        follower.follow()
        if not self.wait:
            return {"FINISHED"}
        while not going_on.over:
            follower.tick()
            time.sleep(follower.INTERVAL)
        self.report({"ERROR"} if going_on.problem else {"INFO"}, translate(going_on.sentence))
        return {"CANCELLED"} if going_on.problem else {"FINISHED"}


class DREAM_OT_setup_cancel(bpy.types.Operator):
    """End the set-up; the next one goes on from where it was"""

    bl_idname = "dream.setup_cancel"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Only one that is going on can be cancelled."""
        return setup.live() is not None and not setup.live().cancelling

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Blender calls this."""
        setup.cancel()
        return {"FINISHED"}


class DREAM_OT_setup_remove(TellsErrors, bpy.types.Operator):
    """Remove the engine that was set up, and all that was fetched for it; runs stay"""

    bl_idname = "dream.setup_remove"
    bl_label = "Remove Engine"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Not while it is being made."""
        return setup.live() is None

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """A button asks first."""
        return context.window_manager.invoke_confirm(self, event)

    def act(self, context: bpy.types.Context) -> set[str]:
        """Remove it. Raises SetupError."""
        _remove(preferences.engine_folder(context))
        setup.forget()
        preferences.check_engine()
        return {"FINISHED"}


class DREAM_OT_setup_log(TellsErrors, bpy.types.Operator):
    """Show the commands of the last set-up and what they said, in the system's own program for text"""

    bl_idname = "dream.setup_log"
    bl_label = "Show Log"

    def act(self, context: bpy.types.Context) -> set[str]:
        """Open it. Raises SetupError where there is none."""
        path = place.log_path(preferences.engine_folder(context))
        if not path.is_file():
            raise SetupError(f"Nothing was set up in {path.parent} yet.")
        return bpy.ops.wm.path_open(filepath=str(path))


def _remove(folder: Path) -> None:
    """Remove what set-ups left. Raises SetupError, RunRefused where a run may need it."""
    if runs.live():
        raise runs.RunRefused("Runs are going on: stop them before the engine is removed.")
    kept = at_work(preferences.runs_folder(bpy.context))
    if kept is not None:
        raise runs.RunRefused(f"The run {kept.name} is being worked on: stop it before the engine is removed.")
    try:
        place.remove(folder)
    except OSError as error:
        raise SetupError(
            f"{error.filename or folder} cannot be removed ({error.strerror}): close what uses it, then try again."
        ) from error
