"""How far a set-up is: stages of known weight, and within the long one the bytes that have come."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..run.events import EventWriter
from .cost import size_of

STAGES = {
    "Fetching the installer": 0.03,
    "Preparing Python": 0.05,
    "Fetching packages": 0.8,
    "Testing the engine": 0.12,
}
"""The stages in their order, and about what share of the time each takes."""
INTERVAL = 1.0
"""Seconds between two measurements."""
WINDOW = 10
"""Measurements that the rate is of."""
SLOWEST = 20_000
"""Bytes per second below which the rate says nothing: uv is asking an index, or waits for an answer."""


class Progress:
    """Tells whoever reads the folder's events.jsonl how far the set-up is."""

    def __init__(self, folder: Path, total: int) -> None:
        """`total` is about how many bytes the packages take on disk."""
        self._events = EventWriter(folder)
        self._total = total

    def stage(self, name: str) -> None:
        """One of STAGES begins."""
        number = list(STAGES).index(name)
        share = sum(list(STAGES.values())[:number])
        self._events.write("stage", name=name, number=number + 1, of=len(STAGES), share=share)

    def note(self, sentence: str) -> None:
        """Something that the artist should know."""
        self._events.write("warning", message=sentence)

    def done(self, device: str) -> None:
        """The engine is set up, and was seen to compute on that device."""
        self._events.write("done", device=device)

    @contextmanager
    def measured(self, folder: Path) -> Iterator[None]:
        """While the block runs, tell how many bytes have come to be in the folder."""
        over = threading.Event()
        thread = threading.Thread(target=self._measure, args=(folder, over), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _measure(self, folder: Path, over: threading.Event) -> None:
        past: deque[tuple[float, int]] = deque(maxlen=WINDOW)
        while not over.wait(INTERVAL):
            past.append((time.monotonic(), size_of(folder)))
            done = min(past[-1][1], self._total)
            first, weight = sum(list(STAGES.values())[:2]), STAGES["Fetching packages"]
            share = first + weight * done / self._total
            self._events.write(
                "progress", share=share, done=done, total=self._total, remaining=seconds_left(past, self._total)
            )


def seconds_left(past: deque[tuple[float, int]], total: int) -> float | None:
    """How long the rest will take at the rate of the measurements (seconds, bytes); None where next to nothing moves.

    >>> seconds_left(deque([(0.0, 0), (10.0, 200e6)]), 1000e6)
    40.0
    """
    (began, before), (ended, done) = past[0], past[-1]
    if done - before <= SLOWEST * (ended - began) or done >= total:
        return None
    return (total - done) * (ended - began) / (done - before)
