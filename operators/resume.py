"""Resume: a paused run goes on; one that stopped or crashed continues from its checkpoint."""

from pathlib import Path

import bpy

from .. import preferences
from ..bridge import follower, runs
from ..bridge.chosen import chosen_object, live_run
from ..bridge.engine_process import EngineMissing
from ..engine.run.commands import send_command
from .generate import wait_and_report


class DREAM_OT_resume(bpy.types.Operator):
    """Go on with a paused run, or continue a stopped one from its last checkpoint"""

    bl_idname = "dream.resume"
    bl_label = "Resume"

    wait: bpy.props.BoolProperty(
        name="Wait",
        description="Return only when the run is over (for scripts)",
        options={"HIDDEN", "SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only what a run made can go on."""
        cls.poll_message_set("Select an object that Dreamfusion made")
        return live_run(context) is not None or chosen_object(context) is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Tell the engine, or start it again."""
        preferences.check_engine()
        try:
            run = live_run(context)
            if run is None:
                run = _restart(context, chosen_object(context))
            else:
                send_command(run.folder, "resume")
        except (EngineMissing, runs.RunRefused) as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        except OSError as error:
            self.report({"ERROR"}, f"The run's folder cannot be written ({error.strerror}): check it, then try again.")
            return {"CANCELLED"}
        follower.follow()
        return wait_and_report(self, run) if self.wait else {"FINISHED"}


def _restart(context: bpy.types.Context, obj: bpy.types.Object) -> runs.LiveRun:
    """Start the engine on the object's run folder again. Raises EngineMissing, RunRefused, OSError."""
    folder = Path(obj.dream.folder)
    if not folder.is_dir():
        raise runs.RunRefused(f"The run folder {folder} is gone: generate the object again.")
    python = preferences.engine_python(context)
    return runs.start(python, "resume", folder, obj.session_uid, bpy.app.online_access)
