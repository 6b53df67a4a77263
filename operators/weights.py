"""Look for weights: which of a prior's are on this computer."""

import bpy

from .. import preferences
from ..bridge import found_weights
from ..bridge.language import translate
from .shell import TellsErrors, ask_engine


class DREAM_OT_find_weights(TellsErrors, bpy.types.Operator):
    """Look for the weights of priors: downloaded ones, and files and folders in the folder of models that the
    preferences name. The field beside this button then suggests them"""

    bl_idname = "dream.find_weights"
    bl_label = "Look for Weights"

    def act(self, context: bpy.types.Context) -> set[str]:
        """Ask the engine. Raises EngineMissing, CommandFailed, RunRefused (it is no Python)."""
        models = preferences.models_folder(context)
        arguments = ["priors", "--json", *(["--models", str(models)] if models else [])]
        count = found_weights.remember(ask_engine(context, arguments))
        self.report({"INFO"}, translate(f"{count} found that can be used."))
        return {"FINISHED"}
