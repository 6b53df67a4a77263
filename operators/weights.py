"""Look for weights: which of a prior's are on this computer."""

import json
from pathlib import Path

import bpy

from .. import preferences
from ..bridge import found_weights, runs
from ..bridge.engine_process import run_engine
from .shell import TellsErrors, busy_cursor


class DREAM_OT_find_weights(TellsErrors, bpy.types.Operator):
    """Look for the weights of priors: downloaded ones, and files and folders in the folder of models that the preferences
    name. The field beside this button then suggests them"""

    bl_idname = "dream.find_weights"
    bl_label = "Look for Weights"

    def act(self, context: bpy.types.Context) -> set[str]:
        """Ask the engine. Raises EngineMissing, CommandFailed, RunRefused (it is no Python)."""
        python = preferences.engine_python(context)
        models = preferences.models_folder(context)
        arguments = ["priors", "--json", *(["--models", str(models)] if models else [])]
        with busy_cursor(context):
            answer = run_engine(python, arguments, bpy.app.online_access, preferences.downloads_folder(context))
        count = found_weights.remember(_parsed(answer, python))
        self.report({"INFO"}, f"{count} found that can be used.")
        return {"FINISHED"}


def _parsed(answer: str, python: Path) -> list[dict]:
    """What the engine said. Raises RunRefused if it is no Python."""
    try:
        return json.loads(answer)
    except ValueError:
        raise runs.RunRefused(f"{python} does not answer as a Python does: choose the engine's.") from None
