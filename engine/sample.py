"""Plain samples of a prior, to see what it knows."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from engine.cameras import ring_cameras
from engine.device import choose_device
from engine.guidance.download import Downloads
from engine.guidance.load import load_prior
from engine.guidance.prior import Caption, Prior, Views
from engine.guidance.sds import add_noise, clean_from_noise, guide
from engine.preview import to_png
from engine.run.atomic import atomic_write_bytes
from engine.run.priors import PRIORS
from engine.run.settings import RunSettings, SettingsError, check_settings, clean_prompt
from engine.settings import engine_settings
from engine.shading import Shading

STEPS = 30
"""Times that the prior is asked."""
SIDE = 128
"""Smaller samples are shown at this many pixels a side."""


@torch.no_grad()
def ddim_samples(prior: Prior, prompt: str, count: int, scale: float, seed: int, steps: int = STEPS) -> Tensor:
    """Draw images with DDIM (Song et al., arXiv 2010.02502, equation 12 without its random part).

    Args:
        prompt: the caption of all of them.
        count: of them, a multiple of the prior's group, whose views are then all around one object.
        scale: s in uncond + s (cond - uncond).
        seed: of the noise that they begin as.
        steps: times that the prior is asked.

    Returns:
        (count, 3, R, R) in [0, 1], R the prior's resolution.
    """
    alpha, sigma = prior.alpha, prior.sigma
    noisy = torch.randn(count, *prior.shape, generator=torch.Generator().manual_seed(seed)).to(alpha.device)
    captions = [*_captions(prior, "", count), *_captions(prior, prompt, count)]
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


def _captions(prior: Prior, text: str, count: int) -> list[Caption]:
    """The same for all; a prior of groups is told cameras around the object, too."""
    captions = [Caption(text)] * count
    if prior.group == 1:
        return captions
    around = Views(ring_cameras(prior.group), [Shading.ALBEDO] * prior.group)
    cameras = [camera for camera, _ in around] * (count // prior.group)
    return [replace(caption, camera=camera) for caption, camera in zip(captions, cameras)]


def sample_sheet(run: RunSettings, count: int, output: Path, downloads: Downloads | None = None) -> None:
    """Write `count` samples side by side to a PNG.

    Args:
        run: prompt, prior, weights, seed, device and the LoRA matter here, and no more.

    Raises:
        SettingsError: settings that no run can start with, or a count that the prior cannot draw.
        PriorError: the prior's files are missing or broken.
    """
    check_settings(run)
    entry, guidance = PRIORS[run.prior], engine_settings(run).guidance
    if not 1 <= count <= 64:
        raise SettingsError(f"The count must be from 1 to 64, not {count}.")
    if count % entry.group:
        raise SettingsError(
            f"{entry.title} draws {entry.group} views of an object together: choose a count that is a multiple of"
            f" {entry.group}, not {count}."
        )
    prior = load_prior(run.prior, choose_device(run.device), run.weights, downloads=downloads, guidance=guidance)
    images = ddim_samples(prior, clean_prompt(run.prompt), count, entry.sampling_scale, run.seed)
    if images.shape[-1] < SIDE:
        images = interpolate(images, (SIDE, SIDE))
    atomic_write_bytes(output, to_png(images))
