"""All runs in the folder of runs, in a list, and what can be done with the chosen one."""

from __future__ import annotations

import bpy

from .. import preferences
from ..bridge import run_list
from ..bridge.language import translate
from .sentence import draw_sentence
from .sidebar import InSidebar

ICONS = {
    "waiting": "TIME",
    "starting": "PLAY",
    "running": "PLAY",
    "paused": "PAUSE",
    "finished": "CHECKMARK",
    "stopped": "SNAP_FACE",
    "not begun": "TIME",
}
"""What stands for a status; any other means that something is wrong."""
PICTURE = 5.0
"""Height of the chosen run's picture, in buttons."""


class DREAM_UL_runs(bpy.types.UIList):
    """A run in a line: its picture, prompt, date and status."""

    def draw_item(
        self, _context: bpy.types.Context, layout: bpy.types.UILayout, _data: object, _item: object, _icon: int,
        _active_data: object, _active: str, index: int,
    ) -> None:
        """Blender calls this to draw a line."""
        row = run_list.current().rows[index]
        picture = run_list.icon_of(row)
        line = layout.row(align=True)
        line.label(text=row.prompt, **({"icon_value": picture} if picture else {"icon": "MESH_DATA"}))
        end = line.row(align=True)
        end.alignment = "RIGHT"
        end.label(text=row.date)
        end.label(icon=ICONS.get(run_list.standing(row)[0], "ERROR"))

    def filter_items(self, _context: bpy.types.Context, _data: object, _name: str) -> tuple[list[int], list[int]]:
        """Blender calls this with what was typed into the list's search."""
        rows = run_list.current().rows
        return bpy.types.UI_UL_list.filter_items_by_name(self.filter_name, self.bitflag_filter_item, rows, "words"), []


class DREAM_PT_runs(InSidebar, bpy.types.Panel):
    """Every run that was kept"""

    bl_label = "Runs"
    bl_parent_id = "DREAM_PT_sidebar"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - as Blender wants it

    def draw(self, context: bpy.types.Context) -> None:
        """Blender calls this to draw the panel."""
        layout, dream = self.layout, context.window_manager.dream
        listed, root = run_list.current(), preferences.runs_folder(context)
        if listed.root != root:
            run_list.fill_soon(root)
        row = layout.row()
        row.template_list("DREAM_UL_runs", "", dream, "runs", dream, "chosen", rows=4)
        row.operator("dream.runs_refresh", text="", icon="FILE_REFRESH")
        if listed.problem:
            draw_sentence(layout, listed.problem, "ERROR")
        if listed.left_out:
            layout.operator("dream.runs_more", text=translate(f"More ({listed.left_out:,} older)"))
        chosen = run_list.chosen(context)
        if chosen is not None:
            _draw_chosen(layout.box(), chosen)
        layout.operator("dream.library", icon="ASSET_MANAGER")


def _draw_chosen(box: bpy.types.UILayout, chosen: run_list.ListedRun) -> None:
    picture = run_list.icon_of(chosen)
    if picture:
        box.template_icon(icon_value=picture, scale=PICTURE)
    status, sentence = run_list.standing(chosen)
    draw_sentence(box, chosen.prompt, "MESH_DATA")
    seed = "" if chosen.seed is None else f"Seed {chosen.seed}, "
    box.label(text=translate(f"{seed}{chosen.date}"), icon="TIME")
    draw_sentence(box, sentence, "INFO" if status in ICONS else "ERROR")
    row = box.row(align=True)
    open_run = row.row(align=True)
    open_run.operator_context = "EXEC_DEFAULT"  # which run is known: no file browser
    open_run.operator("dream.open", text="Open", icon="IMPORT").directory = str(chosen.folder)
    row.operator("dream.run_resume", icon="PLAY")
    row.operator("dream.run_folder", text="", icon="FILE_FOLDER")
    row.operator("dream.run_delete", text="", icon="TRASH")
