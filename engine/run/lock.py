"""One engine at a time in a run folder: a lock of the operating system's, which ends with the process that holds it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .exits import FOLDER_BUSY, EngineError
from .folder import lock_path

if os.name == "nt":
    import msvcrt
else:
    import fcntl


class FolderBusy(EngineError):
    """Another engine is at work in the run folder."""

    exit_code = FOLDER_BUSY


@contextmanager
def sole_engine(folder: Path) -> Iterator[None]:
    """Hold the run folder for one engine while the block runs.

    The lock is on an open file, not the file's existence or a process id in it: however a process ends, even by
    kill -9 or a power cut, its lock is gone. The empty file engine.lock stays in the folder.

    Raises FolderBusy if another process holds the folder, OSError if the file cannot be opened or the file system
    knows no locks.
    """
    with open(lock_path(folder), "ab") as file:
        try:
            _lock(file)
        except (BlockingIOError, PermissionError):  # the second is how Windows says it
            raise FolderBusy(
                f"Another engine is at work in {folder}: stop it, or wait until it has left, then try again."
            ) from None
        yield


def _lock(file: BinaryIO) -> None:
    """Lock an open file without waiting; closing it unlocks it. Raises OSError."""
    if os.name == "nt":
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
