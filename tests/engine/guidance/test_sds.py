"""Score distillation with a Gaussian prior, whose expected gradient has a closed form, by the engine's own code."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.fields import FieldSettings
from engine.fields.grid import GridSettings
from engine.guidance.sds import (
    add_noise,
    attach,
    clean_from_noise,
    clean_gradient,
    guide,
    rescale,
    sample_timesteps,
    sds_gradient,
    timestep_range,
)
from engine.optimise import Optimisation
from engine.settings import EngineSettings, GuidanceSettings
from tests.engine.analytic import GaussianPrior

MEAN = [[[0.3]], [[-0.2]], [[0.1]]]
SHARES = st.floats(0.02, 0.98)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def optimisation(prior, level: float, **guidance) -> Optimisation:
    """The engine's loop with timestep `level` (a share of the schedule) and nothing else at random but the noise."""
    settings = EngineSettings(
        field=FieldSettings(grid=GridSettings(resolutions=(4,), channels=2, hidden=4)),
        guidance=GuidanceSettings(timesteps_first=(level, level), timesteps_last=(level, level), **guidance),
    )
    return Optimisation("anything", prior, settings, 0, torch.device("cpu"))


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


def test_rescale_gives_the_conditionals_contrast_back():
    guided, conditional = (
        5 * torch.randn(4, 3, 8, 8, generator=generator()),
        torch.randn(4, 3, 8, 8, generator=generator(1)),
    )
    assert torch.equal(rescale(guided, conditional, 0.0), guided)
    spread = lambda images: images.std((1, 2, 3))  # noqa: E731
    torch.testing.assert_close(spread(rescale(guided, conditional, 1.0)), spread(conditional))
    half = (spread(guided) + spread(conditional)) / 2
    torch.testing.assert_close(spread(rescale(guided, conditional, 0.5)), half)
    assert torch.isfinite(rescale(torch.ones(1, 3, 8, 8), torch.ones(1, 3, 8, 8), 0.5)).all()


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
def test_the_expected_gradient_of_equation_3(level):
    prior, count = GaussianPrior(MEAN, spread=0.3), 20_000
    at = torch.full((count,), int(level * 1000))
    alpha, sigma, weight = prior.alpha[at], prior.sigma[at], prior.sigma[at] ** 2
    x = torch.tensor([0.7, -0.8, 0.0]).view(1, 3, 1, 1).expand(count, 3, 1, 1)
    noise = torch.randn(count, 3, 1, 1, generator=generator())
    predicted = prior.predict_noise(add_noise(x, noise, alpha, sigma), at, [], None)[count:]
    found = sds_gradient(predicted, noise, weight)
    a, s, w = alpha[0], sigma[0], weight[0]
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


@pytest.mark.parametrize("level", [0.15, 0.6])
def test_the_loops_own_expected_gradient(level):
    """`guidance_gradient` weights the clean form with 1: (x - m) sigma^2 / (alpha^2 s^2 + sigma^2), per pixel."""
    prior, count, spread = GaussianPrior(MEAN, spread=0.2), 4000, 0.2
    loop = optimisation(prior, level, rescale=0.0)
    image = torch.tensor([0.8, 0.3, 0.5]).view(1, 3, 1, 1).expand(count, 3, 8, 8)
    found = loop.guidance_gradient(image, None) * (3 * 8 * 8)
    a, s = prior.alpha[int(level * 1000)], prior.sigma[int(level * 1000)]
    expected = (2 * image[0, :, :1, :1] - 1 - prior.mean) * s**2 / (a**2 * spread**2 + s**2)
    error = found.std((0, 2, 3)) / (count * 64) ** 0.5
    assert ((found.mean((0, 2, 3)) - expected.flatten()).abs() < 5 * error + 1e-6).all()
    assert (error < 0.01 * expected.abs().max()).all()


def descend(loop: Optimisation, resolution: int, steps: int = 300) -> torch.Tensor:
    """Score distillation of a plain image, as in the paper's own check; in [-1, 1]."""
    image = torch.full((1, 3, resolution, resolution), 0.9, requires_grad=True)
    for _ in range(steps):
        loss = attach(image, loop.guidance_gradient(image, None)) * image[0].numel()
        (gradient,) = torch.autograd.grad(loss, image)
        image = (image - 0.05 * gradient).detach().requires_grad_()
    return 2 * image.detach() - 1


def test_an_image_comes_to_the_priors_mean():
    prior = GaussianPrior(torch.linspace(-0.6, 0.6, 64).view(8, 8), spread=0.05)
    image = descend(optimisation(prior, 0.5), 8)
    torch.testing.assert_close(image, prior.mean.expand(1, 3, 8, 8), atol=0.03, rtol=0)


def test_guidance_moves_the_mean_away_from_the_unconditional_one():
    prior = GaussianPrior(MEAN, spread=0.05, unconditional=[[[0.1]], [[-0.1]], [[0.1]]])
    image = descend(optimisation(prior, 0.5, scale=3.0, rescale=0.0), 8).mean((0, 2, 3))
    torch.testing.assert_close(image, torch.tensor([0.1 + 3 * 0.2, -0.1 - 3 * 0.1, 0.1]), atol=0.02, rtol=0)


def test_views_of_another_size_than_the_priors_come_to_its_mean_too():
    image = descend(optimisation(GaussianPrior(MEAN, spread=0.05, resolution=8), 0.5), 16, steps=600)
    torch.testing.assert_close(image, torch.tensor(MEAN).expand(1, 3, 16, 16), atol=0.05, rtol=0)


def test_attach_gives_images_the_mean_gradient():
    images, gradient = torch.rand(4, 3, 2, 2, requires_grad=True), torch.randn(4, 3, 2, 2, requires_grad=True)
    attach(images, gradient).backward()
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
    assert drawn.min() >= min(int(limits[0] * length), length - 1) and drawn.max() <= min(
        limits[1] * length, length - 1
    )


def test_timesteps_are_uniform():
    drawn = sample_timesteps(50_000, (0.2, 0.6), 1000, generator()).float()
    assert drawn.mean().item() == pytest.approx(399.5, abs=2) and drawn.std().item() == pytest.approx(
        400 / 12**0.5, rel=0.02
    )
