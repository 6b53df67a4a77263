"""The runs that this Blender follows, as plain Python state: one per object. Needs no bpy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ..engine.run.commands import send_command
from ..engine.run.events import events_path
from ..engine.run.folder import has_checkpoint
from ..engine.run.state import RunState, status, update
from ..engine.run.tail import TailReader
from .attached_engine import AttachedEngine
from .engine_process import EngineOptions, EngineProcess


class RunRefused(RuntimeError):
    """The run cannot be started; the message is one sentence."""


@dataclass(eq=False)
class LiveRun:
    """One run, from when it waits for its engine until that has left and its last snapshot is in the scene."""

    folder: Path
    """The run folder."""
    object_uid: int
    """session_uid of the object that the run makes: the same after renaming and undo, another in a duplicate."""
    reader: TailReader
    """What follows events.jsonl."""
    launch: Callable[[], EngineProcess] | None = None
    """Starts its engine; raises EngineMissing or OSError if it cannot. None where one is at work already."""
    process: EngineProcess | AttachedEngine | None = None
    """The engine; an AttachedEngine where this Blender has not started it, or no longer knows that it has; None while
    the run waits for its turn."""
    after: EngineProcess | AttachedEngine | None = None
    """The engine that must have left the run folder before, or None."""
    resting: bool = False
    """Whether it was told to pause, and not yet to go on: once it is paused, another run may work."""
    state: RunState = field(default_factory=RunState)
    """What the events so far add up to."""
    status: str = "waiting"
    """One word, see engine.run.state.status; waiting while it has no engine yet."""
    sentence: str = "Waiting for its turn."
    """The same for the artist."""
    note: str = ""
    """What keeps the newest snapshot out of the scene, one sentence, or nothing."""
    alive: bool = True
    """Whether the process was alive at the last poll."""
    stopping: bool = False
    """Whether the engine was asked to stop."""
    can_resume: bool = False
    """Whether its engine has left with something to do, and a checkpoint to go on from or nothing done yet."""
    missing_since: float | None = None
    """Since when its object is gone, time.monotonic seconds; None while it is there."""
    failures: int = 0
    """How often its last snapshot could not be read since its engine left."""
    killed: bool = False
    """Whether it was ended at once, because the artist asked a second time."""
    over: bool = False
    """Whether there is nothing left to follow."""
    steered: dict[str, float] | None = None
    """What the object's sliders said when the engine was last told; None until it has said what holds."""
    steered_at: float = 0.0
    """When that was, time.monotonic seconds."""
    object_name: str = ""
    """The last name that the object was found by: a look at it is faster than one at all objects."""
    next_look: float = 0.0
    """When its object is to be looked at again, time.monotonic seconds; 0: at once, since there is a new mesh or an
    end."""


_runs: dict[int, LiveRun] = {}
_leaving: dict[Path, EngineProcess] = {}
"""Engines that were told to leave, by their folders: for a moment they are still at work there."""


def start(options: EngineOptions, verb: str, folder: Path, object_uid: int) -> LiveRun:
    """Start the engine for an object at once, and follow the run. Raises as `prepare` and `set_going` do."""
    run = prepare(options, verb, folder, object_uid)
    set_going(run)
    follow(run)
    return run


def prepare(options: EngineOptions, verb: str, folder: Path, object_uid: int) -> LiveRun:
    """A run (`verb` run or resume) for an object, with all but its engine.

    Raises RunRefused if the object already has a live run, or another object, its original or duplicate, has one in
    that folder; OSError.
    """
    refuse_second(object_uid)
    if any(run.folder == folder and run.object_uid != object_uid for run in live()):
        raise RunRefused("This object's run still goes on for the one that it was duplicated with: select that one.")
    launch = partial(EngineProcess, options, verb, folder)
    run = LiveRun(folder, object_uid, TailReader(events_path(folder)), launch)
    _catch_up(run)
    return run


def _catch_up(run: LiveRun) -> None:
    """What was so far counts (snapshots, warnings), but how it ended does not."""
    update(run.state, run.reader.read())
    run.state.stage, run.state.done, run.state.error, run.state.paused = "starting", None, None, False
    run.state.offer, run.state.mesh = "", None


def set_going(run: LiveRun) -> None:
    """Start the engine of a run that has none yet, or have a paused one go on. Raises EngineMissing, OSError."""
    if run.process is not None:
        send_command(run.folder, "resume")
    else:
        _catch_up(run)
        run.process = run.launch()
        run.status, run.sentence = "starting", "Starting the engine."
    run.resting = False


def follow(run: LiveRun) -> None:
    """Follow a run as its object's newest."""
    if run.object_uid in _runs:  # it has left, but its last mesh may still have been waiting for its place
        release(_runs[run.object_uid])
    _runs[run.object_uid] = run


def is_working(run: LiveRun) -> bool:
    """Whether an engine works on it or is about to: one that is paused leaves the processor to others."""
    return run.process is not None and run.alive and not run.over and not (run.resting and run.state.paused)


