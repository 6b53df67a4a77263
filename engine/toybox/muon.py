"""Muon, the optimiser of the transformer's matrices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor

from engine.device import multiplies_bfloat16

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the odd polynomial of degree 5 that takes singular values from 0 to 1 close to 1, fast."""
ROUNDS = 5
MOMENTUM = 0.95
"""Share of the past in the average, Nesterov's."""


def orthogonalised(matrices: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Matrices (B, N, M) with their singular values brought close to 1, their singular vectors kept, by Newton and
    Schulz.

    >>> orthogonalised(torch.tensor([[[3.0, 0.0], [0.0, 3.0]]]))[0].diagonal() > 0.6
    tensor([True, True])
    """
    wide = matrices.shape[1] <= matrices.shape[2]
    current = (matrices if wide else matrices.mT).to(dtype)
    current = current / current.norm(dim=(1, 2), keepdim=True).clamp_min(1e-7)
    a, b, c = COEFFICIENTS
    for _ in range(ROUNDS):
        gram = current @ current.mT
        current = torch.baddbmm(current, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), current, beta=a)
    return (current if wide else current.mT).to(matrices.dtype)


class Muon(torch.optim.Optimizer):
    """Momentum whose every step has singular values of one size (Jordan et al., "Muon: An optimizer for hidden layers",
    2024), as large a step as AdamW's (Liu et al., arXiv 2502.16982).

    torch.optim.Muon is the same in bfloat16 on every machine; a processor that must emulate it takes ten times as long
    for a step as for the network.

    Args:
        matrices: parameters (N, M).
        rate: the learning rate, as AdamW's.
        decay: of the weights, decoupled.
    """

    def __init__(self, matrices: Iterable[Tensor], rate: float, decay: float = 0.0):
        super().__init__(matrices, {"lr": rate, "decay": decay})

    @torch.no_grad()
    def step(self) -> None:
        """One step by the gradients on the matrices; those of one shape are orthogonalised together."""
        for group in self.param_groups:
            alike = defaultdict(list)
            for matrix in group["params"]:
                if matrix.grad is not None:
                    alike[matrix.shape].append(matrix)
            for matrices in alike.values():
                self._move(matrices, group["lr"], group["decay"])

    def _move(self, matrices: list[Tensor], rate: float, decay: float) -> None:
        steps = []
        for matrix in matrices:
            past = self.state[matrix].setdefault("momentum_buffer", torch.zeros_like(matrix))
            past.lerp_(matrix.grad, 1 - MOMENTUM)
            steps.append(matrix.grad.lerp(past, MOMENTUM))
        fast = torch.bfloat16 if multiplies_bfloat16(matrices[0].device) else torch.float32
        for matrix, step in zip(matrices, orthogonalised(torch.stack(steps), fast)):
            matrix.mul_(1 - rate * decay).add_(step, alpha=-rate * 0.2 * max(matrix.shape) ** 0.5)
