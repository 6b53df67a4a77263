"""DDIM (Song et al., arXiv 2010.02502) backwards: the noise that would have become an image."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from engine.guidance.sds import add_noise, clean_from_noise

Level = tuple[Tensor, Tensor]
"""alpha and sigma of B images, each (B,)."""


def ddim_step(noisy: Tensor, predicted: Tensor, level: Level, following: Level) -> Tensor:
    """z' = alpha' x0 + sigma' eps, where x0 is the clean estimate of `noisy` at `level`: equation 12 without its random
    part. Towards less noise it denoises, towards more it inverts."""
    return add_noise(clean_from_noise(noisy, predicted, *level), predicted, *following)


def posterior_spread(level: Level, noisier: Level) -> Tensor:
    """Standard deviation (B,) of the noise that DDPM adds on its way from the noisier level back to the other:
    sqrt(sigma^2 / sigma'^2 (1 - alpha'^2 / alpha^2)) (Song et al., equation 16 with eta 1).

    >>> posterior_spread((torch.tensor([0.8]), torch.tensor([0.6])), (torch.tensor([0.6]), torch.tensor([0.8])))
    tensor([0.4961])
    """
    (alpha, sigma), (lower_alpha, higher_sigma) = level, noisier
    return sigma / higher_sigma * (1 - (lower_alpha / alpha).square()).sqrt()


def inverted_noise(
    clean: Tensor, timesteps: Tensor, steps: int, alpha: Tensor, sigma: Tensor,
    predict: Callable[[Tensor, Tensor], Tensor], fresh: float = 0.0, generator: torch.Generator | None = None,
) -> Tensor:
    """The noise eps for which alpha_t x + sigma_t eps is the DDIM inversion of x to t: Score Distillation via
    Inversion's stand-in for random noise (arXiv 2405.15891, section 4).

    As in diffusers' DDIMInverseScheduler, the prior is asked at each step's noisier end, and x itself has no noise.

    Args:
        clean: x (B, C, H, W).
        timesteps: (B,) integers t, reached in `steps` equal steps.
        alpha, sigma: (T,) of the prior's schedule.
        predict: the prior's noise (B, C, H, W) for noisy images and their timesteps.
        fresh: how much random noise each step adds, as a share of `posterior_spread`, as SDI's authors do.
        generator: on the CPU; of that.
    """
    noisy, level = clean, (torch.ones_like(alpha[timesteps]), torch.zeros_like(sigma[timesteps]))
    for number in range(1, steps + 1):
        at = timesteps * number // steps
        following = alpha[at], sigma[at]
        noisy = ddim_step(noisy, predict(noisy, at), level, following)
        if fresh:
            spread = fresh * posterior_spread(level, following).view(-1, 1, 1, 1)
            noisy = noisy + spread * torch.randn(noisy.shape, generator=generator).to(noisy)
        level = following
    a, s = (values.view(-1, 1, 1, 1) for values in level)
    return (noisy - a * clean) / s
