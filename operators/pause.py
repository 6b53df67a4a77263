"""Pause: the engine waits, and keeps its memory."""

import bpy

from ..bridge.runs import LiveRun
from ..engine.run.commands import send_command
from .shell import TellsRun


class DREAM_OT_pause(TellsRun, bpy.types.Operator):
    """Let the run wait until you resume it"""

    bl_idname = "dream.pause"
    bl_label = "Pause"

    def tell(self, run: LiveRun) -> None:
        """It pauses after the step that it is at."""
        send_command(run.folder, "pause")
