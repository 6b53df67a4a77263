"""Asking a field at many points, a chunk at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from engine.run.exits import EngineError

CHUNK = 1 << 17
"""Points a call: large enough to keep two cores or a GPU busy, small enough for a few tens of MB of activations."""


class FieldError(EngineError, ValueError):
    """A field that can not be meshed; the message says why and what to do."""


@torch.no_grad()
def query(function: Callable[[torch.Tensor], torch.Tensor], points: torch.Tensor) -> np.ndarray:
    """`function` at `points` (N, 3), N > 0, as a float32 array of N rows.

    Raises FieldError if `function` returns a number that is not finite.
    """
    values = np.concatenate([function(chunk).float().cpu().numpy() for chunk in points.split(CHUNK)])
    if not np.isfinite(values).all():
        raise FieldError("The field holds numbers that are not finite: the optimisation has diverged, so restart it.")
    return values
