"""One run in the sidebar, from its start to its end."""

from __future__ import annotations

import bpy

from ..bridge import preview, queue, runs
from ..bridge.attached_engine import AttachedEngine
from ..bridge.chosen import chosen_object
from ..bridge.follower import CHANGED, is_shown
from ..bridge.language import translate
from ..engine.run.state import duration
from .mending import draw_mend, mend_for
from .results import draw_after, draw_keep, draw_results
from .sentence import draw_sentence

PICTURE = 6.0
"""Side of the picture of the NeRF, in the height of a button."""
WARNINGS_SHOWN = 3
"""The newest ones; all of them are in the run folder."""
FOLLOWED_AGAIN = "This run was going on already and is followed again. Pause and Stop work from every Blender."
"""What an artist is told of a run that this Blender has not started, or that outlived its file."""


def draw_run(layout: bpy.types.UILayout, run: runs.LiveRun) -> None:
    """Where the run stands, its buttons, and what an artist must know of it."""
    box = layout.box()
    state, obj = run.state, chosen_object(bpy.context)
    box.label(text=state.prompt or (obj.dream.prompt if obj else "Starting"), icon="MESH_DATA")
    picture = preview.icon_of(run)
    if picture:
        box.template_icon(picture, scale=PICTURE)
    if state.device:
        box.label(text=translate(state.device), icon="SYSTEM")
    if state.steps:
        box.progress(factor=min(state.step / state.steps, 1.0), text=translate(f"{state.step:,} of {state.steps:,}"))
    at_work = run.status == "running" and state.rate and state.stage == "optimising"
    if at_work:
        left = "" if state.remaining is None else f", {duration(state.remaining)} left"
        box.label(text=translate(f"{state.rate:.3g} steps/s{left}"), icon="TIME")
    # Above the sentences, which come and go: buttons must not jump.
    _draw_buttons(box.row(align=True), run)
    draw_keep(box, obj)
    if not run.alive:
        draw_after(box)
    waits = queue.sentence(run)
    if waits or not at_work or run.stopping or state.empty:  # else it says the same
        draw_sentence(box, waits or run.sentence, "ERROR" if run.status in ("failed", "crashed") else "INFO")
    draw_mend(box, mend_for(run))
    if run.note:
        draw_sentence(box, run.note, "PAUSE")
    if run.alive and state.method:
        draw_sentence(box, state.method, "INFO")
    if run.alive and isinstance(run.process, AttachedEngine):
        draw_sentence(box, FOLLOWED_AGAIN, "LINKED")
    if run.note == CHANGED or (run.over and obj is not None and not is_shown(run, obj)):
        box.operator("dream.show", icon="MESH_DATA")
    for warning in state.warnings[-WARNINGS_SHOWN:]:
        if warning != bpy.context.scene.dream.doubt():  # which stands under the prompt
            draw_sentence(box, warning, "ERROR")


def _draw_buttons(row: bpy.types.UILayout, run: runs.LiveRun) -> None:
    if run in queue.waiting():
        draw_moves(row, run)
        return
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


def draw_moves(row: bpy.types.UILayout, run: runs.LiveRun) -> None:
    """The buttons of a run that waits in the queue."""
    for place, icon in (("FRONT", "TRIA_UP_BAR"), ("UP", "TRIA_UP"), ("DOWN", "TRIA_DOWN")):
        button = row.operator("dream.queue_move", text="", icon=icon)
        button.object_uid, button.to = run.object_uid, place
    row.operator("dream.queue_remove", text="", icon="X").object_uid = run.object_uid
