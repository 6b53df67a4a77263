"""How fast what is learned moves: Adam's rates, and their share at each step of a run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class OptimiserSettings:
    """Adam's rates."""

    grid_rate: float = 0.06
    """Learning rate of the feature grids."""
    decoder_rate: float = 0.005
    """Learning rate of the feature grids' MLP."""
    mlp_rate: float = 0.001
    """Learning rate of the paper's field and of a learned background."""
    warm_up: float = 0.02
    """Share of the run over which the rates rise, linearly from zero."""
    final: float = 0.2
    """Share of the rates that is left at the last step, after cosine decay."""
