"""Trials from their start to the verdict, some at a time."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.faults.judge import Verdict, finish, see_off
from tests.faults.kinds import KINDS
from tests.faults.trial import NotSurvived, Trial

AT_ONCE = 2
"""Trials at a time."""
ENGINE_KINDS = {kind.__name__: (kind, count) for kind, count in KINDS.items()}


def attempt(name: str, seed: int) -> Verdict:
    """Do one trial."""
    trial = Trial(name, seed)
    with trial.cleaning:
        try:
            ENGINE_KINDS[name][0](trial)
            see_off(trial)
            return Verdict(name, seed, lost=finish(trial))
        except NotSurvived as lost:
            return Verdict(name, seed, why=str(lost))


def attempt_all(trials: list[tuple[str, int]]) -> Iterable[Verdict]:
    """Do many trials, some at a time, in processes of their own."""
    with ProcessPoolExecutor(AT_ONCE, multiprocessing.get_context("spawn")) as pool:
        for done in as_completed([pool.submit(attempt, *trial) for trial in trials]):
            yield done.result()
