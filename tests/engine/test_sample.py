"""Samples of a prior that is known exactly have its mean and its spread."""

import pytest
import torch

from engine.sample import ddim_samples
from tests.engine.analytic import GaussianPrior


@pytest.mark.parametrize("mean, spread", [(0.3, 0.2), (-0.4, 0.1)])
def test_samples_of_a_gaussian_are_gaussian(mean, spread):
    images = ddim_samples(GaussianPrior(mean, spread), "a mug", 100, scale=1.0, seed=0, steps=100)
    assert images.shape == (100, 3, 8, 8)
    assert images.mean().item() == pytest.approx(0.5 + mean / 2, abs=0.01)
    assert images.std().item() == pytest.approx(spread / 2, rel=0.1)


def test_guidance_moves_the_mean():
    prior = GaussianPrior(0.2, 0.1, unconditional=0.1)
    nothing, twice = (ddim_samples(prior, "a mug", 10, scale, seed=0).mean().item() for scale in (0.0, 2.0))
    assert nothing == pytest.approx(0.55, abs=0.01) and twice == pytest.approx(0.65, abs=0.01)


def test_schedules_that_end_without_any_signal_are_sampled_too():
    prior = GaussianPrior(0.2, 0.1)
    prior.alpha[-1], prior.sigma[-1] = 0.0, 1.0
    images = ddim_samples(prior, "a mug", 10, scale=1.0, seed=0)
    assert images.mean().item() == pytest.approx(0.6, abs=0.02)


def test_a_seed_decides_everything():
    one, same, other = (ddim_samples(GaussianPrior(0.2), "a mug", 2, 1.0, seed, steps=3) for seed in (1, 1, 2))
    assert torch.equal(one, same) and not torch.equal(one, other)
