"""Check Engine: whether the Python that the preferences name can do the work, and with what."""

import json

import bpy

from .. import preferences
from ..bridge import runs
from ..bridge.engine_process import run_engine
from .shell import TellsErrors, busy_cursor


class DREAM_OT_check(TellsErrors, bpy.types.Operator):
    """Start the engine once and list what it finds: Python, torch, devices and priors. Takes some seconds"""

    bl_idname = "dream.check"
    bl_label = "Check Engine"

    def act(self, context: bpy.types.Context) -> set[str]:
        """Ask the engine's doctor. Raises EngineMissing, CommandFailed, RunRefused (it is no Python)."""
        preferences.engine_findings = []
        python = preferences.engine_python(context)
        with busy_cursor(context):
            answer = run_engine(
                python, ["doctor", "--json"], bpy.app.online_access, preferences.downloads_folder(context)
            )
        try:
            found = json.loads(answer)
        except ValueError:
            raise runs.RunRefused(f"{python} does not answer as a Python does: choose the engine's.") from None
        preferences.engine_findings = [
            f"Python {found['python']}, torch {found['packages']['torch'] or 'missing'}",
            *(f"Device: {name}" for name in found["devices"]),
            *(f"{name.replace('-', ' ').capitalize()}: {state}." for name, state in found["priors"].items()),
            *found["problems"],
        ]
        if found["problems"]:
            raise runs.RunRefused(found["problems"][0])
        return {"FINISHED"}
