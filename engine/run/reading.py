"""Reading files that anyone may have made: what and how large they are is looked at before memory is asked for."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

MAX_JSON = 1 << 20
"""Bytes; what is kept in JSON is a thousand times smaller."""


def read_bounded(path: Path, home: Path, most: int) -> bytes:
    """The bytes of a plain file that lies in the folder `home`, all links followed.

    Raises OSError, also if it is another kind of thing or lies elsewhere, ValueError if it has more than `most` bytes.
    """
    check_plain(path, home)
    if os.path.getsize(path) > most:
        raise ValueError(f"{Path(path).name} is larger than the {most:,} bytes that it may have")
    return Path(path).read_bytes()


def check_plain(path: Path, home: Path) -> None:
    """Raise OSError, as `read_bounded` does: reading a pipe or a device would never end."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(errno.EINVAL, "it is not a plain file", str(path))
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(home)):
        raise OSError(errno.EINVAL, "it is a link to another place", str(path))


def read_json(path: Path, home: Path) -> Any:
    """What a small JSON file holds; a byte order mark, which some editors write, is allowed.

    Raises OSError or ValueError, the latter also for what is no JSON.
    """
    try:
        return json.loads(read_bounded(path, home, MAX_JSON).decode("utf-8-sig"))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def is_number(value: object) -> bool:
    """Whether it is a number and no bool; NaN and infinities, which Python's JSON can hold, are numbers too."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_whole(value: object) -> bool:
    """Whether it is a whole number and no bool."""
    return isinstance(value, int) and not isinstance(value, bool)
