"""Asking a field at many points, a chunk at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from engine.run.exits import EngineError
from engine.workers import cores

CHUNK = 1 << 17
"""Points a call on a graphics card: a few tens of MB of activations."""
CHUNK_CPU = 1 << 15
"""Points a call on a processor, where each core asks for some: what they need stays in its cache."""


class FieldError(EngineError, ValueError):
    """A field that cannot be meshed; the message says why and what to do."""


def query(function: Callable[[torch.Tensor], torch.Tensor], points: torch.Tensor) -> np.ndarray:
    """`function` at `points` (N, 3), N > 0, as a float32 array of N rows.

    Raises FieldError if `function` returns a number that is not finite.
    """

    @torch.no_grad()  # here, since each thread has a switch of its own
    def ask(chunk: torch.Tensor) -> np.ndarray:
        """The function's values at some of the points."""
        return function(chunk).float().cpu().numpy()

    if points.device.type == "cpu":
        with ThreadPoolExecutor(cores()) as pool:
            values = np.concatenate(list(pool.map(ask, points.split(CHUNK_CPU))))
    else:
        values = np.concatenate([ask(chunk) for chunk in points.split(CHUNK)])
    if not np.isfinite(values).all():
        raise FieldError("The field holds numbers that are not finite: the optimisation has diverged, so restart it.")
    return values
