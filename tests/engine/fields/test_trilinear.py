"""Sparse trilinear reads against F.grid_sample."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from engine.fields.trilinear import interpolation_matrix, read_grid


def reference(grid, points):
    """What F.grid_sample reads: (N, C)."""
    volume, where = grid.permute(3, 0, 1, 2)[None], points.view(1, -1, 1, 1, 3)
    return F.grid_sample(volume, where, align_corners=True, padding_mode="border").view(grid.shape[-1], -1).t()


@pytest.mark.parametrize("side", [2, 3, 16, 31])
def test_values_and_gradients_are_those_of_grid_sample(side):
    generator = torch.Generator().manual_seed(side)
    points = torch.rand(500, 3, generator=generator) * 2.4 - 1.2  # some are outside of the cube
    points[:27] = torch.cartesian_prod(*[torch.tensor([-1.0, 0.0, 1.0])] * 3)
    grid = torch.randn(side, side, side, 5, generator=generator).requires_grad_()
    upstream = torch.randn(500, 5, generator=generator)
    ours, theirs = read_grid(grid, points), reference(grid, points)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
    mine, its = (torch.autograd.grad(read, grid, upstream)[0] for read in (ours, theirs))
    torch.testing.assert_close(mine, its, atol=1e-5, rtol=1e-5)


@given(st.integers(2, 40), st.lists(st.tuples(*[st.floats(-1.5, 1.5, width=32)] * 3), max_size=20))
def test_weights_are_a_share_of_one(side, points):
    matrix = interpolation_matrix(torch.tensor(points).view(-1, 3), side)
    assert (matrix.data >= 0).all() and matrix.shape == (len(points), side**3)
    assert matrix.sum(1) == pytest.approx(1, abs=1e-5)


def test_a_linear_function_is_read_exactly():
    axis = torch.linspace(-1, 1, 7)
    z, y, x = torch.meshgrid(axis, axis, axis, indexing="ij")
    points = torch.rand(100, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    read = read_grid((1 + 2 * x - 3 * y + 5 * z)[..., None], points)
    torch.testing.assert_close(read[:, 0], 1 + points @ torch.tensor([2.0, -3.0, 5.0]), atol=1e-5, rtol=0)


def test_points_that_need_a_gradient_get_one():
    grid = torch.randn(4, 4, 4, 2, generator=torch.Generator().manual_seed(0))
    points = torch.zeros(1, 3, requires_grad=True)
    assert torch.autograd.grad(read_grid(grid, points).sum(), points)[0].abs().sum() > 0


def test_no_points():
    assert read_grid(torch.ones(4, 4, 4, 3), torch.zeros(0, 3)).shape == (0, 3)
