"""Slopes of functions in space that are known only by their values."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

TETRAHEDRON = ((1.0, -1.0, -1.0), (-1.0, -1.0, 1.0), (-1.0, 1.0, -1.0), (1.0, 1.0, 1.0))
"""Corners whose differences give a gradient with four values, where central differences along the axes take six."""


def uphill(function: Callable[[Tensor], Tensor], points: Tensor, step: float) -> Tensor:
    """Vectors (N, 3) along the gradient at `points` (N, 3), 4 `step` times as long: sums over a tetrahedron of half
    width `step` of its corners, times the `function`, (M, 3) to (M,), there.

    >>> import torch
    >>> uphill(lambda points: points[:, 0], torch.zeros(1, 3), 0.25)
    tensor([[1., 0., 0.]])
    """
    corners = points.new_tensor(TETRAHEDRON)
    around = points[:, None] + step * corners
    return (function(around.reshape(-1, 3)).view(-1, 4, 1) * corners).sum(1)
