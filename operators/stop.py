"""Stop: the engine makes its last mesh and leaves; pressed again, it is ended at once."""

import bpy

from ..bridge import runs
from ..bridge.chosen import live_run


class DREAM_OT_stop(bpy.types.Operator):
    """Finish early with the mesh so far; press again to end the engine at once"""

    bl_idname = "dream.stop"
    bl_label = "Stop"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only a live run can stop."""
        cls.poll_message_set("No run is going on: select an object that is being made")
        return live_run(context) is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Tell the engine."""
        try:
            runs.stop(live_run(context))
        except OSError as error:
            self.report({"ERROR"}, f"The run's folder cannot be written ({error.strerror}): press Stop again.")
            return {"CANCELLED"}
        return {"FINISHED"}
