"""Volume quadrature along rays (DreamFusion, equation 5; Max 1995)."""

from __future__ import annotations

import torch
from torch import Tensor


def weights_from_density(density: Tensor, step: float | Tensor) -> Tensor:
    """Weights w_i = a_i prod_{j<i} (1 - a_j) with a_i = 1 - exp(-tau_i delta_i).

    Args:
        density: (R, S) tau, per scene unit, front to back.
        step: delta, in scene units, one number or (R, S).

    Returns:
        (R, S) in [0, 1]; a row's sum is the ray's opacity, 1 - prod (1 - a_i).

    >>> weights_from_density(-torch.log1p(-torch.tensor([[.3, .8, .8, .5]])), 1.0)
    tensor([[0.3000, 0.5600, 0.1120, 0.0140]])
    """
    depth = density * step
    before = torch.cumsum(depth, -1) - depth
    return torch.exp(-before) * -torch.expm1(-depth)
