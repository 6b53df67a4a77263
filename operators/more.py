"""More Steps: a finished run goes on, as if it had been planned longer."""

import bpy

from .. import preferences
from ..bridge import queue, run_folders, runs
from ..bridge.chosen import chosen_object, live_run, own_object
from ..bridge.language import translate
from ..engine.run.settings import set_steps
from ..engine.run.state import read_state
from .shell import NeedsDream, StartsRun


class DREAM_OT_more(NeedsDream, StartsRun, bpy.types.Operator):
    """Have a finished run go on, as if it had been planned longer: the mesh changes a little, and settles again"""

    bl_idname = "dream.more"
    bl_label = "More Steps"

    steps: bpy.props.IntProperty(
        name="Steps",
        description="How many more; 0 means half as many as the run has had",
        min=0,
        soft_max=2000,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only a run that is over can be told to go on."""
        if not super().poll(context):
            return False
        cls.poll_message_set(translate("This run is still going on"))
        return live_run(context) is None

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask how many."""
        folder = run_folders.find(chosen_object(context), preferences.runs_folder(context))
        if folder is not None:
            self.steps = self.steps or read_state(folder).steps // 2
        return context.window_manager.invoke_props_dialog(self, confirm_text="Go On")

    def start(self, context: bpy.types.Context) -> runs.LiveRun:
        """Set the number of steps in all, and start the engine again in its turn.

        Raises EngineMissing, RunRefused, SettingsError, OSError.
        """
        obj = own_object(context)
        folder = run_folders.demand(obj, preferences.runs_folder(context))
        planned = read_state(folder).steps
        if not planned:
            raise runs.RunRefused("This run has not begun yet: press Resume first.")
        engine = self.engine(context)
        set_steps(folder, planned + (self.steps or max(1, planned // 2)))
        return queue.enter(engine, "resume", folder, obj.session_uid)
