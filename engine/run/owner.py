"""One engine at a time in a folder that several computers share: its owner keeps a file there, and renews it.

A lock (`lock.py`) holds between the processes of one computer. Whether it holds between two depends on the network
file system, its version and how it was mounted, and nothing tells. So an engine that has the lock puts a file of its
own into the folder, then looks for those of others, and withdraws if there is one. Whatever comes in between, of two
files one was there when the other's engine looked; if both see each other, both withdraw and try again a moment later.

An owner that shows no sign of life over LOOKS looks is dead, and its file is taken away. Looks are counted, not clocks
compared: those of two computers may differ, and a file server that hangs keeps everyone waiting alike. An owner that
only slept finds its file gone at its next beat, and leaves at once.
"""

from __future__ import annotations

import errno
import json
import os
import random
import secrets
import socket
import sys
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .atomic import patiently
from .exits import FOLDER_BUSY, EngineError
from .reading import read_bounded

BEAT = 5.0
"""Seconds between two signs of life."""
LOOKS, LOOK_EVERY = 60, 1.0
"""An owner is dead that so many looks, and the seconds between them, have shown no sign of."""
SETTLE = 2 * BEAT
"""Seconds in which an owner that was taken for dead but lives has found its file gone and left."""
TRIES, LONGEST_PAUSE = 5, 0.5
"""How often an engine tries to be the only one, and the most seconds between."""
SUFFIX = ".owner"
"""How its file's name ends."""
MOST, LONGEST_NAME = 4096, 64
"""Bytes of an owner's file, and characters of a computer's name, that are read."""


class FolderBusy(EngineError):
    """Another engine is at work in the run folder."""

    exit_code = FOLDER_BUSY


@dataclass(frozen=True)
class Owner:
    """What a file says of the engine that has put it there."""

    path: Path
    said: bytes
    """All of it: where this changes, the engine lives."""

    @property
    def host(self) -> str:
        """The name of its computer; empty where it is not known."""
        name = "".join(filter(str.isprintable, str(self._field("host"))))
        return name[:LONGEST_NAME]

    @property
    def is_here(self) -> bool:
        """Whether it runs, or ran, on this computer, and this has not been started anew since."""
        return self._field("machine") == machine()

    def _field(self, name: str) -> object:
        try:
            said = json.loads(self.said)
        except (ValueError, RecursionError):  # it is being written just now
            return ""
        return said.get(name, "") if isinstance(said, dict) else ""


