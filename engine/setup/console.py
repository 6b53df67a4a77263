"""The commands of a set-up: each is logged with all that it says, and ends when the one who asked for it is gone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from ..run.exits import in_words
from .errors import Cancelled, CommandFailed

_PASSWORD = re.compile(r"://[^/\s@]+@")

class Console:
    """Runs one command after the other, until it is told to end."""

    def __init__(self, log: Path) -> None:
        """Begin a new log. Raises OSError."""
        self._log = open(log, "w", encoding="utf-8", buffering=1)  # noqa: SIM115 - until the process ends
        self._process: subprocess.Popen | None = None
        self._cancelled = False
        self._lock = threading.Lock()

    def say(self, line: str) -> None:
        """Add a line to the log, without the passwords that addresses may hold. Raises OSError."""
        self._log.write(_PASSWORD.sub("://***@", line) + "\n")

    def run(self, *command: object, environment: Mapping[str, str] | None = None, tolerant: bool = False) -> str:
        """Run a command to its end; what it said. `environment` is added to this process's own; whoever is `tolerant`
        takes what it said for an answer even where it failed.

        Raises CommandFailed where it did not go well, Cancelled where it was told to end, OSError.
        """
        words = [str(part) for part in command]
        self.say(f"\n$ {subprocess.list2cmdline(words)}")
        for name, value in (environment or {}).items():
            self.say(f"  {name}={value}")
        with self._lock:
            if self._cancelled:
                raise Cancelled
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
                errors="replace", env=os.environ | dict(environment or {}), **_without_window(),
            )
        said = []
        for line in self._process.stdout:
            said.append(line)
            self.say(line.rstrip())
        code = self._process.wait()
        if self._cancelled:
            raise Cancelled
        if code and not tolerant:
            raise CommandFailed("".join(said) or in_words(code))
        return "".join(said)

    def cancel(self) -> None:
        """End the command that runs, and run no other. From any thread."""
        with self._lock:
            self._cancelled = True
            if self._process is not None:
                self._process.kill()

    def follow(self, lifeline: int) -> None:
        """Cancel when the file that the lifeline is (standard input) ends: whoever held its other end wants no more."""

        def wait() -> None:
            while os.read(lifeline, 1):
                pass
            self.cancel()

        threading.Thread(target=wait, daemon=True).start()


def _without_window() -> dict[str, int]:
    return {"creationflags": subprocess.CREATE_NO_WINDOW} if sys.platform == "win32" else {}
