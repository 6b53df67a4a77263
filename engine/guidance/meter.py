"""How a download is going: bytes counted, told in events and shown in a terminal, each second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tqdm import tqdm

from engine.pace import Pace

TELL_EVERY = 1.0
"""Seconds between two events."""
STALLED = 10.0
"""Seconds without a byte after which a terminal is told."""


class Meter:
    """Counts a download's bytes while its block runs.

    Args:
        size: bytes in all.
        title: what is downloaded.
        tell: called with an event's name and fields.
    """

    def __init__(self, size: int, title: str, tell: Callable[..., None]):
        self.size, self.done, self._tell, self._lock = size, 0, tell, threading.Lock()
        self._over = threading.Event()
        # Shown in a terminal alone: size, share, rate and time left are tqdm's own.
        self._bar = tqdm(total=size, desc=title, unit="B", unit_scale=True, unit_divisor=1000, disable=None)
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Meter:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._bar.close()

    def count(self, number: int) -> None:
        """Add bytes that have come; fewer than none where some must come again."""
        with self._lock:
            self.done += number

    def bars(self) -> type:
        """A class of progress bars for Hugging Face's downloads which shows nothing and counts here."""
        from huggingface_hub.utils import tqdm as hub_tqdm

        count = self.count

        class Counting(hub_tqdm):
            """Of the bars that a download has, the one of what is on disk counts."""

            def __init__(self, *arguments: Any, **options: Any):
                self.counts = options.get("name") == "huggingface_hub.snapshot_download"
                super().__init__(*arguments, **options | {"disable": True})

            def update(self, n: float | None = 1) -> None:
                """The hub calls this with the bytes that were written."""
                if self.counts:
                    count(int(n or 0))

        return Counting

    def _watch(self) -> None:
        now = came_at = time.monotonic()
        pace, before, over = Pace(0, now), 0, False
        while not over:
            over = self._over.wait(TELL_EVERY)
            now, done = time.monotonic(), self.done
            if done != before:
                came_at, before = now, done
            rate, idle = pace.rate(done, now), now - came_at
            left = max(self.size - done, 0)
            with suppress(OSError):  # a full disk stops the download itself
                self._tell(
                    "download", done=done, size=self.size, rate=round(rate), idle=round(idle, 1),
                    remaining=round(left / rate, 1) if rate > 0 else None,
                )
            self._bar.set_postfix_str(f"nothing for {idle:.0f} s" if idle >= STALLED else "", refresh=False)
            self._bar.update(done - self._bar.n)
