"""The sidebar tab "Dream"."""

from __future__ import annotations

import bpy

from .. import preferences
from ..bridge import runs
from ..bridge.chosen import chosen_object, chosen_run
from .results import draw_memory
from .run import draw_run
from .sentence import draw_sentence
from .setup import draw_setup


class InSidebar:
    """Where our panels are."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Dream"


class DREAM_PT_sidebar(InSidebar, bpy.types.Panel):
    """Prompt, buttons and where the run stands"""

    bl_label = "Dreamfusion"

    def draw(self, context: bpy.types.Context) -> None:
        """Blender calls this to draw the panel."""
        layout = self.layout
        dream = context.scene.dream
        draw_setup(layout, preferences.engine_problem, preferences.engine_offer, preferences.engine_outdated)
        layout.prop(dream, "prompt", text="", placeholder="a red mug")
        if dream.doubt():
            draw_sentence(layout, dream.doubt(), "QUESTION", most_lines=2)
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(dream, "prior")
        column.prop(dream, "preset")
        column.prop(dream, "seed")
        row = layout.row()
        row.scale_y = 1.5
        row.operator("dream.generate", icon="SHADERFX")
        run = chosen_run(context)
        if run is not None:
            draw_run(layout, run)
        elif chosen_object(context) is not None:
            draw_memory(layout, chosen_object(context))
        elif runs.live():
            draw_sentence(layout, f"{len(runs.live())} runs are going on: select an object to see its own.", "INFO")


class DREAM_PT_settings(InSidebar, bpy.types.Panel):
    """What most runs need not change"""

    bl_label = "Settings"
    bl_parent_id = "DREAM_PT_sidebar"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - as Blender wants it

    def draw(self, context: bpy.types.Context) -> None:
        """Blender calls this to draw the panel."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        for name in ("device", "steps", "snapshot_every"):
            layout.prop(context.scene.dream, name)
