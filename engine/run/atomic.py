"""Writes that a reader never sees half done, and appends that never glue two lines together.

Every function lets OSError through (disk full, folder not writable): the caller decides what that means.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TRIES = 20
"""How often a file is asked for on Windows, .05 s apart, while a reader holds it open."""


def patiently(act: Callable[..., object], *arguments: object, **options: object) -> None:
    """Call what renames or removes a file.

    Windows refuses while anyone has the file open; readers here hold files for milliseconds, so it is tried again for
    up to a second there. Raises OSError.
    """
    for _ in range(TRIES - 1 if os.name == "nt" else 0):
        try:
            act(*arguments, **options)
            return
        except PermissionError:
            time.sleep(0.05)
    act(*arguments, **options)


def replace(source: Path, target: Path) -> None:
    """Rename `source` to `target`, over an older file of that name. Raises OSError."""
    patiently(os.replace, source, target)


def atomic_write_bytes(path: Path, data: bytes) -> None:
    """Write a whole file so that a reader sees the old content or the new, never a mixture.

    Raises OSError; the old file is then still in place and no temporary file is left.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(folder: Path) -> Iterator[Path]:
    """A new folder to fill; when the block is done, it takes the place of `folder`, complete.

    Raises OSError, for a parent that does not exist too; an older `folder` is then still in place and no temporary one
    is left.
    """
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        yield temporary
        _replace_folder(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _replace_folder(source: Path, target: Path) -> None:
    """Rename a folder over another: no system does that in one call, so the older one steps aside first.

    Raises OSError; the older one is then still in place.
    """
    if not target.exists():
        replace(source, target)
        return
    aside = target.with_name(f".{target.name}.{os.getpid()}.old")
    shutil.rmtree(aside, ignore_errors=True)
    replace(target, aside)
    try:
        replace(source, target)
    except OSError:
        replace(aside, target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def encode_json(value: Any, indent: int | None = None) -> bytes:
    """JSON as UTF-8 bytes. Raises TypeError or ValueError for what JSON cannot hold (NaN and infinities included).

    Text stays readable; a lone surrogate (from an undecodable path or argument) becomes its JSON escape, which is what
    Python's backslashreplace writes.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    return text.encode("utf-8", "backslashreplace")


def atomic_write_json(path: Path, obj: Any) -> None:
    """Write `obj` as an indented JSON file, as atomic_write_bytes does. Raises OSError, TypeError, ValueError."""
    atomic_write_bytes(path, encode_json(obj, indent=2) + b"\n")


def check_not_linked(path: Path) -> None:
    """Raise OSError for a link to anything but a device: what is written through it, there or not yet, would be any
    file that whoever made the folder has named."""
    if os.path.islink(path) and not (os.path.exists(path) and stat.S_ISCHR(os.stat(path).st_mode)):
        raise OSError(errno.ELOOP, "it is a link to another place", str(path))


def append_json_line(path: Path, obj: dict[str, Any]) -> None:
    """Append `obj` to a JSON-lines file, created if missing, in a single write.

    If the file ends in a torn line (its writer died, or the disk was full) that line is ended first, so that only the
    torn one is lost. Raises OSError, also for a link to another file.
    """
    check_not_linked(path)
    line = encode_json(obj) + b"\n"
    with open(path, "a+b", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(size - 1)
            if file.read(1) != b"\n":
                line = b"\n" + line
        # One call writes it all, but for a disk that fills up: the second call then raises.
        while line:
            line = line[file.write(line) :]
