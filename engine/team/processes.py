"""One of several processes at work on one run, by torch.distributed; only loaded where there are several."""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import NoReturn

import torch
import torch.distributed as dist
from torch import Tensor

from engine.errors import explain
from engine.run.exits import clause
from engine.team import LONGEST_WORD, Team, TeamError

MEETING = timedelta(minutes=5)
"""In which all processes have to be there."""
PATIENCE = 1800.0
"""Seconds that a process waits for the others in a step. One that has died is noticed at once, one that hangs is
not."""
FOREVER = timedelta(days=365)
"""The limit that torch is told: the one above holds, and a run may be paused for days."""
FAILED = "failed"
"""The key under which a process that fails leaves its last words for the others."""


class Processes(Team):
    """One of several processes. All must ask for the same in the same order.

    Gradients travel over NCCL between the cards that it knows, and else, through main memory, over Gloo, as do words
    and flags.

    Args:
        rank, size, card: as in `Team`; where to meet, the environment says (MASTER_ADDR and MASTER_PORT).

    Raises:
        TeamError: here and in every method, when the others are not there, or no longer.
    """

    def __init__(self, rank: int, size: int, card: int):
        self.rank, self.size, self.card = rank, size, card
        if not dist.is_available():
            raise TeamError("This torch was built for one process alone: install another, or start one process.")
        self._over_nccl = torch.cuda.is_available() and dist.is_nccl_available()
        try:
            self._store, *_ = next(dist.rendezvous("env://", timeout=MEETING))
            self._store.set(f"here {rank}", "")
            self._store.wait([f"here {other}" for other in range(size)], MEETING)
            dist.init_process_group(
                "cpu:gloo,cuda:nccl" if self._over_nccl else "gloo", timeout=FOREVER,
                store=dist.PrefixStore("team", self._store), rank=rank, world_size=size,
            )
        except (RuntimeError, ValueError) as error:
            raise TeamError(
                f"The run's {size} processes did not find each other ({clause(error)}): start them with torchrun."
            ) from error

    def word(self, text: str = "") -> str:
        """See Team."""
        letters = torch.tensor(list(text.encode().ljust(LONGEST_WORD)), dtype=torch.uint8)
        heard = self._carry(dist.broadcast, letters, 0, patience=math.inf)
        return bytes(heard.tolist()).decode().rstrip()

    def any(self, flag: bool) -> bool:
        """See Team."""
        return bool(self._carry(dist.all_reduce, torch.tensor([int(flag)]), patience=PATIENCE))

    def add_up(self, parameters: list[Tensor], number: float) -> float:
        """See Team. There is one sum: of the gradients, the number, and how many processes have each gradient."""
        found = [parameter.grad for parameter in parameters]
        flat = torch.cat([
            (torch.zeros_like(parameter) if gradient is None else gradient).reshape(-1)
            for parameter, gradient in zip(parameters, found)
        ])
        told = flat.new_tensor([number, *(gradient is not None for gradient in found)])
        sizes = [*(parameter.numel() for parameter in parameters), len(told)]
        *sums, told = self._carry(dist.all_reduce, torch.cat([flat, told]), patience=PATIENCE).split(sizes)
        number, *counts = told.tolist()
        for parameter, gradient, count in zip(parameters, sums, counts):
            parameter.grad = gradient.view_as(parameter) if count else None
        return number

    @torch.no_grad()
    def unite(self, parameters: list[Tensor]) -> None:
        """See Team."""
        for parameter in parameters:
            parameter.copy_(self._carry(dist.broadcast, parameter.detach(), 0, patience=PATIENCE))

    def confess(self, error: Exception) -> None:
        """Tell the others why this process is about to leave, if it is its own fault and the first to be one."""
        with suppress(RuntimeError):  # who keeps what is said may have left already
            if not isinstance(error, TeamError) and not self._store.check([FAILED]):
                self._store.set(FAILED, clause(explain(error)))

    def end(self, *_: object) -> NoReturn:
        """Leave, as torchrun tells those that are left by a signal when one has died."""
        raise self._error(
            "The run's processes were told to end, most likely since one had died: look at what torchrun printed, then"
            " resume the run."
        )

    def _travels(self, tensor: Tensor) -> bool:
        """Whether a tensor can be sent from where it is."""
        return tensor.device.type == "cpu" or (tensor.device.type == "cuda" and self._over_nccl)

    def _carry(self, operation: Callable[..., dist.Work], tensor: Tensor, *others: int, patience: float) -> Tensor:
        """What an operation among all processes makes of a tensor.

        It is waited for here and not in torch, where no signal is heard, nor over NCCL that another process has died.
        """
        carried = tensor if self._travels(tensor) else tensor.cpu()
        began = time.monotonic()
        try:
            work = operation(carried, *others, async_op=True)
            while not work.is_completed():
                waited = time.monotonic() - began
                if waited > patience:
                    raise self._error(
                        f"One of the run's {self.size} processes has not answered for {patience / 60:.0f} minutes: end"
                        " those that are left, then resume the run."
                    )
                time.sleep(min(0.05, max(1e-4, waited / 10)))
            work.wait()
        except RuntimeError as error:
            raise self._error(
                f"One of the run's {self.size} processes has died without a word: resume the run, with any number."
            ) from error
        return carried.to(tensor.device)

    def _error(self, sentence: str) -> TeamError:
        """What has happened, if a process has left word of it; otherwise the sentence."""
        if self.rank == 0:  # there is something to save now, which torchrun's signal must not interrupt
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with suppress(RuntimeError):  # see above
            if self._store.check([FAILED]):
                why = self._store.get(FAILED).decode()
                sentence = f"One of the run's {self.size} processes failed ({why}): resume the run, with any number."
        return TeamError(sentence)
