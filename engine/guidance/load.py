"""Finding a prior by its name; only the one that is asked for is imported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from engine.guidance.download import Downloads
from engine.guidance.prior import Prior


def load_prior(
    name: str,
    device: torch.device,
    weights: str | Path | None = "",
    announce: Callable[[str], None] = lambda stage: None,
    downloads: Downloads | None = None,
) -> Prior:
    """Load a prior by its name in the settings.

    Args:
        device: where it computes.
        weights: the folder of its weights, or their name on Hugging Face; empty for the prior's own.
        announce: called with the name of each stage that begins beside "loading prior", such as "downloading prior".
        downloads: whether weights may be downloaded; by default whoever sits at a terminal is asked.

    Raises:
        PriorError: its files are missing or broken.
    """
    if name == "toybox":
        from engine.guidance.priors.toybox import ToyboxPrior

        return ToyboxPrior(device, Path(weights) if weights else None)
    from engine.guidance.weights import find_weights

    folder = find_weights(name, str(weights or ""), device.type != "cpu", announce, downloads)
    if name == "stable-diffusion":
        from engine.guidance.priors.stable_diffusion import load_stable_diffusion

        return load_stable_diffusion(folder, device)
    from engine.guidance.priors.deepfloyd import load_deepfloyd

    return load_deepfloyd(folder, device)
