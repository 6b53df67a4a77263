"""The engine's set-up: in the sidebar where there is no engine, and in the preferences."""

from __future__ import annotations

import bpy

from .. import preferences
from ..bridge import setup
from ..bridge.language import translate
from .sentence import draw_sentence

ABOUT = (
    "The engine makes the objects. It runs beside Blender, on this computer alone, and is fetched once, into a folder"
    " of its own. Blender itself is not changed."
)

OFFLINE = (
    "Blender may not go online, but the engine has to be fetched: allow online access, or choose an offline folder in"
    " this extension's preferences."
)


def draw_setup(layout: bpy.types.UILayout, problem: str, offer: str, outdated: bool) -> None:
    """What the artist needs to know of the engine just now, and the buttons for it; nothing where all is well.

    `problem`, `offer` and `outdated` are what the preferences know of the engine.
    """
    newest = setup.newest()
    if newest is not None and not newest.over:
        _draw_progress(layout, newest)
    elif problem:
        _draw_offer(layout, problem, offer)
    elif outdated:
        draw_sentence(layout, "This engine is older than the extension: Update fetches what is new.", "INFO")
        _draw_button(layout, "Update")
    if newest is not None and newest.over:
        _draw_end(layout, newest)


def draw_care(layout: bpy.types.UILayout) -> None:
    """What can be done with an engine that was set up; its place is the preferences."""
    row = layout.row()
    row.operator("dream.setup", text="Repair", icon="TOOL_SETTINGS").anew = True
    row.operator("dream.setup_remove", icon="TRASH")
    row.operator("dream.setup_log", icon="TEXT")


def _draw_offer(layout: bpy.types.UILayout, problem: str, offer: str) -> None:
    box = layout.box()
    draw_sentence(box, problem, "ERROR")
    if offer:  # else the preferences name a Python, where it is mended too
        draw_sentence(box, ABOUT, "INFO")
        draw_sentence(box, offer, "DISK_DRIVE")
        _draw_button(box, "Set Up")


def _draw_button(layout: bpy.types.UILayout, text: str) -> None:
    if not bpy.ops.dream.setup.poll():
        draw_sentence(layout, OFFLINE, "INTERNET")
        layout.operator("screen.userpref_show", text="Open Network Settings", icon="PREFERENCES").section = "SYSTEM"
        choose = layout.operator("preferences.addon_show", text="Choose an Offline Folder", icon="FILE_FOLDER")
        choose.module = preferences.__package__
        return
    row = layout.row()
    row.scale_y = 1.5
    row.operator("dream.setup", text=text, icon="IMPORT")


def _draw_progress(layout: bpy.types.UILayout, live: setup.Setup) -> None:
    box = layout.box()
    box.label(text="Setting up the engine", icon="IMPORT")
    box.progress(factor=live.share, text=f"{live.share:.0%}")
    row = box.row(align=True)
    row.operator("dream.setup_cancel", icon="X")
    row.operator("dream.setup_log", text="", icon="TEXT")
    draw_sentence(box, f"{live.sentence}.", "INFO")
    _draw_notes(box, live)


def _draw_end(layout: bpy.types.UILayout, over: setup.Setup) -> None:
    """How the last one of this session ended."""
    draw_sentence(layout, over.sentence, "ERROR" if over.problem else "CHECKMARK")
    _draw_notes(layout, over)
    if over.problem:
        layout.operator("dream.setup_log", icon="TEXT")


def _draw_notes(layout: bpy.types.UILayout, shown: setup.Setup) -> None:
    for note in shown.notes:
        draw_sentence(layout, note, "INFO")
