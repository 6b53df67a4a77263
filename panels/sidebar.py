"""The sidebar tab "Dream"."""

from __future__ import annotations

import bpy

from .. import preferences
from ..bridge import runs
from ..bridge.chosen import chosen_object, chosen_run
from ..bridge.follower import CHANGED, is_shown
from ..bridge.run_folders import missing_sentence
from .sentence import draw_sentence
from .setup import draw_setup

WARNINGS_SHOWN = 3
"""The newest ones; all of them are in the run folder."""


class _InSidebar:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Dream"


class DREAM_PT_sidebar(_InSidebar, bpy.types.Panel):
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
            _draw_run(layout, run)
        elif chosen_object(context) is not None:
            _draw_memory(layout, chosen_object(context))
        elif runs.live():
            draw_sentence(layout, f"{len(runs.live())} runs are going on: select an object to see its own.", "INFO")


class DREAM_PT_settings(_InSidebar, bpy.types.Panel):
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


def _draw_run(layout: bpy.types.UILayout, run: runs.LiveRun) -> None:
    box = layout.box()
    state = run.state
    box.label(text=state.prompt or "Starting", icon="MESH_DATA")
    if state.device:
        box.label(text=state.device, icon="SYSTEM")
    if state.steps:
        box.progress(factor=min(state.step / state.steps, 1.0), text=f"{state.step:,} of {state.steps:,}")
    # Above the sentences, which come and go: buttons must not jump.
    _draw_buttons(box.row(align=True), run)
    draw_sentence(box, run.sentence, "ERROR" if run.status in ("failed", "crashed") else "INFO")
    if run.note:
        draw_sentence(box, run.note, "PAUSE")
    obj = chosen_object(bpy.context)
    if run.note == CHANGED or (run.over and obj is not None and not is_shown(run, obj)):
        box.operator("dream.show", icon="FILE_REFRESH")
    for warning in state.warnings[-WARNINGS_SHOWN:]:
        if warning != bpy.context.scene.dream.doubt():  # which stands under the prompt
            draw_sentence(box, warning, "ERROR")


def _draw_buttons(row: bpy.types.UILayout, run: runs.LiveRun) -> None:
    if not run.alive:
        if run.state.offer:
            row.operator("dream.resume", text="Download", icon="IMPORT").download = True
            if run.state.offer.startswith("https://"):
                row.operator("wm.url_open", text="", icon="URL").url = run.state.offer
        elif run.can_resume:
            row.operator("dream.resume", icon="PLAY")
        _draw_results(row)
        return
    if run.state.paused:
        row.operator("dream.resume", icon="PLAY")
    else:
        row.operator("dream.pause", icon="PAUSE")
    row.operator("dream.stop", text="Stop Now" if run.stopping else "Stop", icon="SNAP_FACE")


def _draw_memory(layout: bpy.types.UILayout, obj: bpy.types.Object) -> None:
    """An object whose run was not followed since this file was opened."""
    box = layout.box()
    box.label(text=obj.dream.prompt, icon="MESH_DATA")
    box.label(text=f"Step {obj.dream.step:,}, seed {obj.dream.seed}")
    row = box.row(align=True)
    row.operator("dream.resume", icon="PLAY")
    row.operator("dream.show", text="", icon="FILE_REFRESH")
    _draw_results(row)
    if obj.dream.run_id in preferences.missing_runs:
        draw_sentence(box, missing_sentence(obj.dream.run_id), "INFO")


def _draw_results(row: bpy.types.UILayout) -> None:
    row.operator("dream.export", icon="EXPORT")
    row.operator("dream.folder", text="", icon="FILE_FOLDER")
