"""How an engine is started beside the program that starts it."""

from __future__ import annotations

import subprocess
import sys


def process_options() -> dict[str, object]:
    """A process without a console window, which Ctrl+C in the terminal of who starts it does not reach: the lifeline
    ends it."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
