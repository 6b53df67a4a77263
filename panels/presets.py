"""The menu of an artist's own presets, in the header of the settings."""

import bpy
from bl_ui.utils import PresetPanel

from ..operators.presets import SUBFOLDER, DREAM_OT_preset_add


class DREAM_PT_presets(PresetPanel, bpy.types.Panel):
    """Keep these settings, or go back to kept ones"""

    bl_label = "Run Presets"
    preset_subdir = SUBFOLDER
    preset_operator = "script.execute_preset"
    preset_add_operator = DREAM_OT_preset_add.bl_idname
