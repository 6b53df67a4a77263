"""Plain ancestral samples of a prior, to see what it knows."""

from __future__ import annotations

from pathlib import Path

import torch

from engine.device import choose_device
from engine.guidance.prior import load_prior
from engine.preview import to_png
from engine.run.atomic import atomic_write_bytes
from engine.run.settings import MAX_SEED, PRIORS, SettingsError, clean_prompt
from engine.toybox.captions import plain
from engine.toybox.sample import ancestral_samples


def sample_sheet(prompt: str, prior_name: str, count: int, seed: int, device: str, output: Path) -> None:
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
    prior = load_prior(prior_name, choose_device(device))
    images = ancestral_samples(prior.toybox, [plain(clean_prompt(prompt))] * count, seed=seed)
    atomic_write_bytes(output, to_png(torch.nn.functional.interpolate(images, scale_factor=2)))
