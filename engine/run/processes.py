"""How an engine, or a Blender without a window, is started beside the program that starts it."""

from __future__ import annotations

import subprocess
import sys

BLENDER_SCRIPT = ("--background", "--factory-startup", "--python-exit-code", "1", "--python")
"""What stands between Blender's program and a script for it: no window, nobody's add-ons and settings, and a script that
fails is told by the exit code."""


def process_options() -> dict[str, object]:
    """A process without a console window, which Ctrl+C in the terminal of who starts it does not reach: the lifeline
    ends it."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
