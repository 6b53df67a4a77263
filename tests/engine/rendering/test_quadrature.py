"""Volume quadrature against its closed forms (DreamFusion, equation 5)."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.rendering.quadrature import weights_from_density

DENSITIES = st.lists(st.floats(0, 50), min_size=1, max_size=24)


def weights_of_alphas(*alphas: float) -> torch.Tensor:
    return weights_from_density(-torch.log1p(-torch.tensor([alphas])), 1.0)[0]


def test_reference_vectors():
    torch.testing.assert_close(weights_of_alphas(0.4), torch.tensor([0.4]))
    torch.testing.assert_close(weights_of_alphas(0.3, 0.8, 0.8, 0.5), torch.tensor([0.3, 0.56, 0.112, 0.014]))


def test_transmittance_is_what_the_weights_leave():
    weights, alphas = weights_of_alphas(0.3, 0.8, 0.8, 0.5), torch.tensor([0.3, 0.8, 0.8, 0.5])
    torch.testing.assert_close(weights / alphas, torch.tensor([1, 0.7, 0.14, 0.028]))


@pytest.mark.parametrize("samples", [1, 2, 7, 64, 1000])
def test_a_slab_is_exact_at_any_sample_count(samples):
    tau, length = 1.7, 0.9
    weights = weights_from_density(torch.full((1, samples), tau, dtype=torch.float64), length / samples)
    assert weights.sum().item() == pytest.approx(1 - math.exp(-tau * length), rel=1e-12)


@given(DENSITIES, st.floats(0.001, 0.5))
def test_the_sum_of_weights_is_one_minus_the_product_of_transmittances(densities, step):
    density = torch.tensor([densities], dtype=torch.float64)
    weights = weights_from_density(density, step)
    assert (weights >= 0).all()
    through = torch.exp(-density * step).prod()
    assert weights.sum().item() == pytest.approx(1 - through.item(), abs=1e-12)


@given(DENSITIES, st.integers(0, 23), st.floats(0.05, 0.95))
def test_weights_do_not_change_when_an_interval_is_split(densities, place, share):
    place %= len(densities)
    density = torch.tensor([densities], dtype=torch.float64)
    steps = torch.full_like(density, 0.1)
    whole = weights_from_density(density, steps)[0]
    split = torch.cat([density[:, : place + 1], density[:, place:]], -1)
    parts = torch.cat([steps[:, : place + 1], steps[:, place:]], -1)
    parts[0, place], parts[0, place + 1] = 0.1 * share, 0.1 * (1 - share)
    halves = weights_from_density(split, parts)[0]
    assert (halves[place] + halves[place + 1]).item() == pytest.approx(whole[place].item(), abs=1e-12)
    kept = torch.cat([halves[:place], halves[place + 2 :]])
    torch.testing.assert_close(kept, torch.cat([whole[:place], whole[place + 1 :]]), atol=1e-12, rtol=0)


def test_gradients_match_finite_differences():
    density = torch.rand(3, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).mul(4).requires_grad_()
    assert torch.autograd.gradcheck(lambda d: weights_from_density(d, 0.2), density)


def test_tiny_densities_keep_their_digits_in_single_precision():
    assert weights_from_density(torch.tensor([[1e-8]]), 1.0).item() == pytest.approx(1e-8, rel=1e-5)
