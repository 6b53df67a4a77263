"""What the sidebar offers for an object that is made."""

from __future__ import annotations

import bpy

from .. import preferences
from ..bridge.chosen import other_variations
from ..bridge.language import translate
from ..bridge.lighting import is_lit
from ..bridge.run_folders import missing_sentence
from .sentence import draw_sentence


def draw_memory(layout: bpy.types.UILayout, obj: bpy.types.Object) -> None:
    """An object whose run was not followed since this file was opened."""
    box = layout.box()
    box.label(text=obj.dream.prompt, translate=False, icon="MESH_DATA")
    box.label(text=translate(f"Step {obj.dream.step:,}, seed {obj.dream.seed}"))
    row = box.row(align=True)
    row.operator("dream.resume", text="Resume" if obj.dream.snapshots else "Start", icon="PLAY")
    row.operator("dream.show", text="", icon="MESH_DATA")
    draw_results(row)
    draw_keep(box, obj)
    draw_after(box)
    if obj.dream.run_id in preferences.missing_runs:
        draw_sentence(box, missing_sentence(obj.dream.run_id), "INFO")


def draw_results(row: bpy.types.UILayout) -> None:
    """What can be done with an object that is made."""
    row.operator("dream.export", icon="EXPORT")
    row.operator("dream.folder", text="", icon="FILE_FOLDER")


def draw_keep(layout: bpy.types.UILayout, obj: bpy.types.Object | None) -> None:
    """What can be done with one of several variations."""
    if obj is not None and other_variations(obj, bpy.context.scene):
        layout.operator("dream.keep", icon="CHECKMARK")


def draw_after(layout: bpy.types.UILayout) -> None:
    """The way on from an object that is made: a better mesh, light, pictures, the asset browser."""
    column = layout.column(align=True)
    row = column.row(align=True)
    row.operator("dream.light", icon="LIGHT_AREA")
    if is_lit(bpy.context.scene):
        row.operator("dream.unlight", text="", icon="X")
    row.operator("dream.turntable", icon="RENDER_ANIMATION")
    row = column.row(align=True)
    row.operator("dream.more", icon="ADD")
    row.operator("dream.asset", icon="ASSET_MANAGER")
