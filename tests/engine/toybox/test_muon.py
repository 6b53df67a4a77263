"""Muon against torch's, which computes in bfloat16, and against what orthogonalising means."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.toybox.muon import Muon, orthogonalised


def matrix(rows: int, columns: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))


@given(st.integers(1, 24), st.integers(1, 24), st.floats(1e-3, 1e3), st.integers(0, 99))
def test_singular_values_come_close_to_one_and_vectors_stay(rows, columns, size, seed):
    found = orthogonalised(size * matrix(rows, columns, seed)[None])[0].double()
    left, values, right = torch.linalg.svd(matrix(rows, columns, seed).double(), full_matrices=False)
    turned = left.T @ found @ right.T
    torch.testing.assert_close(turned, turned.diagonal().diag(), atol=1e-3, rtol=0)
    large = values > 0.05 * values.norm()
    assert ((turned.diagonal()[large] > 0.6) & (turned.diagonal()[large] < 1.3)).all()


@pytest.mark.parametrize("shape", [(48, 48), (96, 24), (24, 96)])
def test_its_steps_are_torchs_but_for_bfloat16(shape):
    ours, theirs = (matrix(*shape).requires_grad_() for _ in range(2))
    one = Muon([ours], rate=5e-3, decay=0.01)
    other = torch.optim.Muon([theirs], lr=5e-3, weight_decay=0.01, adjust_lr_fn="match_rms_adamw")
    for step in range(3):
        ours.grad, theirs.grad = matrix(*shape, seed=step + 1), matrix(*shape, seed=step + 1)
        one.step()
        other.step()
    moved = (theirs - matrix(*shape)).norm()
    assert (ours - theirs).norm() < 0.02 * moved


def test_matrices_of_one_shape_move_as_each_alone_would():
    shapes = [(8, 8), (8, 24), (8, 8), (24, 8), (8, 24)]
    together, alone = ([matrix(*shape, seed).requires_grad_() for seed, shape in enumerate(shapes)] for _ in range(2))
    optimisers = [Muon(together, rate=5e-3), *(Muon([each], rate=5e-3) for each in alone)]
    for step in range(2):
        for seed, pair in enumerate(zip(together, alone)):
            for each in pair:
                each.grad = matrix(*each.shape, seed=10 * step + seed)
        for optimiser in optimisers:
            optimiser.step()
    for one, other in zip(together, alone):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


def test_a_matrix_without_a_gradient_stays():
    still = matrix(4, 4).requires_grad_()
    Muon([still], rate=1.0).step()
    assert torch.equal(still, matrix(4, 4))
