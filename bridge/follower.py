"""Following live runs, and the engine's set-up: one tick puts the newest snapshots into the scene.

In a window a timer calls the tick. In background mode timers never fire, so whoever waits for a run calls it.
"""

from __future__ import annotations

import atexit
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy
import numpy as np
from bpy.app.handlers import persistent

from ..engine.run.folder import snapshot_path
from ..engine.run.snapshots import ALBEDO, SnapshotError, read_snapshot
from ..engine.run.state import RunState, read_state
from . import live_mesh, material, preview, queue, run_list, runs, setup, steering, times

INTERVAL = 0.2
"""Seconds between two ticks."""
PATIENCE = 15
"""Times that a mesh is read again before a run whose engine has left is given up: a scanner may hold a new file."""
CHANGED = "You have changed this mesh or its texture, so it is left alone: Show Newest replaces it."
"""Why a mesh is kept out of the scene until the artist asks for it."""
GRACE = 10.0
"""Seconds for which an object may be gone before its run is stopped: undo may take it away and bring it back."""
STROKES = ("SCULPT_", "PAINT_", "GREASE_PENCIL_", "PARTICLE_", "CURVES_", "TRANSFORM_")
"""How the identifiers of operators begin that hold an undo step open while the mouse moves."""
BUDGET = 0.0002
"""Seconds after which a tick looks at no further run's object; the others come first in the next one. So a tick brings
one new mesh at most, however many runs there are."""
REST = 100
"""How many times as long as all objects took to find none is looked for again, where nothing is new: beside 10,000
others it takes a millisecond or two."""
REPORT_EVERY = 2.0
"""Seconds between two lines in the terminal while a script waits."""


def follow() -> None:
    """See to it that ticks come while there is anything to follow."""
    if not bpy.app.background and not bpy.app.timers.is_registered(tick):
        bpy.app.timers.register(tick, first_interval=INTERVAL, persistent=True)


def tick() -> float | None:
    """Follow all live runs and the set-up once; the seconds until the next tick, None if nothing is left."""
    looking = 0.0
    busy = bool(setup.live() or runs.live())
    changed = setup.poll()
    for run in runs.live():
        try:
            changed |= runs.poll(run)
            began = time.monotonic()
            if looking < BUDGET and began >= run.next_look:
                changed |= _look_at(run)
                looking += time.monotonic() - began
            changed |= preview.refresh(run)
        except Exception as error:  # noqa: BLE001 - Blender drops a timer that raises, and with it all other runs
            note = f"The run in {run.folder} cannot be followed just now ({error}): the console tells more."
            if note != run.note:
                run.note, changed = note, True
                traceback.print_exc()
    changed |= queue.advance()
    preview.free(keep=tuple(run.object_uid for run in runs.live()))
    if changed:
        _redraw(busy)
    return INTERVAL if runs.live() or setup.live() else None


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
        if not run.alive and not run.failures and (run.note or is_shown(run, find_object(run.object_uid))):
            return
        if not run.over:
            time.sleep(INTERVAL / 4)


def find_object(uid: int) -> bpy.types.Object | None:
    """The object of a run, if it is in a scene. Never kept between two ticks: undo and deletion leave dangling
    references. Beside 10,000 objects its last name finds it five times as fast as its session_uid."""
    run = runs.of(uid)
    obj = bpy.data.objects.get(run.object_name) if run and run.object_name else None
    if obj is None or obj.session_uid != uid:
        obj = next(_objects_where(_of_all_objects("session_uid") == uid), None)
        if run and obj:
            run.object_name = obj.name
    return obj if obj and _is_in_a_scene(obj) else None


def _is_in_a_scene(obj: bpy.types.Object) -> bool:
    # Where it is seen, or hidden by hand, the view layer knows without looking through all objects.
    return obj.visible_get() or obj.hide_get() or bool(obj.users_scene)


def show_newest(obj: bpy.types.Object, folder: Path) -> str:
    """Put the newest mesh of the object's run in its place, whatever is there; one sentence about what keeps it from
    doing so, or nothing."""
    run = runs.of(obj.session_uid)
    state = run.state if run else read_state(folder)
    if state.newest_snapshot is None:
        return f"There is no mesh in {folder} yet: press Resume or Generate to have one made."
    problem = _reason_to_wait(obj) or _show(obj, folder, state)
    if run and not problem:
        run.note = ""
    return problem


def is_shown(run: runs.LiveRun, obj: bpy.types.Object | None) -> bool:
    """Whether the run's object shows its newest mesh, or there is none."""
    # The object remembers how many snapshots it has seen, so that undo, which takes it back, is noticed too.
    return run.state.newest_snapshot is None or (obj is not None and obj.dream.snapshots == run.state.snapshots)


def _look_at(run: runs.LiveRun) -> bool:
    """Bring the run's object up to date, and tell the engine what its sliders say; whether anything changed."""
    began = time.monotonic()
    obj = find_object(run.object_uid)
    found = time.monotonic()
    run.next_look = found + REST * (found - began) * len(runs.live())
    changed = _bring_up_to_date(run, obj)
    return changed if obj is None else steering.steer(run, obj) or changed