def attach(folder: Path, object_uid: int) -> LiveRun | None:
    """Follow the engine that is at work in a folder already, whoever started it, as the one of an object.

    None where there is none that goes on, or an object of this Blender follows it. Raises OSError if that cannot be
    told.
    """
    if following(folder) or (folder in _leaving and _leaving[folder].alive):
        return None
    engine = AttachedEngine(folder)
    if not engine.alive:
        return None
    run = LiveRun(folder, object_uid, TailReader(events_path(folder)), process=engine)
    update(run.state, run.reader.read())
    run.resting = run.state.paused
    if run.state.done is not None or run.state.error is not None:  # it is leaving, or about to say hello
        return None
    run.status, run.sentence = status(run.state, True, None)
    follow(run)
    return run


def refuse_second(object_uid: int) -> None:
    """Raise RunRefused if the object already has a live run."""
    run = _runs.get(object_uid)
    if run is not None and run.alive and not run.over:
        raise RunRefused("This object is still being made: stop its run first, or deselect it to make another.")


def of(object_uid: int) -> LiveRun | None:
    """The newest run of an object in this session, live or over."""
    return _runs.get(object_uid)


def following(folder: Path) -> LiveRun | None:
    """The live run in a folder."""
    return next((run for run in live() if run.folder == folder), None)


def live() -> list[LiveRun]:
    """The runs to follow, the one whose object is to be looked at first."""
    return sorted((run for run in _runs.values() if not run.over), key=lambda run: run.next_look)


def poll(run: LiveRun) -> bool:
    """Read what is new in the run folder; whether there is something new to show."""
    if run.process is None:
        return False
    snapshots = run.state.snapshots
    before = (run.status, run.sentence, snapshots, len(run.state.warnings), run.state.step)
    # Asked before reading, so that all events of a process that has ended are read.
    run.alive, exit_code = run.process.alive, run.process.exit_code
    events = run.reader.read()
    update(run.state, events)
    if run.state.snapshots != snapshots or not run.alive:
        run.next_look = 0.0
    if run.stopping and any(event.get("event") == "hello" for event in events):
        send_command(run.folder, "stop")  # it passes over what was sent before
    if run.stopping and run.state.done == "abandoned":
        run.state.done = "stopped"  # the lifeline was what told it
    run.status, run.sentence = status(run.state, run.alive, exit_code)
    saved = not run.alive and has_checkpoint(run.folder)
    run.can_resume = not run.alive and run.status != "finished" and (saved or run.state.step == 0)
    if run.killed and run.status == "crashed":
        hope = "continues from the last checkpoint" if saved else "begins again"
        run.status, run.sentence = "stopped", f"Ended at once: Resume {hope}."
    elif run.stopping and run.alive and run.state.done is None:
        run.sentence = "Stopping: the engine makes its last mesh as soon as it can."
    return before != (run.status, run.sentence, run.state.snapshots, len(run.state.warnings), run.state.step)


def pause(run: LiveRun) -> None:
    """Have the engine wait after the step that it is at. Raises RunRefused if it has not begun, OSError."""
    if run.process is None:
        raise RunRefused("This run waits for its turn: take it out of the queue instead.")
    send_command(run.folder, "pause")
    run.resting = True


def stop(run: LiveRun) -> None:
    """Ask the engine to make its last mesh and leave; when asked again, end it at once. One that has not begun never
    will.

    Where the run folder takes no commands, and before the first step, when a resumed engine may pass over this one with
    those that were meant for the one before it, the lifeline tells it to leave. One without a lifeline is told again
    when it says hello.
    """
    if run.process is None:
        _end(run, "stopped", "Taken out of the queue before its turn: Resume starts it.")
        return
    if run.stopping:
        run.killed = True
        run.process.kill()
        return
    run.stopping = True
    try:
        send_command(run.folder, "stop")
        asked = run.state.stage in ("optimising", "meshing")
    except OSError:
        asked = False
    if not asked:
        run.process.release()


def fail(run: LiveRun, sentence: str) -> None:
    """Its engine could not be started, or told to go on, when its turn came, for a reason that the artist can mend.

    One that is still there, paused, leaves, so that Resume can start another.
    """
    release(run)
    _end(run, "failed", sentence)


def _end(run: LiveRun, status: str, sentence: str) -> None:
    """It ends without an engine."""
    run.status, run.sentence = status, sentence
    run.alive, run.over, run.can_resume = False, True, True


def let_go(run: LiveRun) -> EngineProcess | AttachedEngine | None:
    """Follow a run no more; the engine that is still there, which saves a checkpoint and leaves by itself, or None.

    Raises OSError if one without a lifeline cannot be told.
    """
    forget(run)
    run.over = True
    release(run)
    if run.process is None or not run.alive:
        return None
    if not run.process.has_lifeline and run.state.stage == "starting":  # nothing is lost, and it may not hear yet
        run.process.kill()
    elif not run.process.has_lifeline:
        send_command(run.folder, "stop")
    return run.process


def release(run: LiveRun) -> None:
    """Close the lifeline, if there is an engine: it saves a checkpoint and leaves. One without a lifeline goes on."""
    if run.process is not None:
        run.process.release()


def forget(run: LiveRun) -> None:
    """The run's object is gone; should undo bring it back, it is as after opening its file."""
    if _runs.get(run.object_uid) is run:
        del _runs[run.object_uid]


def release_all() -> None:
    """Close all lifelines and forget the runs: the engines save checkpoints and leave by themselves, but for those that
    were started to be kept, and those that others started."""
    for run in live():
        release(run)
        if run.process is not None and run.process.has_lifeline:
            _leaving[run.folder] = run.process
    _runs.clear()
