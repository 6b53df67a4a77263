"""Numbers that change over a run."""

from __future__ import annotations


def ramp(ends: tuple[float, float], progress: float, until: float = 1.0) -> float:
    """From the first number to the last, linearly in `progress` (share of the run, in [0, 1]), then level.

    Args:
        until: share of the run at which the last number is reached; 0: at once.

    >>> ramp((1.0, 3.0), 0.25, until=0.5)
    2.0
    """
    return ends[0] + (ends[1] - ends[0]) * (min(1.0, progress / until) if until else 1.0)