def _bring_up_to_date(run: runs.LiveRun, obj: bpy.types.Object | None) -> bool:
    """Put the run's newest snapshot into the scene, or note what hinders it; whether anything changed."""
    before = (run.note, run.over)
    waits = shown = False
    if obj is None:
        run.note = _leave(run)
    elif is_shown(run, obj):
        run.note = ""
    elif reason := _reason_to_wait(obj):
        run.note, run.failures, waits = reason, 0, True
    elif material.is_edited(obj):
        run.note, run.failures = CHANGED, 0
    else:
        run.note = _show(obj, run.folder, run.state)
        shown = not run.note
        run.failures = 0 if shown or run.alive else run.failures + 1
        waits = 0 < run.failures < PATIENCE
    if obj is not None:
        run.missing_since = None
    if not run.alive and not waits and not _is_artist_busy():
        _finish(run, obj)
    return shown or before != (run.note, run.over)


def _leave(run: runs.LiveRun) -> str:
    """The object is gone: its run has no place to show itself, but what it made stays on disk."""
    note = (
        f"The object was deleted, so its run stops; its last mesh stays in {run.folder} (Add > Mesh > Open Dream Run)."
    )
    if run.missing_since is None:
        run.missing_since = time.monotonic()
    if run.alive and not run.stopping and time.monotonic() - run.missing_since > GRACE:
        print(note)  # the panel cannot show it for long
        runs.stop(run)
    return note


def _reason_to_wait(obj: bpy.types.Object) -> str:
    """Why the object's mesh must not be replaced just now, one sentence, or nothing."""
    if obj.type != "MESH":
        return "The next mesh waits because the object is no longer a mesh: undo its conversion to go on."
    busy = _objects_where(_of_all_objects("mode"))  # sculpted, painted: 0 is Object Mode
    if obj.data.is_editmode or any(other.data == obj.data for other in busy):
        return "The next mesh waits until you are back in Object Mode; what you change is then left alone."
    if obj.data.shape_keys is not None:
        return "The next mesh waits because this one has shape keys: remove them to go on."
    if any(bpy.app.is_job_running(job) for job in ("RENDER", "OBJECT_BAKE")):
        return "The next mesh waits until the render or bake is done."
    return ""


def _of_all_objects(name: str) -> np.ndarray:
    """One property of all objects, a whole number: far faster than asking each."""
    values = np.empty(len(bpy.data.objects), dtype=np.int32)
    bpy.data.objects.foreach_get(name, values)
    return values


def _objects_where(chosen: np.ndarray) -> Iterator[bpy.types.Object]:
    return (bpy.data.objects[index] for index in np.flatnonzero(chosen).tolist())


def _is_artist_busy() -> bool:
    """Whether an undo step of ours would come into one of the artist's that is not complete yet: Blender may crash at
    its end then."""
    if bpy.app.background:
        return False
    windows = bpy.context.window_manager.windows
    active = (window.view_layer.objects.active for window in windows)
    return any(obj is not None and obj.mode != "OBJECT" for obj in active) or any(
        operator.bl_idname.startswith(STROKES) for window in windows for operator in window.modal_operators
    )


def _show(obj: bpy.types.Object, folder: Path, state: RunState) -> str:
    """Replace the object's mesh and texture; one sentence about what went wrong, or nothing."""
    path = snapshot_path(folder, state.newest_snapshot)
    try:
        snapshot = read_snapshot(path)
        material.show_albedo(obj, path / ALBEDO, state.mean_albedo)
    except (SnapshotError, RuntimeError) as error:
        return str(error)
    live_mesh.replace_geometry(obj.data, snapshot)
    obj.data.dream.run_id = obj.dream.run_id
    obj.dream.step = state.newest_snapshot
    obj.dream.snapshots = state.snapshots
    return ""


def _finish(run: runs.LiveRun, obj: bpy.types.Object | None) -> None:
    """The engine has left and nothing waits."""
    run.over = True
    runs.release(run)
    times.note(run.folder)
    run_list.look_again(run.folder)
    if obj is None:
        runs.forget(run)
    elif not bpy.app.background:
        # Live updates are no undo steps; without this one, undoing what comes next would take the mesh away.
        with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
            bpy.ops.ed.undo_push(message="Dreamfusion Mesh")


def _redraw(status_bar: bool) -> None:
    """Draw anew where we show something: sidebars, preferences and, if something goes on, the status bar."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                next(region for region in area.regions if region.type == "UI").tag_redraw()
            elif area.type == "PREFERENCES":
                area.tag_redraw()
        if status_bar and not window.modal_operators:  # whose own words stand there
            with bpy.context.temp_override(window=window):  # the call goes by the context's workspace
                window.workspace.status_text_set_internal(None)  # no area: there is no other way to have it drawn


@persistent
def _release_runs(*_: object) -> None:
    """Another file has replaced this one, and with it the objects: the engines save checkpoints and leave.

    Not before it is loaded, since a file that cannot be opened leaves this one as it is.
    """
    runs.release_all()
    preview.free()


@persistent
def _after_undo(*_: object) -> None:
    material.show_what_is_packed()


HANDLERS = (("load_post", _release_runs), ("undo_post", _after_undo), ("redo_post", _after_undo))
"""Names in bpy.app.handlers, and what is called."""


def _leave_blender() -> None:
    """No timer may outlive Blender's Python: the bpy module would hang at exit."""
    if bpy.app.timers.is_registered(tick):
        bpy.app.timers.unregister(tick)
    setup.cancel()
    runs.release_all()
    preview.free()


def register() -> None:
    """Begin to look after runs, and go on with a set-up that ends since the extension was disabled meanwhile."""
    for name, handler in HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)
    atexit.register(_leave_blender)
    follow()


def unregister() -> None:
    """Let all runs go; no timer and no handler stays behind."""
    for name, handler in HANDLERS:
        getattr(bpy.app.handlers, name).remove(handler)
    atexit.unregister(_leave_blender)
    _leave_blender()
