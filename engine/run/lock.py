"""One engine at a time in a run folder: a lock of the operating system's, which ends with the process that holds it,
and a file for those on other computers, where it may not hold (`owner.py`)."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .atomic import check_not_linked
from .folder import checkpoint_path, lock_path, log_path, snapshots_path
from .owner import FolderBusy, Ownership, seems_owned
from .reading import check_plain

if os.name == "nt":
    import msvcrt
else:
    import fcntl


TRIES, PAUSE = 5, 0.05
"""How often an engine tries to get the lock, and the seconds between: who asks `is_held` has it for a moment."""


NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
"""How a file system says that it knows no locks."""


@contextmanager
def sole_engine(folder: Path) -> Iterator[Ownership]:
    """Hold the run folder for one engine of all computers while the block runs; the folder's ownership, for one who
    leaves in another way.

    Raises FolderBusy if another process holds the folder, OSError if the files that say so cannot be written or read.
    """
    with sole_process(folder) as locked:
        ownership = Ownership(folder, locked)
        try:
            ownership.claim()
            ownership.keep()
            yield ownership
        finally:
            ownership.release()


@contextmanager
def sole_process(folder: Path) -> Iterator[bool]:
    """Hold a folder for one process of this computer while the block runs; False where nobody can, since the file
    system knows no locks.

    The lock is on an open file, not the file's existence or a process id in it: however a process ends, even by
    kill -9 or a power cut, its lock is gone. The empty file engine.lock stays in the folder.

    Raises FolderBusy if another process holds the folder, OSError if the file cannot be opened, or what is written in
    the folder is a link to another place.
    """
    for path in (lock_path(folder), log_path(folder), snapshots_path(folder), checkpoint_path(folder)):
        check_not_linked(path)
    with open(lock_path(folder), "ab") as file:
        tries = 1
        while (locked := _lock(file)) is False:
            if tries == TRIES:
                raise FolderBusy(
                    f"Another engine is at work in {folder}: stop it, or wait until it has left, then try again."
                )
            tries += 1
            time.sleep(PAUSE)
        yield locked is True


def is_held(folder: Path) -> bool:
    """Whether an engine is at work in the run folder, whoever started it, wherever. Nothing is written or made.

    One on another computer seems so for a minute longer than it is, if it has crashed.

    Raises OSError if that cannot be told: the lock is no plain file in its folder, or may not be read.
    """
    path = lock_path(folder)
    locked = None
    try:
        check_plain(path, folder)
        with open(path, "rb") as file:
            locked = _lock(file, shared=True)
            if locked:
                _unlock(file)
    except FileNotFoundError:
        pass
    return locked is False or seems_owned(folder, locked is True)


def _lock(file: BinaryIO, shared: bool = False) -> bool | None:
    """Lock an open file without waiting; False if another process has, None where the file system knows no locks.

    A `shared` lock is what a file that is open for reading alone can have everywhere. Raises OSError.
    """
    try:
        if os.name == "nt":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # the second is how Windows says it
        return False
    except OSError as error:
        if error.errno in NO_LOCKS:
            return None
        raise
    return True


def _unlock(file: BinaryIO) -> None:
    """Unlock an open file at once: Windows takes its time where a file is only closed."""
    if os.name == "nt":
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_UN)
