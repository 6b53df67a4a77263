"""Plain samples of a prior, to see what it knows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from engine.device import choose_device
from engine.guidance.download import Downloads
from engine.guidance.load import load_prior
from engine.guidance.prior import Caption, Prior
from engine.guidance.sds import add_noise, clean_from_noise, guide
from engine.preview import to_png
from engine.run.atomic import atomic_write_bytes
from engine.run.priors import PRIORS
from engine.run.settings import MAX_SEED, SettingsError, clean_prompt

STEPS = 30
"""Times that the prior is asked."""
SIDE = 128
"""Smaller samples are shown at this many pixels a side."""


@torch.no_grad()
def ddim_samples(prior: Prior, prompt: str, count: int, scale: float, seed: int, steps: int = STEPS) -> Tensor:
    """Draw images with DDIM (Song et al., arXiv 2010.02502, equation 12 without its random part).

    Args:
        prompt: the caption of all of them.
        scale: s in uncond + s (cond - uncond).
        seed: of the noise that they begin as.
        steps: times that the prior is asked.

    Returns:
        (count, 3, R, R) in [0, 1], R the prior's resolution.
    """
    alpha, sigma = prior.alpha, prior.sigma
    noisy = torch.randn(count, *prior.shape, generator=torch.Generator().manual_seed(seed)).to(alpha.device)
    captions = [Caption()] * count + [Caption(prompt)] * count
    last = int(torch.nonzero(alpha)[-1])  # schedules of zero terminal SNR end where clean images have no share
    times = torch.linspace(last, 0, steps + 1, device=alpha.device).long()
    for now, following in pairwise(times):
        both = prior.predict_noise(noisy.repeat(2, 1, 1, 1), now.expand(2 * count), captions)
        unconditional, conditional = both.chunk(2)
        predicted = guide(conditional, unconditional, scale)
        clean = clean_from_noise(noisy, predicted, alpha[now].expand(count), sigma[now].expand(count))
        clean = clean.clamp(*prior.limits)
        noisy = add_noise(clean, predicted, alpha[following].expand(count), sigma[following].expand(count))
    return prior.decode(clean)


def sample_sheet(
    prompt: str, prior_name: str, weights: str, count: int, seed: int, device: str, output: Path,
    downloads: Downloads | None = None,
) -> None:
    """Write `count` samples side by side to a PNG.

    Raises:
        SettingsError: no such prior, or a count or seed out of range.
        PriorError: the prior's files are missing or broken.
    """
    if prior_name not in PRIORS:
        raise SettingsError(f"The prior {prior_name!r} is not known: choose one of {', '.join(PRIORS)}.")
    for name, value, low, high in (("count", count, 1, 64), ("seed", seed, 0, MAX_SEED)):
        if not low <= value <= high:
            raise SettingsError(f"The {name} must be from {low} to {high}, not {value}.")
    prior = load_prior(prior_name, choose_device(device), weights, downloads=downloads)
    images = ddim_samples(prior, clean_prompt(prompt), count, PRIORS[prior_name].sampling_scale, seed)
    if images.shape[-1] < SIDE:
        images = interpolate(images, (SIDE, SIDE))
    atomic_write_bytes(output, to_png(images))
