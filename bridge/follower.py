"""Following live runs: one tick puts the newest snapshots into the scene.

In a window a timer calls the tick. In background mode timers never fire, so whoever waits for a run calls it.
"""

from __future__ import annotations

import atexit
import time
import traceback
from collections.abc import Callable

import bpy
from bpy.app.handlers import persistent

from ..engine.run.folder import snapshot_path
from ..engine.run.snapshots import ALBEDO, SnapshotError, read_snapshot
from . import live_mesh, material, runs

INTERVAL = 0.2
"""Seconds between two ticks."""
PATIENCE = 15
"""Times that a mesh is read again before a run whose engine has left is given up: a scanner may hold a new file."""
BUDGET = 0.05
"""Seconds after which a tick starts no further update; the other runs come first in the next one."""
REPORT_EVERY = 2.0
"""Seconds between two lines in the terminal while a script waits."""


def follow() -> None:
    """See to it that ticks come while there are live runs."""
    if not bpy.app.background and not bpy.app.timers.is_registered(tick):
        bpy.app.timers.register(tick, first_interval=INTERVAL, persistent=True)


def tick() -> float | None:
    """Follow all live runs once; the seconds until the next tick, None if no run is left."""
    deadline = time.monotonic() + BUDGET
    changed = False
    for run in runs.live():
        try:
            changed |= runs.poll(run)
            if time.monotonic() < deadline:
                changed |= _bring_up_to_date(run)
        except Exception as error:  # noqa: BLE001 - Blender drops a timer that raises, and with it all other runs
            note = f"The run in {run.folder} cannot be followed just now ({error}): the console tells more."
            if note != run.note:
                run.note, changed = note, True
                traceback.print_exc()
    if changed:
        _redraw_sidebars()
    return INTERVAL if runs.live() else None


def wait(run: runs.LiveRun, report: Callable[[str], None] = print) -> None:
    """Tick until the run is over, or until only the object's mode keeps its last snapshot out of the scene."""
    said, said_at = "", float("-inf")
    while not run.over:
        tick()
        # A window's main loop does this after each timer; without it, no handler hears of a new mesh.
        bpy.context.view_layer.update()
        if run.sentence != said and (time.monotonic() - said_at > REPORT_EVERY or not run.alive):
            said, said_at = run.sentence, time.monotonic()
            report(said)
        if not run.alive and run.note and not run.failures:
            return
        if not run.over:
            time.sleep(INTERVAL / 4)


def find_object(uid: int) -> bpy.types.Object | None:
    """The object of a run. Never kept between two ticks: undo and deletion leave dangling references."""
    return next((obj for obj in bpy.data.objects if obj.session_uid == uid), None)


def _bring_up_to_date(run: runs.LiveRun) -> bool:
    """Put the run's newest snapshot into the scene, or note what hinders it; whether anything changed."""
    before = (run.note, run.over)
    obj = find_object(run.object_uid)
    waits = shown = False
    # The object remembers how many snapshots it has seen, so that undo, which takes it back, is noticed too.
    if obj is None:
        run.note = _leave(run)
    elif obj.dream.snapshots == run.state.snapshots:
        run.note = ""
    elif reason := _reason_to_wait(obj):
        run.note, run.failures, waits = reason, 0, True
    else:
        run.note = _show_newest(run, obj)
        shown = not run.note
        run.failures = 0 if shown or run.alive else run.failures + 1
        waits = 0 < run.failures < PATIENCE
    if not run.alive and not waits:
        _finish(run, obj)
    return shown or before != (run.note, run.over)


def _leave(run: runs.LiveRun) -> str:
    """The object was deleted: its run has no place to show itself, but what it made stays on disk."""
    note = f"The object was deleted, so its run stops; its last mesh stays in {run.folder}."
    if note != run.note:
        print(note)  # the panel can not show it for long
    if run.alive and not run.stopping:
        runs.stop(run)
    return note


def _reason_to_wait(obj: bpy.types.Object) -> str:
    """Why the object's mesh must not be replaced just now, one sentence, or nothing."""
    if obj.type != "MESH":
        return "The next mesh waits because the object is none any more: undo its conversion to go on."
    users = [other for other in bpy.data.objects if other.data == obj.data]
    if obj.data.is_editmode or any(user.mode != "OBJECT" for user in users):
        return "The next mesh will replace what you change here: go back to Object Mode, and work on a copy."
    if obj.data.shape_keys is not None:
        return "The next mesh waits because this one has shape keys: remove them to go on."
    if any(bpy.app.is_job_running(job) for job in ("RENDER", "OBJECT_BAKE")):
        return "The next mesh waits until the render or bake is done."
    return ""


def _show_newest(run: runs.LiveRun, obj: bpy.types.Object) -> str:
    """Replace the object's mesh and texture; one sentence about what went wrong, or nothing."""
    path = snapshot_path(run.folder, run.state.newest_snapshot)
    try:
        snapshot = read_snapshot(path)
        material.show_albedo(obj, path / ALBEDO)
    except (SnapshotError, RuntimeError) as error:
        return str(error)
    live_mesh.replace_geometry(obj.data, snapshot)
    obj.dream.step = run.state.newest_snapshot
    obj.dream.snapshots = run.state.snapshots
    run.shown_at = time.monotonic()
    return ""


def _finish(run: runs.LiveRun, obj: bpy.types.Object | None) -> None:
    """The engine has left and nothing waits."""
    run.over = True
    run.process.release()
    if obj is None:
        runs.forget(run)
    elif not bpy.app.background:
        # Live updates are no undo steps; without this one, undoing what comes next would take the mesh away.
        with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
            bpy.ops.ed.undo_push(message="Dreamfusion Mesh")


def _redraw_sidebars() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                next(region for region in area.regions if region.type == "UI").tag_redraw()


@persistent
def _release_runs(*_: object) -> None:
    """Another file has replaced this one, and with it the objects: the engines save checkpoints and leave.

    Not before it is loaded, since a file that cannot be opened leaves this one as it is.
    """
    runs.release_all()


def _leave_blender() -> None:
    """No timer may outlive Blender's Python: the bpy module would hang at exit."""
    if bpy.app.timers.is_registered(tick):
        bpy.app.timers.unregister(tick)
    runs.release_all()


def register() -> None:
    """Begin to look after runs."""
    bpy.app.handlers.load_post.append(_release_runs)
    atexit.register(_leave_blender)


def unregister() -> None:
    """Let all runs go; no timer and no handler stays behind."""
    bpy.app.handlers.load_post.remove(_release_runs)
    atexit.unregister(_leave_blender)
    _leave_blender()
