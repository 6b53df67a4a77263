"""What a run's engine is told, heard on threads of their own, from before the imports on, which take seconds."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.run import exits
from engine.run.commands import command_reader
from engine.run.events import EventWriter
from engine.run.folder import saved_step

HEAR_EVERY = 0.1
"""Seconds between two looks at the commands."""


class Listener:
    """Reads the commands and, where there is one, the lifeline: standard input, which whoever started the engine holds
    open.

    While all that is done is saved, `stop` or the lifeline's end makes the engine leave at once, wherever it is, in a
    download or in code that is long in returning. While the loop works, it reads here what it is told. After `abort`
    it leaves at once in any case, and what is not saved is lost.

    Attributes:
        events: the run's events.
        gone: set when the lifeline has ended.
        saved_at: the step that everything is saved at; None while there is something to save.
        earlier: the commands that an earlier engine was told; not heeded here.

    Args:
        folder: the run folder.
        resume: whether commands that are there already were meant for an earlier engine.
        lifeline: whether standard input is one.
        give_back: called before it leaves at once.
    """

    def __init__(
        self, folder: Path, resume: bool = False, lifeline: bool = False, give_back: Callable[[], None] = lambda: None
    ):
        self.folder, self.events, self.gone = folder, EventWriter(folder), threading.Event()
        self._give_back = give_back
        self.saved_at: int | None = saved_step(folder) if resume else 0
        self._reader, self._told = command_reader(folder), []
        self.earlier = self._reader.read() if resume else []
        self._watches, self._over = [self._listen, *([self._await_end] if lifeline else [])], threading.Event()

    def __enter__(self) -> Listener:
        for watch in self._watches:
            threading.Thread(target=watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with self.events.held:
            self._over.set()

    def read(self) -> list[dict[str, Any]]:
        """The commands since the last call, oldest first. Raises OSError if they cannot be read."""
        with self.events.held:
            self._hear()
            told, self._told = self._told, []
        return told

    def heed(self) -> None:
        """Leave at once if told to and all is saved. Raises OSError if the commands cannot be read."""
        with self.events.held:  # for good, if the engine leaves: no thread writes another event then
            self._hear()
            stopped = self._is_told("stop")
            if (stopped or self.gone.is_set()) and self.saved_at is not None and not self._over.is_set():
                self._leave("stopped" if stopped else "abandoned")

    def _hear(self) -> None:
        self._told += self._reader.read()
        if self._is_told("abort") and not self._over.is_set():
            self.saved_at = saved_step(self.folder)
            self._leave("stopped")

    def _is_told(self, name: str) -> bool:
        return any(command.get("command") == name for command in self._told)

    def _leave(self, reason: str) -> None:
        try:
            self.events.write("done", reason=reason, step=self.saved_at)
            code = exits.OK
        except OSError:
            code = exits.OUTPUT_NOT_WRITABLE
        self._give_back()
        os._exit(code)

    def _listen(self) -> None:
        while not self._over.wait(HEAR_EVERY):
            with suppress(OSError):  # the loop reads the same commands, and says it
                self.heed()

    def _await_end(self) -> None:
        try:
            # Not sys.stdin.read: Python aborts at its end when a thread still holds a buffered stream's lock.
            while sys.stdin is not None and os.read(sys.stdin.fileno(), 1):
                pass
        finally:
            self.gone.set()
