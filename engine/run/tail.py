"""Following a JSON-lines file that another process is still writing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from .reading import check_plain

CHUNK = 1 << 16
"""Bytes per read from the file."""
MAX_LINE = 1 << 20
"""Longest line that is kept, in bytes; a longer one is garbage, so an endless line cannot fill the memory."""
MAX_BEHIND = 1 << 25
"""Bytes, a day of events; who is further behind goes on with the last ones: a huge file cannot fill it either."""


class TailReader:
    """Reads the objects that were appended to a JSON-lines file since the last call.

    `skipped` counts the lines that were no JSON object in UTF-8 (blank lines are not counted). A reader that is more
    than `behind` bytes behind goes on with the last ones.

    >>> reader = TailReader(Path("events.jsonl"))
    >>> reader.read()  # doctest: +SKIP
    [{'event': 'hello', ...}]
    >>> reader.read()
    []
    """

    def __init__(self, path: Path, behind: int = MAX_BEHIND) -> None:
        self.path, self.behind = Path(path), behind
        self.skipped = 0
        self._restart()

    def _restart(self) -> None:
        self._offset = 0
        self._line = b""

    def read(self) -> list[dict[str, Any]]:
        """The objects of all lines completed since the last call, oldest first.

        A missing file gives none. An unfinished last line waits for its end. A file that has become shorter, or went
        away and came back, is read again from its start. Raises OSError if the file exists but cannot be read, or is
        no plain one in its folder.
        """
        objects: list[dict[str, Any]] = []
        try:
            check_plain(self.path, self.path.parent)
            with open(self.path, "rb", buffering=0) as file:
                size = os.fstat(file.fileno()).st_size
                if size < self._offset:
                    self._restart()
                self._offset = max(self._offset, size - self.behind)
                file.seek(self._offset)
                while chunk := file.read(CHUNK):
                    self._offset += len(chunk)
                    self._take(chunk, objects)
        except FileNotFoundError:
            self._restart()
        return objects

    def _take(self, chunk: bytes, objects: list[dict[str, Any]]) -> None:
        first, *others = chunk.split(b"\n")
        self._extend(first)
        for piece in others:
            self._finish(objects)
            self._extend(piece)

    def _extend(self, piece: bytes) -> None:
        # One byte over the limit is kept, to tell a line that is too long from one that just fits.
        self._line += piece[: MAX_LINE + 1 - len(self._line)]

    def _finish(self, objects: list[dict[str, Any]]) -> None:
        line, self._line = self._line, b""
        parsed = parse_line(line)
        if parsed is not None:
            objects.append(parsed)
        elif line.strip():
            self.skipped += 1


def parse_line(line: bytes, finite: bool = False) -> dict[str, Any] | None:
    """The JSON object of a line, or None if it is none. A byte order mark, which some shells write, is allowed.

    Args:
        finite: whether NaN and infinities, which no line of ours has and none could be written with, become None.

    >>> parse_line(b'{"event": "step", "rate": NaN}', finite=True)
    {'event': 'step', 'rate': None}
    """
    if len(line) > MAX_LINE:
        return None
    try:
        value = json.loads(line.decode("utf-8-sig"), parse_constant=(lambda _: None) if finite else None)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
