"""The equations of score distillation and of its relatives."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.guidance.prior import Caption
from engine.guidance.sds import (
    add_noise,
    bridge,
    clean_from_noise,
    clean_gradient,
    guide,
    perp_neg,
    perpendicular,
    rescale,
    sample_timesteps,
    sds_gradient,
    surrogate_loss,
    timestep_range,
    timestep_weight,
)
from tests.engine.analytic import GaussianPrior

MEAN = [[[0.3]], [[-0.2]], [[0.1]]]
SHARES = st.floats(0.02, 0.98)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@given(SHARES)
def test_clean_images_and_noise_are_each_others_inverse(level):
    prior = GaussianPrior(MEAN)
    at = torch.tensor([int(level * 1000)] * 2)
    clean, noise = torch.randn(2, 2, 3, 4, 4, generator=generator())
    alpha, sigma = prior.alpha[at], prior.sigma[at]
    back = clean_from_noise(add_noise(clean, noise, alpha, sigma), noise, alpha, sigma)
    torch.testing.assert_close(back, clean, atol=1e-4, rtol=1e-4)


@given(st.floats(0, 30))
def test_guidance_is_diffusers_convention(scale):
    conditional, unconditional = torch.tensor([1.0]), torch.tensor([0.5])
    assert guide(conditional, unconditional, scale).item() == pytest.approx(0.5 + scale * 0.5)
    assert guide(conditional, unconditional, 1.0) == conditional
    assert guide(conditional, unconditional, 0.0) == unconditional


def test_rescale_gives_the_conditionals_contrast_back():
    guided, conditional = (
        5 * torch.randn(4, 3, 8, 8, generator=generator()),
        torch.randn(4, 3, 8, 8, generator=generator(1)),
    )
    assert torch.equal(rescale(guided, conditional, 0.0), guided)
    spread = lambda images: images.std((1, 2, 3))
    torch.testing.assert_close(spread(rescale(guided, conditional, 1.0)), spread(conditional))
    half = (spread(guided) + spread(conditional)) / 2
    torch.testing.assert_close(spread(rescale(guided, conditional, 0.5)), half)
    assert torch.isfinite(rescale(torch.ones(1, 3, 8, 8), torch.ones(1, 3, 8, 8), 0.5)).all()


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
def test_the_expected_gradient_of_equation_3(level):
    prior, count = GaussianPrior(MEAN, spread=0.3), 20_000
    at = torch.full((count,), int(level * 1000))
    alpha, sigma = prior.alpha[at], prior.sigma[at]
    weight = timestep_weight(sigma, "sigma2")
    x = torch.tensor([0.7, -0.8, 0.0]).view(1, 3, 1, 1).expand(count, 3, 1, 1)
    noise = torch.randn(count, 3, 1, 1, generator=generator())
    predicted = prior.predict_noise(add_noise(x, noise, alpha, sigma), at, [Caption("a mug")] * count)
    found = sds_gradient(predicted, noise, weight)
    a, s, w = alpha[0], sigma[0], sigma[0] ** 2
    expected = w * s * a * (x[0] - prior.mean) / (a**2 * 0.3**2 + s**2)
    error = found.std(0) / count**0.5
    assert ((found.mean(0) - expected).abs() < 5 * error + 1e-6).all()
    assert (error < 0.03 * expected.abs().max()).all()


@given(SHARES)
def test_both_forms_of_the_gradient_agree(level):
    prior, at = GaussianPrior(MEAN), torch.tensor([int(level * 1000)] * 2)
    images, noise, predicted = torch.randn(3, 2, 3, 4, 4, dtype=torch.float64, generator=generator())
    alpha, sigma, weight = (
        prior.alpha[at].double(),
        prior.sigma[at].double(),
        torch.tensor([0.3, 2.0], dtype=torch.float64),
    )
    target = clean_from_noise(add_noise(images, noise, alpha, sigma), predicted, alpha, sigma)
    torch.testing.assert_close(
        clean_gradient(images, target, weight), sds_gradient(predicted, noise, weight * sigma / alpha)
    )


def rows(seed: int, count: int = 1):
    """`count` batches of two images, in double precision."""
    drawn = torch.randn(count, 2, 3, 4, 4, dtype=torch.float64, generator=generator(seed))
    return drawn if count > 1 else drawn[0]


@given(st.integers(0, 2**31), st.floats(0.01, 100))
def test_what_is_perpendicular_has_no_part_along_the_direction(seed, length):
    vector, direction = rows(seed, 2)
    rest = perpendicular(vector, length * direction)
    along = (rest * direction).sum((1, 2, 3)) / (direction * direction).sum((1, 2, 3))
    assert (along.abs() < 1e-9).all()
    # and what was taken away is along it, by the same share everywhere
    shares = (vector - rest) / direction
    torch.testing.assert_close(shares, shares[:, :1, :1, :1].expand_as(shares))
    torch.testing.assert_close(perpendicular(rest, direction), rest)


def test_nothing_is_perpendicular_to_itself_and_all_is_to_nothing():
    vector = rows(0)
    assert perpendicular(vector, vector).abs().max() < 1e-12
    assert torch.equal(perpendicular(vector, torch.zeros_like(vector)), vector)


@given(st.integers(0, 2**31), st.floats(0, 20), st.floats(0, 3))
def test_perp_neg_leaves_guidance_along_the_prompt_as_it_is(seed, scale, weight):
    conditional, unconditional, negative = rows(seed, 3)
    found = perp_neg(conditional, unconditional, (negative,), torch.full((1, 2), weight), scale)
    change = found - guide(conditional, unconditional, scale)
    assert ((change * (conditional - unconditional)).sum((1, 2, 3)).abs() < 1e-6).all()
    # and it is away from the negative
    away = (change * (negative - unconditional)).sum((1, 2, 3))
    assert (away <= 1e-6).all()


def test_perp_neg_by_hand():
    """One pixel of two channels: d = (2, 0); negatives (1, 1) and (0, 3) lose their first channel and are taken off."""
    as_image = lambda *channels: torch.tensor(channels).view(1, 2, 1, 1)
    uncond = as_image(1.0, 1.0)
    against = uncond + as_image(1.0, 1.0), uncond + as_image(0.0, 3.0)
    found = perp_neg(uncond + as_image(2.0, 0.0), uncond, against, torch.tensor([[0.5], [2.0]]), 10.0)
    torch.testing.assert_close(found, as_image(1 + 10 * 2.0, 1 - 10 * (0.5 * 1 + 2 * 3)))


def test_the_bridge_is_the_plain_difference():
    good, bad, noise = rows(0, 3)
    weight = torch.tensor([0.3, 2.0], dtype=torch.float64)
    found = sds_gradient(bridge(good, bad, noise, 7.0), noise, weight)
    torch.testing.assert_close(found, weight.view(2, 1, 1, 1) * 7.0 * (good - bad))


def test_weights_of_timesteps():
    sigma = torch.tensor([0.1, 0.5])
    torch.testing.assert_close(timestep_weight(sigma, "sigma2"), torch.tensor([0.01, 0.25]))
    assert torch.equal(timestep_weight(sigma, "uniform"), torch.ones(2))


def test_attach_gives_images_the_mean_gradient():
    images, gradient = torch.rand(4, 3, 2, 2, requires_grad=True), torch.randn(4, 3, 2, 2, requires_grad=True)
    surrogate_loss(images, gradient).backward()
    torch.testing.assert_close(images.grad, gradient / 4)
    assert gradient.grad is None


def test_the_range_of_timesteps_moves_linearly():
    first, last = (0.3, 0.98), (0.1, 0.5)
    assert timestep_range(0.0, first, last) == first
    assert timestep_range(1.0, first, last) == pytest.approx(last)
    assert timestep_range(0.5, first, last) == pytest.approx((0.2, 0.74))


@given(st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted), st.integers(1, 1000))
def test_timesteps_keep_to_their_range(limits, length):
    drawn = sample_timesteps(200, tuple(limits), length, generator())
    assert drawn.dtype == torch.int64
    low, high = (limit * length for limit in limits)
    assert drawn.min() >= min(int(low - 1e-3), length - 1) and drawn.max() <= min(
        high + 1e-3, length - 1
    )  # single precision


def test_timesteps_are_uniform():
    drawn = sample_timesteps(50_000, (0.2, 0.6), 1000, generator()).float()
    assert drawn.mean().item() == pytest.approx(399.5, abs=2) and drawn.std().item() == pytest.approx(
        400 / 12**0.5, rel=0.02
    )
