"""One run in the sidebar, from its start to its end."""

from __future__ import annotations

import bpy

from ..bridge import runs
from ..bridge.attached_engine import AttachedEngine
from ..bridge.chosen import chosen_object
from ..bridge.follower import CHANGED, is_shown
from .results import draw_results
from .sentence import draw_sentence

WARNINGS_SHOWN = 3
"""The newest ones; all of them are in the run folder."""
FOLLOWED_AGAIN = "This run was going on already and is followed again. Pause and Stop work from every Blender."
"""What an artist is told of a run that this Blender has not started, or that outlived its file."""


def draw_run(layout: bpy.types.UILayout, run: runs.LiveRun) -> None:
    """Where the run stands, its buttons, and what an artist must know of it."""
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
    if run.alive and isinstance(run.process, AttachedEngine):
        draw_sentence(box, FOLLOWED_AGAIN, "LINKED")
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
        draw_results(row)
        return
    if run.state.paused:
        row.operator("dream.resume", icon="PLAY")
    else:
        row.operator("dream.pause", icon="PAUSE")
    row.operator("dream.stop", text="Stop Now" if run.stopping else "Stop", icon="SNAP_FACE")
