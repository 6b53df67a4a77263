"""Pause: the engine waits, and keeps its memory."""

import bpy

from ..bridge import runs
from .shell import TellsRun


class DREAM_OT_pause(TellsRun, bpy.types.Operator):
    """Let the run wait until you resume it"""

    bl_idname = "dream.pause"
    bl_label = "Pause"

    def tell(self, run: runs.LiveRun) -> None:
        """It pauses after the step that it is at. Raises RunRefused, OSError."""
        runs.pause(run)
