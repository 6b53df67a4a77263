"""Trilinear reads of feature grids: `F.grid_sample` on any device, and a sparse matrix where that is faster."""

from __future__ import annotations

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor
from torch.nn import functional as F


def read_grid(grid: Tensor, points: Tensor) -> Tensor:
    """Features (N, C) of a grid at points (N, 3), as `F.grid_sample` reads it with corners aligned and borders
    repeated.

    On a processor the grid's gradient takes a fifth of the time that `F.grid_sample` needs; the points then get none.

    Args:
        grid: (R, R, R, C), indexed by z, y, x: a vertex's features lie side by side, since they are read together.
        points: (N, 3) in [-1, 1]^3, x, y, z.

    >>> grid = torch.arange(8.0).view(2, 2, 2, 1)
    >>> read_grid(grid, torch.tensor([[-1.0, -1.0, -1.0], [1.0, -1.0, -1.0], [0.0, 0.0, 0.0]])).squeeze(1)
    tensor([0.0000, 1.0000, 3.5000])
    """
    if grid.device.type != "cpu" or points.requires_grad:
        return sample_grid(grid, points)
    return _MatrixProduct.apply(grid.view(-1, grid.shape[-1]), interpolation_matrix(points, len(grid)))


def sample_grid(grid: Tensor, points: Tensor) -> Tensor:
    """The same by `F.grid_sample`, as on a graphics card."""
    volume, where = grid.permute(3, 0, 1, 2)[None], points.view(1, -1, 1, 1, 3)
    return F.grid_sample(volume, where, align_corners=True, padding_mode="border").view(grid.shape[-1], -1).t()


@torch.no_grad()
def interpolation_matrix(points: Tensor, side: int) -> csr_array:
    """What turns a column of `side`^3 vertices, x fastest, into trilinear reads at points (N, 3): (N, side^3), with
    eight weights a row that add up to one."""
    place = (points.t() + 1).mul_((side - 1) / 2).clamp_(0, side - 1)
    corner = place.int().clamp_max_(side - 2)
    x, y, z = place.sub_(corner)
    weights = torch.empty(8, len(points))  # a row for each corner of the cell: each product fills one
    below, above = weights[:4], weights[4:]
    for number, (left, right) in enumerate(((1 - x, 1 - y), (x, 1 - y), (1 - x, y), (x, y))):
        torch.mul(left, right, out=below[number])
    torch.mul(below, z, out=above)
    below -= above
    i, j, k = corner
    around = [dx + side * (dy + side * dz) for dz in (0, 1) for dy in (0, 1) for dx in (0, 1)]
    vertices = (i + side * (j + side * k))[:, None] + torch.tensor(around, dtype=torch.int32)
    rows = np.arange(0, 8 * len(points) + 1, 8, dtype=np.int32)
    return csr_array((weights.t().numpy().ravel(), vertices.numpy().ravel(), rows), shape=(len(points), side**3))


class _MatrixProduct(torch.autograd.Function):
    """A sparse matrix of constants times a dense one, (N, M) (M, C), differentiable in the dense one."""

    @staticmethod
    def forward(ctx, table: Tensor, matrix: csr_array) -> Tensor:
        """The product."""
        ctx.matrix = matrix
        return torch.from_numpy(matrix @ table.numpy())

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        """The gradient of the dense matrix, from that of the product (N, C)."""
        return torch.from_numpy(ctx.matrix.T @ gradient.numpy()), None
