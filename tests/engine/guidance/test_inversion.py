"""DDIM inversion with a Gaussian prior, for which the whole way has a closed form."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.guidance.inversion import ddim_step, inverted_noise, posterior_spread
from engine.guidance.prior import Caption
from engine.guidance.sds import add_noise
from tests.engine.analytic import GaussianPrior

MEAN, SPREAD = 0.3, 0.4
TIMESTEPS = torch.tensor([300, 700])


def exact(prior: GaussianPrior):
    return lambda noisy, at: prior.predict_noise(noisy, at, [Caption("a mug")] * len(noisy))


def images(seed: int = 0) -> torch.Tensor:
    return MEAN + SPREAD * torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(seed))


def invert(prior: GaussianPrior, clean: torch.Tensor, steps: int) -> torch.Tensor:
    noise = inverted_noise(clean, TIMESTEPS, steps, prior.alpha, prior.sigma, exact(prior))
    return add_noise(clean, noise, prior.alpha[TIMESTEPS], prior.sigma[TIMESTEPS])


def denoise(prior: GaussianPrior, noisy: torch.Tensor, steps: int) -> torch.Tensor:
    """DDIM in the prior's own direction, down to no noise at all."""
    for number in range(steps, 0, -1):
        now, then = (TIMESTEPS * k // steps for k in (number, number - 1))
        following = (prior.alpha[then], prior.sigma[then]) if number > 1 else (torch.ones(2), torch.zeros(2))
        noisy = ddim_step(noisy, exact(prior)(noisy, now), (prior.alpha[now], prior.sigma[now]), following)
    return noisy


def test_it_follows_the_probability_flow():
    """A value (x - m) / s standard deviations from the mean stays so:
    z_t = alpha m + (x - m) sqrt(alpha^2 s^2 + sigma^2) / s."""
    prior, clean = GaussianPrior(MEAN, SPREAD), images()
    alpha, sigma = (ladder[TIMESTEPS].view(-1, 1, 1, 1) for ladder in (prior.alpha, prior.sigma))
    expected = alpha * MEAN + (clean - MEAN) * (alpha**2 * SPREAD**2 + sigma**2).sqrt() / SPREAD
    coarse, fine = ((invert(prior, clean, steps) - expected).abs().max() for steps in (50, 200))
    assert fine < 0.03 and fine < 0.35 * coarse  # the error of Euler's steps falls with their size


def test_denoising_comes_back():
    prior, clean = GaussianPrior(MEAN, SPREAD), images()
    coarse, fine = ((denoise(prior, invert(prior, clean, n), n) - clean).abs().max() for n in (25, 100))
    assert fine < 0.03 and fine < 0.35 * coarse


def test_the_found_noise_of_what_the_prior_expects_is_white():
    """Images that are samples of the prior become noise of unit spread, from which it would have made them."""
    prior, drawn = GaussianPrior(MEAN, SPREAD), torch.randn(200, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    clean, at = MEAN + SPREAD * drawn, torch.full((200,), 990)
    noise = inverted_noise(clean, at, 100, prior.alpha, prior.sigma, exact(prior))
    assert noise.mean().item() == pytest.approx(0, abs=0.02) and noise.std().item() == pytest.approx(1, abs=0.03)


@given(st.integers(0, 999), st.integers(0, 999))
def test_a_step_with_the_true_noise_goes_to_any_level(first, second):
    prior = GaussianPrior(MEAN, SPREAD)
    clean, noise = torch.randn(2, 1, 3, 4, 4, generator=torch.Generator().manual_seed(first)).double()
    level, following = ((prior.alpha[k].double().view(1), prior.sigma[k].double().view(1)) for k in (first, second))
    found = ddim_step(add_noise(clean, noise, *level), noise, level, following)
    torch.testing.assert_close(found, add_noise(clean, noise, *following))


def test_one_step_asks_once_where_it_ends():
    asked = []

    def predict(noisy, at):
        asked.append((noisy.clone(), at))
        return torch.full_like(noisy, 0.5)

    prior, clean = GaussianPrior(MEAN, SPREAD), images()
    noise = inverted_noise(clean, TIMESTEPS, 1, prior.alpha, prior.sigma, predict)
    ((noisy, at),) = asked
    assert torch.equal(noisy, clean) and torch.equal(at, TIMESTEPS)
    torch.testing.assert_close(noise, torch.full_like(clean, 0.5))


def test_fresh_noise_is_a_share_of_what_ddpm_adds_on_its_way_back():
    prior = GaussianPrior(MEAN, SPREAD)
    clean, at = torch.zeros(1, 3, 128, 128), torch.tensor([600])
    generator = torch.Generator().manual_seed(0)
    still = lambda noisy, at: torch.zeros_like(noisy)
    noise = inverted_noise(clean, at, 2, prior.alpha, prior.sigma, still, 0.3, generator)
    first, last = ((prior.alpha[k].view(1), prior.sigma[k].view(1)) for k in (300, 600))
    # The first step comes from no noise: it adds none.
    expected = 0.3 * posterior_spread(first, last) / prior.sigma[600]
    assert noise.std().item() == pytest.approx(expected.item(), rel=0.02)


@given(st.integers(1, 998), st.integers(1, 998))
def test_ddpms_noise_is_what_its_two_levels_leave(lower, higher):
    """q(z_s | z_t, x) of two levels has the variance 1 / (1 / sigma_s^2 + a^2 / b^2), z_t = a z_s + b noise."""
    lower, higher = min(lower, higher), max(lower, higher) + 1
    prior = GaussianPrior(MEAN, SPREAD)
    level, noisier = ((prior.alpha[k].double().view(1), prior.sigma[k].double().view(1)) for k in (lower, higher))
    ratio = noisier[0] / level[0]
    added = noisier[1] ** 2 - ratio**2 * level[1] ** 2
    expected = (1 / (1 / level[1] ** 2 + ratio**2 / added)).sqrt()
    torch.testing.assert_close(posterior_spread(level, noisier), expected, rtol=1e-2, atol=1e-5)
