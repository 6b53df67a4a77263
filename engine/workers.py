"""Threads that share out the parts of a step, and how many of them are worth having."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import TypeVar

import torch

from engine.errors import is_out_of_memory

Part, Result = TypeVar("Part"), TypeVar("Result")

TRIALS = 6
"""Rounds that each number of threads is tried for. A round's time varies with what it renders, so the least counts."""

NEARLY = 1.1
"""How much slower more threads may be and still be taken: what keeps a core busy at the start may soon be gone."""


@cache
def cores() -> int:
    """The processor cores that this process may use: as many threads as torch had before anybody told it otherwise."""
    return torch.get_num_threads()


def whole_groups(views: int, group: int) -> int:
    """The most views up to so many that split no group, but at least one group.

    >>> whole_groups(7, 4), whole_groups(2, 4), whole_groups(7, 1)
    (4, 4, 7)
    """
    return max(group, views - views % group)


class Workers:
    """Up to `most` threads that work on a round's parts, one thread a part, in the order of the parts.

    The first rounds try all of `most`, half of them, and so on down to one: cores that do not exist, or that other
    programs keep busy, make more threads slower. From then on there are as many as were fastest, or nearly. What comes
    out never depends on their number.

    Args:
        most: threads at once, at least one.

    Attributes:
        count: threads that the next round has.
        verdict: once they are known, the least seconds of a round by the number of threads; until then None.

    >>> Workers(2).map(abs, [-3, 2, -1])
    [3, 2, 1]
    """

    def __init__(self, most: int):
        self.candidates = [most]
        while self.candidates[-1] > 1:
            self.candidates.append(self.candidates[-1] // 2)
        self.least = dict.fromkeys(self.candidates, float("inf"))
        self.rounds = 0
        self.count = most
        self.verdict: dict[int, float] | None = None
        self.pool = ThreadPoolExecutor(most, "worker")

    def map(self, function: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
        """The function's results, in the order of the parts; the first part's error where one fails. Where memory does
        not suffice for several threads, there is one from then on."""
        while True:
            began = time.perf_counter()
            try:
                results = self._round(function, parts)
            except (RuntimeError, MemoryError) as error:
                if self.count == 1 or not is_out_of_memory(error):
                    raise
            else:
                self._learn(time.perf_counter() - began)
                return results
            self.limit(1)  # out here the error no longer holds on to memory

    def limit(self, most: int) -> None:
        """Never have more than so many threads from now on."""
        self.candidates = [count for count in self.candidates if count <= most]
        self.count = min(self.count, most)

    def _round(self, function: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
        if self.count == 1:
            return [function(part) for part in parts]
        results: list[Result] = []
        for start in range(0, len(parts), self.count):
            asked = [self.pool.submit(function, part) for part in parts[start : start + self.count]]
            wait(asked)  # where one fails, the others hold on to memory until they are done
            results += [each.result() for each in asked]
        return results

    def _learn(self, seconds: float) -> None:
        """Note a round's time, and choose how many threads the next has."""
        if self.verdict is not None:
            return
        self.least[self.count] = min(self.least[self.count], seconds)
        self.rounds += 1
        if self.rounds < TRIALS * len(self.candidates):
            self.count = self.candidates[self.rounds % len(self.candidates)]
        else:
            enough = NEARLY * min(self.least[count] for count in self.candidates)
            self.count = next(count for count in self.candidates if self.least[count] <= enough)
            self.verdict = {count: self.least[count] for count in self.candidates}
