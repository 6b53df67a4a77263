"""Presets of an artist's own: a run's settings under a name, kept as Blender keeps all presets."""

import bpy
from bl_operators.presets import AddPresetBase
from bpy.props import CollectionProperty, PointerProperty

from ..properties import DreamScene

SUBFOLDER = "dreamfusion"
"""Where they are, below scripts/presets in Blender's folder of the user."""


class DREAM_OT_preset_add(AddPresetBase, bpy.types.Operator):
    """Keep the settings of a run under a name, or forget those of that name"""

    bl_idname = "dream.preset_add"
    bl_label = "Add Run Preset"
    preset_menu = "DREAM_PT_presets"
    preset_subdir = SUBFOLDER
    preset_defines = ("dream = bpy.context.scene.dream",)
    preset_values = tuple(
        f"dream.{name}" for name, field in DreamScene.__annotations__.items()
        if name not in ("prompt", "is_turntable") and field.function not in (PointerProperty, CollectionProperty)
    )  # fmt: skip
