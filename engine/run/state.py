"""Where a run stands, derived from its events and its process, never from a saved flag."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import exits
from .folder import events_path, snapshot_path
from .meshes import SIZES
from .reading import is_number, is_whole
from .tail import MAX_BEHIND, TailReader

STALLED = 10.0
"""Seconds without a byte after which a download is said to have stalled."""
MAX_NUMBER = 1e12
"""A number of an event beyond this, or a NaN, is damage."""
GRAY = (0.8, 0.8, 0.8)
"""Blender's own colour of a new material: that of a snapshot whose mean albedo is not told, or damaged."""


@dataclass
class RunState:
    """What the events so far add up to; starts empty, and update() carries it on."""

    prompt: str = ""
    """The prompt that the engine said it works on."""
    device: str = ""
    """What the engine computes on, by its name."""
    stage: str = "starting"
    """The last stage named, of those that docs/run-folder.md lists; starting before the first."""
    step: int = 0
    """Steps done."""
    steps: int = 0
    """Steps in all; 0 until the engine has said hello."""
    rate: float | None = None
    """Steps per second, None while not known."""
    remaining: float | None = None
    """Seconds left, None while not known."""
    mesh: dict[str, float] | None = None
    """How meshes are made, as the engine last said: thresholds and SIZES. None before that, or where one is missing."""
    previews: int = 0
    """How many previews there were."""
    download: str = ""
    """How the prior's download goes, one sentence, or nothing."""
    offer: str = ""
    """Address of what is to be downloaded if somebody agrees, or nothing."""
    method: str = ""
    """How the run's method was chosen, one sentence, or nothing."""
    paused: bool = False
    """Whether the engine waits."""
    newest_snapshot: int | None = None
    """Step of the last snapshot that has a mesh."""
    snapshots: int = 0
    """How many snapshots have a mesh."""
    mean_albedo: tuple[float, float, float] = GRAY
    """Mean colour of its texture, linear, in [0, 1]."""
    empty: bool = False
    """Whether the last attempt at a snapshot found no surface."""
    warnings: list[str] = field(default_factory=list)
    """One sentence each, oldest first."""
    error: str | None = None
    """The sentence the engine failed with."""
    done: str | None = None
    """Why the engine left in good order: finished, stopped or abandoned."""


def update(state: RunState, events: Iterable[dict[str, Any]]) -> RunState:
    """Carry `state` on by some events, in place, and return it.

    Unknown events are ignored, and so are fields of the wrong type: a damaged line must not stop the one who follows.
    A hello starts anew or carries on (after a resume: snapshots and warnings stay).
    """
    for event in events:
        handle = _HANDLERS.get(event.get("event")) if isinstance(event.get("event"), str) else None
        if handle is not None:
            handle(state, event)
    return state


def read_state(folder: Path, most: int = MAX_BEHIND) -> RunState:
    """What the events in the last `most` bytes add up to. Raises OSError if they are there but cannot be read."""
    return update(RunState(), TailReader(events_path(folder), most).read())


def newest_snapshot(folder: Path) -> tuple[int, Path] | None:
    """Step and folder of the run's newest snapshot, or None if there is none.

    Newest in the order of events, not by its step: a run that was killed and resumed from its checkpoint has snapshots
    of steps that it has not done again. Raises OSError as `read_state` does.
    """
    step = read_state(folder).newest_snapshot
    return None if step is None else (step, snapshot_path(folder, step))


def _hello(state: RunState, event: dict[str, Any]) -> None:
    step = _integer(event, "step", 0)
    if event.get("resumed", step > 0) is not True:
        state.newest_snapshot, state.snapshots, state.warnings = None, 0, []
    state.prompt = _text(event, "prompt", state.prompt)
    state.device = _text(event, "device_name", state.device)
    state.stage, state.step, state.steps = "starting", step, _integer(event, "steps", 0)
    state.rate = state.remaining = state.error = state.done = None
    _meshes(state, event)
    state.paused = state.empty = False
    state.download = state.offer = state.method = ""


def _meshes(state: RunState, event: dict[str, Any]) -> None:
    state.mesh = _mesh(event.get("mesh"))


def _stage(state: RunState, event: dict[str, Any]) -> None:
    state.stage = _text(event, "name", state.stage)


def _offer(state: RunState, event: dict[str, Any]) -> None:
    state.offer = _text(event, "page", "")


def _method(state: RunState, event: dict[str, Any]) -> None:
    state.method = _text(event, "message", "")


def _download(state: RunState, event: dict[str, Any]) -> None:
    done, size, rate, idle = (_number(event, name) or 0.0 for name in ("done", "size", "rate", "idle"))
    share = f" ({min(done / size, 1):.0%})" if size > 0 else ""
    start = f"Downloading the prior: {done / 1e9:.2f} of {size / 1e9:.2f} GB{share}"
    if idle >= STALLED:
        state.download = f"{start}; nothing came for {duration(idle)}: check the network, or stop and resume later."
        return
    remaining = _number(event, "remaining")
    time_left = "" if remaining is None else f", {duration(remaining)} left"
    state.download = f"{start}, {rate / 1e6:.1f} MB/s{time_left}."


def _progress(state: RunState, event: dict[str, Any]) -> None:
    state.stage = "optimising"  # who has only read the last events does not know of it yet
    state.step = _integer(event, "step", state.step)
    state.steps = _integer(event, "steps", state.steps)
    state.rate, state.remaining = _number(event, "rate"), _number(event, "remaining")


def _preview(state: RunState, _event: dict[str, Any]) -> None:
    state.previews += 1


