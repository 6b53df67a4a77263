"""Stop: the engine makes its last mesh and leaves; pressed again, it is ended at once."""

import bpy

from ..bridge import runs
from .shell import TellsRun


class DREAM_OT_stop(TellsRun, bpy.types.Operator):
    """Finish early with the mesh so far; press again to end the engine at once"""

    bl_idname = "dream.stop"
    bl_label = "Stop"

    def tell(self, run: runs.LiveRun) -> None:
        """Once kindly, then at once."""
        runs.stop(run)
