"""The far side: an engine at work in a folder of its own, on whichever computer Ray has chosen for it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from engine import __version__
from engine.cluster.mirror import Change, Outbox
from engine.run.folder import commands_path
from engine.run.lock import is_held
from engine.run.processes import engine_arguments, start_engine

PREFIX = "dreamfusion-worker-"
"""What the folders' names begin with, in the system's folder for temporary files."""
STALE = 3600.0
"""Seconds after which a folder that no engine works in is removed: its worker was killed."""
PATIENCE = 30.0
"""Most seconds until an engine that was killed is gone."""


@dataclass(frozen=True)
class Answer:
    """What a worker says of its engine."""

    changes: list[Change]
    """What is new in its folder."""
    exit_code: int | None
    """How it ended, as subprocess has it, and nothing more is to come; None while it goes on."""


class Worker:
    """An engine process, and its run folder, which is removed with it. Ray makes an actor of this.

    The engine is a process of its own, so that a command or a question is heard while it computes, and so that it saves
    what it has, and ends, when this one is killed: its lifeline ends then.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen | None = None
        self._number, self._handed_on, self._answer = 0, b"", Answer([], None)

    def versions(self) -> tuple[str, str]:
        """The engine's version here, and this computer's name."""
        return __version__, socket.gethostname()

    def begin(self, verb: str, files: dict[str, bytes], download: bool) -> None:
        """Start an engine (`verb` run or resume) in a new folder with these files. Raises OSError."""
        _sweep()
        self._folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        for name, data in files.items():
            path = self._folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        self._outbox = Outbox(self._folder)
        self._process = start_engine(engine_arguments(verb, self._folder, download=download), self._folder)

    def exchange(self, number: int, commands: bytes) -> Answer:
        """Hand lines of commands on to the engine, and tell what is new; `number` grows by one at every call. One that
        comes again, since its answer was lost, gets the same answer, and what it has more to say is handed on. Raises
        OSError."""
        again = number == self._number
        fresh, self._handed_on = commands[len(self._handed_on) if again else 0 :], commands
        if fresh:
            with open(commands_path(self._folder), "ab") as file:
                file.write(fresh)
        if not again:
            code = self._process.poll()  # before looking, so that all of an engine that has ended is told
            self._answer, self._number = Answer(self._outbox.collect(), code), number
        return self._answer

    def let_go(self) -> None:
        """Whoever asked for the run has gone: the engine saves what it has and leaves."""
        self._process.stdin.close()

    def end(self) -> None:
        """End the engine, if it has not ended, and remove its folder."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)
            shutil.rmtree(self._folder, ignore_errors=True)


def _sweep() -> None:
    """Remove folders whose worker was killed before it could."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if time.time() - folder.stat().st_mtime > STALE and not is_held(folder):
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # somebody else's, or gone
            continue
