"""Several processes at work on one run: each looks at its share of a step's views, and the first of them leads."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from engine.run.exits import EngineError
from engine.run.settings import SettingsError

if TYPE_CHECKING:
    from torch import Tensor

LONGEST_WORD = 64
"""Bytes."""


class TeamError(EngineError):
    """One of several processes has died, or hangs; the message says what to do."""


class Team:
    """A process alone, which has nobody to ask and nothing to wait for; `Processes` is one of several.

    Attributes:
        rank, size: the process's number, from 0 on, and how many there are. The first one leads: it alone writes.
        card: the number of its graphics card in this computer; None: whichever torch takes.
    """

    rank, size = 0, 1
    card: int | None = None

    def word(self, text: str = "") -> str:
        """What the first process says, `LONGEST_WORD` bytes at the most; the others wait for it as long as it takes."""
        return text

    def any(self, flag: bool) -> bool:
        """Whether the flag is true in any process."""
        return flag

    def add_up(self, parameters: list[Tensor], number: float) -> float:
        """Add up the parameters' gradients over all processes, in place, and a number, which is returned: the same in
        each, bit for bit. A parameter that has a gradient nowhere still has none."""
        return number

    def unite(self, parameters: list[Tensor]) -> None:
        """Make the parameters in all processes what they are in the first."""


ALONE = Team()


def shares(views: int, group: int, processes: int) -> list[range]:
    """Which of a step's views each process looks at: whole groups, and about as many each.

    Raises SettingsError if there are too few for all of them.

    >>> shares(4, 1, 2), shares(12, 4, 2)
    ([range(0, 2), range(2, 4)], [range(0, 4), range(4, 12)])
    """
    groups = views // group
    if groups < processes:
        raise SettingsError(
            f"A step has views for {groups} of {processes} processes: start fewer, or set 'views' to"
            f" {processes * group}."
        )
    return [range(*ends) for ends in pairwise(group * (groups * rank // processes) for rank in range(processes + 1))]


def parts(shares: list[range], at_once: int) -> list[tuple[int, slice]]:
    """All processes' parts of a step, of so many views at the most: whose each is, and which views.

    >>> parts([range(0, 2), range(2, 5)], 2)
    [(0, slice(0, 2, None)), (1, slice(2, 4, None)), (1, slice(4, 5, None))]
    """
    return [
        (rank, slice(first, min(first + at_once, share.stop)))
        for rank, share in enumerate(shares) for first in share[::at_once]
    ]
