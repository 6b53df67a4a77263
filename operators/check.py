"""Check Engine: whether the Python that the preferences name can do the work, and with what."""

import bpy

from .. import preferences
from ..bridge import runs
from .shell import TellsErrors, ask_engine


class DREAM_OT_check(TellsErrors, bpy.types.Operator):
    """Start the engine once and list what it finds: Python, torch, devices and priors. Takes some seconds"""

    bl_idname = "dream.check"
    bl_label = "Check Engine"

    def act(self, context: bpy.types.Context) -> set[str]:
        """Ask the engine's doctor. Raises EngineMissing, CommandFailed, RunRefused (it is no Python)."""
        preferences.engine_findings = []
        found = ask_engine(context, ["doctor", "--json"])
        preferences.engine_findings = [
            f"Python {found['python']}, torch {found['packages']['torch'] or 'missing'}",
            *(f"Device: {name}" for name in found["devices"]),
            *(f"{name.replace('-', ' ').capitalize()}: {state}." for name, state in found["priors"].items()),
            *found["problems"],
        ]
        if found["problems"]:
            raise runs.RunRefused(found["problems"][0])
        return {"FINISHED"}
