"""The sidebar tab "Dream"."""

from __future__ import annotations

import bpy

from .. import preferences
from ..bridge import runs, times
from ..bridge.chosen import chosen_object, chosen_run
from ..bridge.follower import find_object
from ..bridge.language import translate
from ..engine.run.meshes import SIZES
from ..engine.run.priors import AUTOMATIC, PRIORS
from .mending import SETTINGS, draw_mend
from .presets import DREAM_PT_presets
from .results import draw_memory
from .run import draw_run
from .sentence import POPOVER, draw_sentence
from .setup import draw_setup


class InSidebar:
    """Base of a panel of the tab."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Dream"


class DREAM_PT_sidebar(InSidebar, bpy.types.Panel):
    """Prompt, buttons and where the run stands"""

    bl_label = "Dreamfusion"
    bl_ui_units_x = POPOVER

    def draw(self, context: bpy.types.Context) -> None:
        """Blender calls this to draw the panel."""
        layout = self.layout
        dream = context.scene.dream
        draw_setup(layout, preferences.engine_problem, preferences.engine_offer, preferences.engine_outdated)
        if preferences.engine_problem and not preferences.engine_offer:  # an existing Python is named
            draw_mend(layout, SETTINGS)
        layout.prop(dream, "prompt", text="", placeholder=translate("a red mug"))
        if dream.doubt():
            draw_sentence(layout, dream.doubt(), "QUESTION", most_lines=2)
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(dream, "prior")
        if dream.has_weights:
            row = column.row(align=True)
            row.prop(dream, "weights")
            row.operator("dream.find_weights", text="", icon="VIEWZOOM")
        column.prop(dream, "preset")
        if dream.has_methods:
            column.prop(dream, "method")
            if dream.method == AUTOMATIC:
                draw_sentence(column, PRIORS[dream.prior].choice, "INFO")
        if time := times.about(dream.settings()):
            column.label(text=translate(time), icon="TIME")
        row = column.row(align=True)
        row.prop(dream, "seed")
        row.operator("dream.roll_seed", text="", icon="FILE_REFRESH")
        column = layout.column(align=True)
        row = column.row()
        row.scale_y = 1.5
        row.operator("dream.generate", icon="SHADERFX")
        row = column.row(align=True)
        row.operator("dream.variations", icon="PIVOT_BOUNDBOX").count = dream.drafts
        number = row.row(align=True)
        number.ui_units_x = 2.5
        number.prop(dream, "drafts", text="")
        column.operator("dream.generate_from", icon="MESH_CUBE")
        run = chosen_run(context)
        if run is not None:
            draw_run(layout, run)
        elif chosen_object(context) is not None:
            draw_memory(layout, chosen_object(context))
        elif runs.live():
            going = len(runs.live())
            draw_sentence(layout, f"{going} runs are going on or wait: select an object to see its own.", "INFO")


class DREAM_PT_mesh(InSidebar, bpy.types.Panel):
    """How the meshes of the run that goes on are made: the next one shows what you change here"""

    bl_label = "Mesh"
    bl_parent_id = "DREAM_PT_sidebar"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only for what this session has made or makes."""
        return chosen_run(context) is not None

    def draw(self, context: bpy.types.Context) -> None:
        """Blender calls this to draw the panel."""
        run = chosen_run(context)
        obj = find_object(run.object_uid)
        if obj is None:
            return
        layout = self.layout
        layout.enabled = run.alive and run.steered is not None
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(obj.dream, "surface", slider=True)
        for name in SIZES:
            layout.prop(obj.dream, name)


class DREAM_PT_settings(InSidebar, bpy.types.Panel):
    """What most runs need not change"""

    bl_label = "Settings"
    bl_parent_id = "DREAM_PT_sidebar"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - as Blender wants it

    def draw_header_preset(self, _context: bpy.types.Context) -> None:
        """Blender calls this to draw the right end of the panel's header."""
        DREAM_PT_presets.draw_panel_header(self.layout)

    def draw(self, context: bpy.types.Context) -> None:
        """Blender calls this to draw the panel."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        for name in ("device", "steps", "snapshot_every", *SIZES):
            layout.prop(context.scene.dream, name)
