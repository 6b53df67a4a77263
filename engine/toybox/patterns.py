"""The patterns of the Toybox world: which places of an object have its second colour.

A pattern is a function of points (N, 3) in the object's own frame, in which the catalogue makes it, so that it is
stretched and made smaller with it. The planes in which stripes and checkers change lie where few objects have a face.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Pattern = Callable[[Tensor], Tensor]

BAND = 0.17
"""Height of a stripe."""
CELL = 0.27
"""Side of a checker."""
GRID, SPOT = 0.3, 0.1
"""Distance of spots in a row, and their radius."""


def striped(points: Tensor) -> Tensor:
    """Bands along z.

    >>> striped(torch.tensor([[0.5, 0.0, 0.0], [0.0, 0.5, 0.17], [0.0, 0.0, 0.34], [0.0, 0.0, -0.17]]))
    tensor([False,  True, False,  True])
    """
    return (points[:, 2] / BAND).round() % 2 == 1


def spotted(points: Tensor) -> Tensor:
    """Balls at the corners and in the middle of the cells of a grid: every plane along two axes is near enough to some.

    >>> spotted(torch.tensor([[0.15, 0.15, 0.15], [0.0, 0.0, 0.0], [0.15, 0.15, 0.0], [0.15, 0.15, 0.1]]))
    tensor([ True,  True, False,  True])
    """
    corner = points / GRID - (points / GRID).round()
    middle = 0.5 - corner.abs()
    return torch.minimum(corner.norm(dim=-1), middle.norm(dim=-1)) < SPOT / GRID


def checkered(points: Tensor) -> Tensor:
    """Cubes in turn along every axis.

    >>> checkered(torch.tensor([[0.0, 0.0, 0.0], [0.27, 0.0, 0.0], [0.27, -0.27, 0.0], [0.27, 0.27, 0.27]]))
    tensor([False,  True, False,  True])
    """
    return (points / CELL).round().sum(-1) % 2 == 1


PATTERNS: dict[str, Pattern] = {"striped": striped, "spotted": spotted, "checkered": checkered}
"""Each by its word."""
