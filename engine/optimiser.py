"""How fast what is learned moves: Adam's rates, and their share at each step of a run."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.limits import Rate, Share


@dataclass
class OptimiserSettings:
    """Adam's rates."""

    grid_rate: Rate = 0.06
    """Learning rate of the feature grids."""
    decoder_rate: Rate = 0.005
    """Learning rate of the feature grids' MLP."""
    mlp_rate: Rate = 0.001
    """Learning rate of the paper's field and of a learned background."""
    warm_up: Share = 0.02
    """Share of the run over which the rates rise, linearly from zero."""
    final: Share = 0.2
    """Share of the rates that is left at the last step, after cosine decay."""


def rate_share(settings: OptimiserSettings, step: int, steps: int) -> float:
    """Share of the learning rates at a step of `steps`, in [0, 1]: a linear warm-up, then cosine decay.

    >>> [round(rate_share(OptimiserSettings(warm_up=0.2, final=0.1), step, 10), 3) for step in (0, 1, 2, 6, 9)]
    [0.5, 1.0, 1.0, 0.55, 0.134]
    """
    warm_up = settings.warm_up * steps
    if step < warm_up:
        return min(1.0, (step + 1) / warm_up)
    done = (step - warm_up) / (steps - warm_up)
    return settings.final + (1 - settings.final) * 0.5 * (1 + math.cos(math.pi * done))