def _snapshot(state: RunState, event: dict[str, Any]) -> None:
    step = _integer(event, "step", None)
    state.empty = event.get("empty") is True
    if state.empty or step is None:
        return
    state.newest_snapshot = step
    state.mean_albedo = _colour(event, "mean_albedo")
    state.snapshots += 1


def _paused(state: RunState, event: dict[str, Any]) -> None:
    state.paused = event["event"] == "paused"


def _warning(state: RunState, event: dict[str, Any]) -> None:
    state.warnings.append(_text(event, "message", "The engine gave a warning without words."))


def _error(state: RunState, event: dict[str, Any]) -> None:
    state.done = None
    state.error = _text(event, "message", "The engine failed without saying why: engine.log may tell.")


def _done(state: RunState, event: dict[str, Any]) -> None:
    state.done = _text(event, "reason", "stopped")
    state.step = _integer(event, "step", state.step)
    state.paused = False


_HANDLERS = {
    "hello": _hello,
    "stage": _stage,
    "offer": _offer,
    "method": _method,
    "download": _download,
    "progress": _progress,
    "preview": _preview,
    "mesh": _meshes,
    "snapshot": _snapshot,
    "paused": _paused,
    "resumed": _paused,
    "warning": _warning,
    "error": _error,
    "done": _done,
}


_STARTING = {
    "waiting for a worker": "Waiting for a worker of the Ray cluster.",
    "loading prior": "Loading the prior.",
    "looking up prior": "Asking Hugging Face about the prior.",
    "downloading prior": "Downloading the prior, which is done once.",
}


def _mesh(said: Any) -> dict[str, float] | None:
    names = ("threshold", "own_threshold", *SIZES)
    numbers = {name: _number(said, name) for name in names} if isinstance(said, dict) else {}
    return numbers if numbers and all(number is not None and number > 0 for number in numbers.values()) else None


def _text(event: dict[str, Any], name: str, otherwise: str) -> str:
    value = event.get(name)
    return value if isinstance(value, str) and value.strip() else otherwise


def _integer(event: dict[str, Any], name: str, otherwise: int | None) -> Any:
    value = event.get(name)
    return value if is_whole(value) and 0 <= value < MAX_NUMBER else otherwise


def _number(event: dict[str, Any], name: str) -> float | None:
    return _as_number(event.get(name))


def _as_number(value: object) -> float | None:
    return float(value) if is_number(value) and abs(value) < MAX_NUMBER else None


def _colour(event: dict[str, Any], name: str) -> tuple[float, float, float]:
    """A list of three numbers from 0 to 1, or else gray."""
    value = event.get(name)
    parts = tuple(map(_as_number, value)) if isinstance(value, list) and len(value) == 3 else (None,)
    return parts if all(part is not None and 0 <= part <= 1 for part in parts) else GRAY


def status(state: RunState, process_alive: bool | None, exit_code: int | None) -> tuple[str, str]:
    """The run's status and one sentence about it for the artist.

    `process_alive` is None where nobody can tell; the events alone then decide. `exit_code` is subprocess's, None while
    alive or not known. The status is one of starting, running, paused, finished, stopped, failed, crashed.
    """
    if state.done is not None:
        return _done_status(state)
    if state.error is not None:
        return "failed", state.error
    if process_alive is False:
        if exit_code != exits.OK and exit_code in exits.SENTENCES:
            return "failed", exits.SENTENCES[exit_code]
        return "crashed", _crashed_sentence(state, exit_code)
    if state.paused:
        return "paused", f"Paused at step {_of_steps(state)}."
    return _working_status(state)


def _done_status(state: RunState) -> tuple[str, str]:
    if state.done == "finished":
        if state.empty and state.newest_snapshot is None:
            return "finished", "Finished without a surface: try another seed, other words or more steps."
        if state.empty:
            return "finished", f"Finished without a surface at the end: the mesh is of step {state.newest_snapshot:,}."
        return "finished", f"Finished after {state.step:,} steps."
    where = f"at step {_of_steps(state)}" if state.step else "before the first step"
    why = " because Blender closed" if state.done == "abandoned" else ""
    return "stopped", f"Stopped {where}{why}: Resume {'continues from there' if state.step else 'begins again'}."


def _crashed_sentence(state: RunState, exit_code: int | None) -> str:
    start = f"The engine stopped unexpectedly ({exits.in_words(exit_code)})"
    if state.step == 0:
        return f"{start} before its first step: engine.log in the run's folder may tell why."
    kept = "the mesh so far is kept, and " if state.newest_snapshot is not None else ""
    return f"{start}: {kept}Resume continues from the last checkpoint."


def _working_status(state: RunState) -> tuple[str, str]:
    if state.stage == "optimising":
        time_left = "" if state.remaining is None else f", {duration(state.remaining)} left"
        surface = f"; no surface {'yet' if state.newest_snapshot is None else 'just now'}" if state.empty else ""
        return "running", f"Optimising: step {_of_steps(state)}{time_left}{surface}."
    if state.stage == "meshing":
        return "running", "Making the final mesh."
    if state.stage == "downloading prior" and state.download:
        return "starting", state.download
    return "starting", _STARTING.get(state.stage, "Starting the engine.")


def _of_steps(state: RunState) -> str:
    return f"{state.step:,} of {state.steps:,}" if state.steps else f"{state.step:,}"


def duration(seconds: float) -> str:
    """Seconds as people say them: "42 s", "7 min", "1 h 5 min".

    >>> duration(3900)
    '1 h 5 min'
    """
    if seconds < 60:
        return f"{max(seconds, 0):.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
