"""The runs that this Blender follows, as plain Python state: one per object. Needs no bpy."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..engine.run.commands import send_command
from ..engine.run.events import events_path
from ..engine.run.folder import has_checkpoint
from ..engine.run.state import RunState, status, update
from ..engine.run.tail import TailReader
from .attached_engine import AttachedEngine
from .engine_process import EngineProcess


class RunRefused(RuntimeError):
    """The run cannot be started; the message is one sentence."""


@dataclass
class LiveRun:
    """One run, followed until its engine has left and its last snapshot is in the scene."""

    folder: Path
    """The run folder."""
    object_uid: int
    """session_uid of the object that the run makes: the same after renaming and undo, another in a duplicate."""
    process: EngineProcess | AttachedEngine
    """The engine; an AttachedEngine where this Blender has not started it, or no longer knows that it has."""
    reader: TailReader
    """What follows events.jsonl."""
    state: RunState = field(default_factory=RunState)
    """What the events so far add up to."""
    status: str = "starting"
    """One word, see engine.run.state.status."""
    sentence: str = "Starting the engine."
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
    shown_at: float = 0.0
    """When a snapshot was last put into the scene, time.monotonic seconds: the one who waited longest comes first."""


_runs: dict[int, LiveRun] = {}
_let_go: dict[Path, EngineProcess] = {}
"""Engines that were told to leave, by their folders: for a moment they are still at work there."""


def start(
    python: Path, verb: str, folder: Path, object_uid: int, online: bool, download: bool = False, keep: bool = False
) -> LiveRun:
    """Start the engine (`verb` run or resume) for an object and follow it; `download` is the artist's consent to one.
    `keep` has it go on when this Blender lets it go.

    Raises RunRefused if the object already has a live run, or another object, its original or duplicate, has one in
    that folder; EngineMissing, OSError.
    """
    refuse_second(object_uid)
    if any(run.folder == folder and run.object_uid != object_uid for run in live()):
        raise RunRefused("This object's run still goes on for the one that it was duplicated with: select that one.")
    run = LiveRun(folder, object_uid, None, TailReader(events_path(folder)))
    # What was so far counts (snapshots, warnings), but how it ended does not.
    update(run.state, run.reader.read())
    run.state.stage, run.state.done, run.state.error, run.state.paused = "starting", None, None, False
    run.state.offer = ""
    run.process = EngineProcess(python, verb, folder, online, download, keep)
    if object_uid in _runs:  # it has left, but its last mesh may still have been waiting for its place
        _runs[object_uid].process.release()
    _runs[object_uid] = run
    return run


def attach(folder: Path, object_uid: int) -> LiveRun | None:
    """Follow the engine that is at work in a folder already, whoever started it, as the one of an object.

    None where there is none that goes on, or an object of this Blender follows it. Raises OSError if that cannot be
    told.
    """
    if following(folder) or (folder in _let_go and _let_go[folder].alive):
        return None
    engine = AttachedEngine(folder)
    if not engine.alive:
        return None
    run = LiveRun(folder, object_uid, engine, TailReader(events_path(folder)))
    update(run.state, run.reader.read())
    if run.state.done is not None or run.state.error is not None:  # it is leaving, or about to say hello
        return None
    _runs[object_uid] = run
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
    """The runs to follow, the one whose scene was updated longest ago first."""
    return sorted((run for run in _runs.values() if not run.over), key=lambda run: run.shown_at)


def poll(run: LiveRun) -> bool:
    """Read what is new in the run folder; whether there is something new to show."""
    before = (run.status, run.sentence, run.state.snapshots, len(run.state.warnings), run.state.step)
    # Asked before reading, so that all events of a process that has ended are read.
    run.alive, exit_code = run.process.alive, run.process.exit_code
    events = run.reader.read()
    update(run.state, events)
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


def stop(run: LiveRun) -> None:
    """Ask the engine to make its last mesh and leave; when asked again, end it at once.

    Where the run folder takes no commands, and before the first step, when a resumed engine may pass over this one with
    those that were meant for the one before it, the lifeline tells it to leave. One without a lifeline is told again
    when it says hello.
    """
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


def forget(run: LiveRun) -> None:
    """The run's object is gone; should undo bring it back, it is as after opening its file."""
    if _runs.get(run.object_uid) is run:
        del _runs[run.object_uid]


def release_all() -> None:
    """Close all lifelines and forget the runs: the engines save checkpoints and leave by themselves, but for those that
    were started to be kept, and those that others started."""
    for run in live():
        run.process.release()
        if isinstance(run.process, EngineProcess) and not run.process.kept:
            _let_go[run.folder] = run.process
    _runs.clear()
