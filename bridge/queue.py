"""Whose turn it is: so many engines work at once, and the other runs wait in an order that the artist may change.

A paused run gives its place to the next one, and waits for another when it is to go on. Needs no bpy.
"""

from __future__ import annotations

import traceback
from pathlib import Path

from . import runs
from .attached_engine import AttachedEngine
from .engine_process import EngineMissing, EngineOptions, EngineProcess
from .runs import LiveRun

at_once = 1
"""How many runs work at once; from the preferences."""

_order: list[LiveRun] = []


def waiting() -> list[LiveRun]:
    """The runs that wait, the next one first; those that were stopped or forgotten wait no more."""
    return [run for run in _order if runs.of(run.object_uid) is run and run.alive and not (run.over or run.stopping)]


def enter(
    options: EngineOptions, verb: str, folder: Path, object_uid: int,
    after: EngineProcess | AttachedEngine | None = None,
) -> LiveRun:
    """Start a run as `runs.start` does if there is room, else have it wait for its turn.

    Where another engine has to leave the folder first, `after`, the run is the next one when that is done.
    """
    if after is None and _has_room_now():
        return runs.start(options, verb, folder, object_uid)
    run = runs.prepare(options, verb, folder, object_uid)
    run.after = after
    _order.insert(len(_order) if after is None else 0, run)
    runs.follow(run)
    return run


def go_on(run: LiveRun) -> None:
    """Have a paused run go on, or wait for its turn if another has taken its place. Raises OSError."""
    if run in waiting():
        return
    if runs.is_working(run) or _has_room_now():
        runs.set_going(run)
    else:
        _order.append(run)


def advance() -> bool:
    """Set runs going, in their order, while there is room; whether any began, or could not."""
    before = waiting()
    _order[:] = before
    for run in before:
        if not _has_room():
            break
        try:
            if run.after is not None and run.after.alive:
                break
            if run.missing_since is not None:  # undo may bring its object back
                continue
            _order.remove(run)
            runs.set_going(run)
        except EngineMissing as error:
            runs.fail(run, str(error))
        except OSError as error:
            why = error.strerror or error
            runs.fail(run, f"The run's folder cannot be written ({why}): check it, then press Resume.")
        except Exception as error:  # noqa: BLE001 - Blender drops a timer that raises, and with it all other runs
            traceback.print_exc()
            runs.fail(run, f"The run cannot begin ({error}): the console tells more.")
    return waiting() != before


def move(run: LiveRun, place: int) -> None:
    """Give a waiting run another place, counted from 0, the next one's; beyond the ends is at the ends."""
    others = [other for other in waiting() if other is not run]
    others.insert(max(place, 0), run)
    _order[:] = others


def take_out(run: LiveRun) -> None:
    """A run that waits does so no more: it stays paused, or never begins."""
    _order.remove(run)
    if run.process is None:
        runs.stop(run)


def sentence(run: LiveRun) -> str:
    """What a run waits for, or nothing if it does not."""
    order = waiting()
    if run not in order:
        return ""
    before = order.index(run)
    if before == 0:
        return "Waiting in the queue: it is the next one."
    return f"Waiting in the queue: {before} {'comes' if before == 1 else 'come'} before it."


def _has_room() -> bool:
    return sum(map(runs.is_working, runs.live())) < at_once


def _has_room_now() -> bool:
    """Whether there is room, and nobody who could take it first."""
    return _has_room() and all(run.missing_since is not None for run in waiting())
