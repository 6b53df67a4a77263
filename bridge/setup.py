"""The set-up of the engine that this Blender has started, followed as a run is. Needs no bpy."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..engine.run.exits import in_words
from ..engine.run.folder import events_path
from ..engine.run.processes import process_options
from ..engine.run.state import duration
from ..engine.run.tail import TailReader
from ..engine.setup.cost import in_units
from .engine_process import EngineMissing, engine_environment


@dataclass
class Setup:
    """One set-up, and how far it is."""

    process: subprocess.Popen
    """The installer; it lives as long as its standard input stays open."""
    reader: TailReader
    """What follows its events."""
    when_over: Callable[[], None]
    """Called once, when it has ended."""
    stage: str = "Starting"
    """What it is at."""
    share: float = 0.0
    """Of the whole, 0 to 1."""
    amount: str = ""
    """How much of the packages is there, or nothing."""
    remaining: float | None = None
    """Seconds that the packages still take, None where not known."""
    notes: list[str] = field(default_factory=list)
    """What the artist should know, a sentence each."""
    device: str = ""
    """What the engine was seen to compute on: it is set up."""
    problem: str = ""
    """Why it ended early, one sentence."""
    cancelling: bool = False
    """Whether it was told to end."""
    over: bool = False
    """Whether it has ended."""

    @property
    def sentence(self) -> str:
        """Where it stands, in a few words."""
        if self.over:
            return self.problem or f"The engine is set up and works, on {self.device}."
        left = "" if self.remaining is None else f"{duration(self.remaining)} left"
        return ", ".join(part for part in (self.stage, self.amount, left) if part)


_newest: Setup | None = None


def newest() -> Setup | None:
    """The last one that was started, going on or over."""
    return _newest


def live() -> Setup | None:
    """The one that is going on."""
    return _newest if _newest is not None and not _newest.over else None


def start(folder: Path, when_over: Callable[[], None], offline: Path | None = None) -> Setup:
    """Start to set the engine up in a folder, with Blender's own Python as the installer's: from the network, or from a
    folder that `make offline` made.

    Raises EngineMissing if one is going on already, or that Python cannot be started.
    """
    global _newest
    if live():
        raise EngineMissing("The engine is being set up already.")
    reader = TailReader(events_path(folder))
    reader.read()  # what an earlier one said
    python = own_python()
    try:
        process = subprocess.Popen(
            [python, "-m", "engine.setup", folder, *([offline] if offline else [])], stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=engine_environment(online=offline is None),
            **process_options(),
        )
    except OSError as error:
        raise EngineMissing(f"Blender's Python {python} could not be started ({error.strerror}).") from error
    _newest = Setup(process, reader, when_over)
    return _newest


def own_python(executable: str = sys.executable, prefix: str = sys.base_prefix) -> Path:
    """The Python that this program was built with, of which the program itself may be none (Blender is not).

    Raises EngineMissing where it is not found.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    names = ("python.exe", "bin/python.exe") if os.name == "nt" else (f"bin/python{version}", "bin/python3")
    candidates = [Path(executable)] if Path(executable).name.lower().startswith("python") else []
    candidates += [Path(prefix) / name for name in names]
    found = next((path for path in candidates if path.is_absolute() and os.access(path, os.X_OK)), None)
    if found is None:
        raise EngineMissing(
            f"Blender's own Python was not found in {prefix}: choose an existing Python for the engine in this"
            " extension's preferences."
        )
    return found


def poll() -> bool:
    """Read what the installer said; whether there is something new to show."""
    setup = live()
    if setup is None:
        return False
    before = setup.sentence
    # Asked before reading, so that all events of a process that has ended are read.
    code = setup.process.poll()
    try:
        for event in setup.reader.read():
            _apply(setup, event)
    except (OSError, KeyError, TypeError) as error:  # a scanner has the file, or another version writes it
        print(f"The set-up's {setup.reader.path} cannot be followed just now ({error!r}).")
    if code is not None:
        _finish(setup, code)
    return before != setup.sentence


def _apply(setup: Setup, event: dict) -> None:
    kind = event.get("event")
    if kind == "stage":
        setup.stage = f"{event['name']} ({event['number']} of {event['of']})"
        setup.share, setup.amount, setup.remaining = event["share"], "", None
    elif kind == "progress":
        setup.share, setup.remaining = event["share"], event["remaining"]
        setup.amount = f"{in_units(event['done'])} of about {in_units(event['total'])}"
    elif kind == "warning":
        setup.notes.append(event["message"])
    elif kind == "done":
        setup.share, setup.device = 1.0, event["device"] or "the processor"


def _finish(setup: Setup, code: int) -> None:
    setup.over = True
    setup.process.stdin.close()
    with setup.process.stderr as stream:
        lines = stream.read().decode("utf-8", "replace").strip().splitlines()
    if code or not setup.device:
        setup.problem = lines[-1] if lines else f"The set-up ended early ({in_words(code)}): press Set Up again."
    setup.when_over()


def cancel() -> None:
    """Have the one that is going on end: what it has fetched stays for the next one."""
    setup = live()
    if setup is not None and not setup.cancelling:
        setup.cancelling, setup.stage, setup.amount, setup.remaining = True, "Cancelling", "", None
        setup.process.stdin.close()


def forget() -> None:
    """How the last one ended has been seen, or is true no more."""
    global _newest
    if live() is None:
        _newest = None
