"""Pause: the engine waits, and keeps its memory."""

import bpy

from ..bridge.chosen import live_run
from ..engine.run.commands import send_command


class DREAM_OT_pause(bpy.types.Operator):
    """Let the run wait until you resume it"""

    bl_idname = "dream.pause"
    bl_label = "Pause"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only a live run can pause."""
        cls.poll_message_set("No run is going on: select an object that is being made")
        return live_run(context) is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Tell the engine; it pauses after the step that it is at."""
        try:
            send_command(live_run(context).folder, "pause")
        except OSError as error:
            self.report({"ERROR"}, f"The run's folder cannot be written ({error.strerror}).")
            return {"CANCELLED"}
        return {"FINISHED"}
