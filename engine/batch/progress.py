"""How far a batch is, on a terminal or in a log, and how long the rest will take."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass

from engine.run.state import RunState, duration, status


@dataclass(frozen=True)
class Working:
    """A run at work."""

    run: RunState
    """How it stands."""
    seconds: float
    """Since its engine was started."""
    steps: int
    """That it had to do then."""


class TimeLeft:
    """Seconds for what is left, by what a step has taken so far; runs of other settings take longer or shorter.

    >>> left = TimeLeft()
    >>> left.add(seconds=60, steps=400)
    >>> left.of_steps(800)
    120.0
    """

    def __init__(self) -> None:
        self.seconds, self.steps = 0.0, 0

    def add(self, seconds: float, steps: int) -> None:
        """A run has ended, which took so many seconds for so many steps."""
        self.seconds += seconds
        self.steps += steps

    def of_steps(self, steps: int) -> float | None:
        """Seconds that so many steps will take; None while no run has ended."""
        return self.seconds / self.steps * steps if self.steps else None

    def of_all(self, working: list[Working], waiting: int, places: int = 1) -> float | None:
        """Seconds until the end of all, while runs are at work; None where nothing is known yet.

        Args:
            working: these.
            waiting: steps of the runs after them.
            places: how many runs are at work at once.
        """
        rest = self.of_steps(waiting)
        if rest is None:  # no run has ended: they will be as one of these is
            known = next((one for one in working if one.run.remaining is not None), None)
            if known is None:
                return None
            rest = (known.seconds + known.run.remaining) / max(known.steps, 1) * waiting
        longest = (one.run.remaining if one.run.remaining is not None else self.of_steps(one.steps) for one in working)
        return max(filter(None, longest), default=0.0) + rest / places


class Progress:
    """Lines that stay and, on a terminal, one at the bottom that changes."""

    def __init__(self) -> None:
        self.live = sys.stdout.isatty()
        self._shown = 0

    def say(self, words: str) -> None:
        """Print a line that stays."""
        self.show("")
        print(words, flush=True)

    def show(self, words: str) -> None:
        """Put this in the line that changes."""
        if self.live and (words or self._shown):
            words = words[: shutil.get_terminal_size().columns - 1]
            print(f"\r{words.ljust(self._shown)}", end="\r" if not words else "", flush=True)
            self._shown = len(words)


def at_work(name: str, run: RunState, left: float | None) -> str:
    """One line about a run at work, and about all."""
    rest = "" if left is None else f" All: about {duration(left)}."
    return f"{name}: {status(run, True, None)[1]}{rest}"
