"""What the engine says, one JSON object a line: events.jsonl. docs/run-folder.md lists the kinds and their fields."""

from __future__ import annotations

import math
import threading
import time
from pathlib import Path
from typing import Any

from .atomic import append_json_line
from .folder import events_path


class EventWriter:
    """Appends events to a run folder, one at a time: who holds `held` keeps other threads from it.

    >>> EventWriter(folder).write("preview", step=10)  # doctest: +SKIP
    """

    def __init__(self, folder: Path) -> None:
        self.path = events_path(folder)
        self.held = threading.RLock()

    def write(self, event: str, **fields: Any) -> None:
        """Append {"event": event, "time": seconds since 1970, **fields}, in one write, visible to readers at once.

        A field that is a NaN or infinite number is written as null, since JSON has neither. Raises OSError (disk full,
        folder gone or not writable), TypeError for what JSON cannot hold.
        """
        finite = {name: None if _is_not_finite(value) else value for name, value in fields.items()}
        with self.held:
            append_json_line(self.path, {"event": event, "time": time.time(), **finite})


def _is_not_finite(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
