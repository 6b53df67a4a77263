"""Finding the other processes that were started for the same run, if there are any."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from engine.run.exits import clause
from engine.run.settings import SettingsError
from engine.team import ALONE, Team


@contextmanager
def gather() -> Iterator[Team]:
    """The processes that torchrun started, by the variables that it sets: RANK, WORLD_SIZE, LOCAL_RANK and where to
    meet. Without them this one is alone, and torch is not even loaded.

    Raises:
        SettingsError: some are missing, or no numbers.
        TeamError: the others do not come.
    """
    if os.environ.get("WORLD_SIZE", "1") == "1":
        yield ALONE
        return
    try:
        rank, size, card = (int(os.environ[name]) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
    except (KeyError, ValueError) as error:
        raise SettingsError(
            f"WORLD_SIZE is set, and RANK or LOCAL_RANK is not a number ({clause(error)}): start the engine with"
            " torchrun, or unset WORLD_SIZE."
        ) from error
    from engine.team.processes import Processes

    team = Processes(rank, size, card)
    if rank == 0:  # the others have nothing to save
        signal.signal(signal.SIGTERM, team.end)
    try:
        yield team
    except Exception as error:
        team.confess(error)
        raise
