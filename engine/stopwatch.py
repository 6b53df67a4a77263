"""Where the time goes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Stopwatch:
    """Seconds spent, by name; a GPU's are those of the stage that waits for it."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def share_out(self, seconds: float, parts: list[dict[str, float]]) -> None:
        """Add seconds that have passed while parts were worked on, side by side, to the names they spent them on."""
        together = sum(sum(part.values()) for part in parts)
        for part in parts:
            for name, spent in part.items():
                self.seconds[name] += seconds * spent / together

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Add the time of a block to `name`."""
        began = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - began
