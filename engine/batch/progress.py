"""How far a batch is, on a terminal or in a log, and how long the rest will take."""

from __future__ import annotations

import shutil
import sys

from engine.run.state import RunState, duration, status


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

    def of_all(self, run: RunState, seconds: float, mine: int, waiting: int) -> float | None:
        """Seconds until the end of all, while a run is at work; None where nothing is known yet.

        Args:
            run: how it stands.
            seconds: since it began.
            mine: steps that it had to do then.
            waiting: steps of the runs after it.
        """
        if run.remaining is None:
            return self.of_steps(mine + waiting)
        rest = self.of_steps(waiting)
        if rest is None:  # the first run: it will be as it is
            rest = (seconds + run.remaining) / max(mine, 1) * waiting
        return run.remaining + rest


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
