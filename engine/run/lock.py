"""One engine at a time in a run folder: a lock of the operating system's, which ends with the process that holds it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .exits import FOLDER_BUSY, EngineError
from .folder import lock_path
from .reading import check_plain

if os.name == "nt":
    import msvcrt
else:
    import fcntl


TRIES, PAUSE = 5, 0.05
"""How often an engine tries to get the lock, and the seconds between: who asks `is_held` has it for a moment."""


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
        tries = 1
        while not _lock(file):
            if tries == TRIES:
                raise FolderBusy(
                    f"Another engine is at work in {folder}: stop it, or wait until it has left, then try again."
                )
            tries += 1
            time.sleep(PAUSE)
        yield


def is_held(folder: Path) -> bool:
    """Whether an engine is at work in the run folder, whoever started it. Nothing is written or made.

    Raises OSError if that cannot be told: the lock is no plain file in its folder, may not be read, or the file system
    knows no locks.
    """
    path = lock_path(folder)
    try:
        check_plain(path, folder)
        with open(path, "rb") as file:
            if not _lock(file, shared=True):
                return True
            _unlock(file)
    except FileNotFoundError:
        pass
    return False


def _lock(file: BinaryIO, shared: bool = False) -> bool:
    """Lock an open file without waiting; False if another process has. Raises OSError if it cannot be locked.

    A `shared` lock is what a file that is open for reading alone can have everywhere.
    """
    try:
        if os.name == "nt":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # the second is how Windows says it
        return False
    return True


def _unlock(file: BinaryIO) -> None:
    """Unlock an open file at once: Windows takes its time where a file is only closed."""
    if os.name == "nt":
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_UN)