@cache
def machine() -> str:
    """What only processes have in common between which locks hold: the running kernel, or else the network card."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return f"{socket.gethostname()} {uuid.getnode():012x}"


def owners(folder: Path) -> list[Owner]:
    """All owners that a folder names, alive or not. Raises OSError if they cannot be read."""
    try:
        names = sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
    named = (name for name in names if name.startswith("engine.") and name.endswith(SUFFIX))
    read = (_read(Path(folder) / name, folder) for name in named)
    return [owner for owner in read if owner is not None]


def seems_owned(folder: Path, locked: bool) -> bool:
    """Whether an owner has beaten lately, by the clocks of the file server and of this computer, which may differ:
    what a list shows, never what an engine begins by. Raises OSError.

    `locked` is whether locks have shown that none is at work on this computer.
    """
    now = time.time()
    return any(now - _written(owner) < LOOKS * LOOK_EVERY for owner in owners(folder) if not (locked and owner.is_here))


class Ownership:
    """A folder for one engine alone, from `claim` to `release`.

    Args:
        folder: it is shared by computers, perhaps.
        locked: whether this process holds a lock in it, so that owners of this same computer are dead.
    """

    def __init__(self, folder: Path, locked: bool):
        self._folder, self._locked = Path(folder), locked
        self._path = self._folder / f"engine.{secrets.token_hex(8)}{SUFFIX}"
        self._beats, self._over, self._writing = 0, threading.Event(), threading.Lock()
        self._dead: set[Owner] = set()

    def claim(self) -> None:
        """Become the owner, which takes a minute where a dead one of another computer was it.

        Raises FolderBusy if another is at work, OSError if the folder cannot be written or read.
        """
        for _ in range(TRIES):
            self._watch()
            self._put()
            others = {owner for owner in owners(self._folder) if owner.path != self._path}
            if others <= self._dead:
                self._bury(others)
                if self.beat():  # it may itself have slept until now
                    return
            self._take_back()
            time.sleep(random.uniform(0, LONGEST_PAUSE))
        raise _busy(self._folder, *others)

    def keep(self) -> None:
        """Beat until `release`; where the folder has been lost, end this process before it writes anything more."""
        threading.Thread(target=self._keep, daemon=True).start()

    def beat(self) -> bool:
        """Show a sign of life; False if the file is gone: somebody took this engine for dead, and works here now."""
        with self._writing:
            if self._over.is_set():
                return True
            self._beats += 1
            try:
                with open(self._path, "r+b") as file:  # never made anew: that it is gone must be seen
                    file.write(self._words())
                    file.truncate()
            except OSError as error:  # a disk that is full, or not reached, may be the next time
                gone = isinstance(error, FileNotFoundError) or error.errno == errno.ESTALE
                return not gone or not self._folder.is_dir()
            return True

    def release(self) -> None:
        """Give the folder back, now and without a word."""
        with self._writing, suppress(OSError):  # whoever comes next finds it dead
            self._over.set()
            self._take_back()

    def _keep(self) -> None:
        while not self._over.wait(BEAT):
            if not self.beat():
                print(f"Another computer has taken {self._folder} over: this engine showed no sign.", file=sys.stderr)
                sys.stderr.flush()
                os._exit(FOLDER_BUSY)

    def _watch(self) -> None:
        """Wait until every owner that is there has died, or left. Raises FolderBusy at the first sign of life."""
        suspects = {owner for owner in owners(self._folder) if not (self._locked and owner.is_here)} - self._dead
        for look in range(LOOKS if suspects else 0):
            time.sleep(LOOK_EVERY)
            said = {owner.path: owner for owner in owners(self._folder)}
            for owner in sorted(suspects, key=lambda owner: owner.path):
                if said.get(owner.path, owner) != owner:
                    raise _busy(self._folder, owner)
            suspects = {owner for owner in suspects if owner.path in said}
            if look == round(2 * BEAT / LOOK_EVERY) and suspects:
                sentence = f"An owner of {self._folder} shows no sign of life: waiting a minute."
                print(sentence, file=sys.stderr, flush=True)
        self._dead |= suspects
        self._dead |= {owner for owner in owners(self._folder) if self._locked and owner.is_here}

    def _bury(self, dead: set[Owner]) -> None:
        for owner in dead:
            patiently(owner.path.unlink, missing_ok=True)
        if not all(self._locked and owner.is_here for owner in dead):
            time.sleep(SETTLE)

    def _put(self) -> None:
        with open(self._path, "xb") as file:
            file.write(self._words())

    def _take_back(self) -> None:
        patiently(self._path.unlink, missing_ok=True)

    def _words(self) -> bytes:
        said = {"host": socket.gethostname(), "machine": machine(), "pid": os.getpid(), "beat": self._beats}
        return json.dumps(said).encode()


def _busy(folder: Path, *others: Owner) -> FolderBusy:
    name = next((owner.host for owner in others if owner.host), "another computer")
    return FolderBusy(f"An engine on {name} is at work in {folder}: stop it there, or wait until it has left.")


def _read(path: Path, folder: Path) -> Owner | None:
    """None if it is gone, or nothing that an engine has made: no plain file in the folder, or a large one."""
    try:
        return Owner(path, read_bounded(path, folder, MOST))
    except (FileNotFoundError, ValueError):
        return None
    except OSError as error:
        if error.errno == errno.EINVAL:
            return None
        raise


def _written(owner: Owner) -> float:
    try:
        return os.path.getmtime(owner.path)
    except FileNotFoundError:
        return float("-inf")
