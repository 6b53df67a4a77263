"""How fast a run is going, for the one who waits."""

from __future__ import annotations

from collections import deque

WINDOW = 10.0
"""Seconds of work that the rate is taken over."""


class Pace:
    """Steps per second over the last `WINDOW` seconds of work; time that was left out, such as a pause, does not count.

    Args:
        step: the step that the work begins at.
        now: when it begins, in seconds of any clock that only goes forward.

    >>> pace = Pace(step=100, now=50.0)
    >>> pace.leave_out(8.0)
    >>> pace.rate(step=110, now=60.0)
    5.0
    """

    def __init__(self, step: int, now: float):
        self.left_out = 0.0
        self.marks = deque([(now, step)])

    def leave_out(self, seconds: float) -> None:
        """Take some seconds that have just passed for no work."""
        self.left_out += seconds

    def rate(self, step: int, now: float) -> float:
        """Steps per second up to `step`, which is later than the last one asked for."""
        self.marks.append((now - self.left_out, step))
        # The oldest mark that is left is the last one from before the window: a step may be longer than that.
        while self.marks[1][0] <= self.marks[-1][0] - WINDOW:
            self.marks.popleft()
        (first, from_step), (last, to_step) = self.marks[0], self.marks[-1]
        return (to_step - from_step) / max(last - first, 1e-9)
