"""Who runs a run folder: an engine process of its own, so that whatever happens to one run happens to no other."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.asking import CORES
from engine.run import exits
from engine.run.commands import send_command
from engine.run.folder import checkpoint_path, events_path
from engine.run.processes import engine_arguments, start_engine
from engine.run.state import RunState, status, update
from engine.run.tail import TailReader

LOOK_EVERY = 0.2
"""Seconds between two looks at a run's events."""


class Interrupts:
    """How often Ctrl+C was pressed, or the process told to end, while the block runs, instead of a KeyboardInterrupt
    that may come anywhere."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> Interrupts:
        self._before = {number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _note(self, *_: Any) -> None:
        self.count += 1


Watch = Callable[[RunState], None]


@dataclass(frozen=True)
class EngineFlags:
    """How engines are started, whatever they run."""

    download: bool = False
    """Whether somebody has agreed to a download of the priors' weights."""
    ray: str = ""
    """Address of the Ray cluster that does the work; empty: this computer."""
    cores: int = CORES
    """Of a computer of the cluster, for each run on a processor."""


def run_to_its_end(folder: Path, interrupts: Interrupts, watch: Watch, flags: EngineFlags) -> tuple[str, str]:
    """Begin the run in a folder, or go on with it, and wait until its engine has left.

    A checkpoint that cannot be used is deleted, and the run begins again. At the first of the `interrupts` the engine
    saves all and leaves, at the second it is ended at once.

    Args:
        folder: a run folder with settings in it.
        interrupts: counts Ctrl+C.
        watch: called every LOOK_EVERY seconds with how the run stands.
        flags: how its engine is started.

    Returns:
        a status of `engine.run.state.status`, and a sentence.

    Raises:
        OSError: the folder cannot be written or its events cannot be read.
    """
    state, code = _run("resume", folder, interrupts, watch, flags)
    if code == exits.CHECKPOINT_UNUSABLE and not interrupts.count:
        shutil.rmtree(checkpoint_path(folder), ignore_errors=True)
        state, code = _run("run", folder, interrupts, watch, flags)
    if interrupts.count > 1 and state.done is None and state.error is None:
        return "stopped", "Ended at once: the same command goes on with it."
    return status(state, False, code)


def _run(verb: str, folder: Path, interrupts: Interrupts, watch: Watch, flags: EngineFlags) -> tuple[RunState, int]:
    """One engine, from its start to its end; how the run stands then, and the exit code."""
    reader = TailReader(events_path(folder))
    state = update(RunState(), reader.read())
    state.stage, state.done, state.error, state.paused = "starting", None, None, False  # how it ended before
    arguments = engine_arguments(verb, folder, download=flags.download, ray=flags.ray, cores=flags.cores)
    process = start_engine(arguments, folder)
    asked = 0
    try:
        while True:
            code = process.poll()  # before reading, so that all events of a process that has ended are read
            update(state, reader.read())
            if code is not None:
                break
            if asked < interrupts.count:
                asked = interrupts.count
                _end(process, folder, state, at_once=asked > 1)
            watch(state)
            time.sleep(LOOK_EVERY)
    finally:  # whatever went wrong here, the engine saves all and leaves
        process.stdin.close()
        process.wait()
    if asked and state.done == "abandoned":
        state.done = "stopped"  # the lifeline was what told it
    return state, code


def _end(process: subprocess.Popen, folder: Path, state: RunState, at_once: bool) -> None:
    """Have the engine make a last mesh, save all and leave. Before its first step it may pass over the command, with
    those that were meant for the one before it: there the lifeline tells it."""
    if at_once:
        process.kill()
    elif state.stage in ("optimising", "meshing"):
        send_command(folder, "stop")
    else:
        process.stdin.close()
