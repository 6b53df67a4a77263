"""What all trainings share: AdamW at a rate that falls as a cosine, and an average of the weights."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from copy import deepcopy

import torch
from torch import Tensor, nn

WARM_UP = 100
"""Iterations over which the rate rises."""
DECAY = 0.995
"""Of the average."""
TOLD_EVERY = 50
"""Iterations between lines on the loss."""

Progress = Callable[[], float]
"""Share of a training that is done, asked for before each iteration."""


def clock(minutes: float) -> Progress:
    """Progress by the time that has passed since it was first asked for."""
    asked: list[float] = []

    def progress() -> float:
        """See `Progress`."""
        asked.append(time.monotonic())
        del asked[1:-1]
        return (asked[-1] - asked[0]) / (60 * minutes)

    return progress


def rate_share(step: int, progress: float) -> float:
    """The share of the full rate at a step.

    >>> rate_share(1_000, 0.5)
    0.5
    """
    return min(1.0, (step + 1) / WARM_UP) * (1 + math.cos(math.pi * min(progress, 1.0))) / 2


def train(networks: nn.Module, loss_of: Callable[[], Tensor], rate: float, progress: Progress) -> nn.Module:
    """Train networks until progress is 1; returns the average of their weights.

    Raises:
        FloatingPointError: the loss is not finite.
    """
    average = deepcopy(networks).requires_grad_(False)
    optimiser = torch.optim.AdamW(networks.parameters(), lr=rate, betas=(0.9, 0.99), weight_decay=0.01)
    step, smooth, began = 0, math.nan, time.monotonic()
    while (done := progress()) < 1:
        for group in optimiser.param_groups:
            group["lr"] = rate * rate_share(step, done)
        loss = loss_of()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(networks.parameters(), 1.0)
        optimiser.step()
        step += 1
        weights = [parameter.detach() for parameter in networks.parameters()]
        torch._foreach_lerp_(list(average.parameters()), weights, 1 - min(DECAY, step / (9 + step)))
        value = loss.item()
        if not math.isfinite(value):
            raise FloatingPointError(f"the loss is {value} at step {step}")
        smooth = value if math.isnan(smooth) else 0.98 * smooth + 0.02 * value
        if step % TOLD_EVERY == 0:
            print(f"step {step}, {time.monotonic() - began:.0f} s, loss {smooth:.4f}", flush=True)
    return average.eval()
