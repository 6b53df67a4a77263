"""Run a command that has much to say: all of it goes to a log, and on a terminal its last line shows as progress."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

WIDTH = 100
"""Characters of a line that are shown."""


def run_logged(command: Sequence[object], log: Path, environment: Mapping[str, str] | None = None) -> None:
    """Run a command to its end, its output added to `log`.

    Args:
        command: the program and its arguments.
        log: where its standard output and error go.
        environment: variables to set beside those that are there.

    Raises:
        OSError: the program cannot be started, or the log not be written.
        subprocess.CalledProcessError: it ended with another exit code than 0.
    """
    process = subprocess.Popen(
        [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=os.environ | dict(environment or {}), encoding="utf-8", errors="replace",
    )
    with log.open("a", encoding="utf-8") as file:
        for line in process.stdout:
            file.write(line)
            if sys.stdout.isatty():
                print(f"\r   {line.strip()[:WIDTH]:<{WIDTH}}", end="", flush=True)
    if sys.stdout.isatty():
        print(f"\r{'':<{WIDTH + 4}}\r", end="", flush=True)
    if process.wait():
        raise subprocess.CalledProcessError(process.returncode, command)
