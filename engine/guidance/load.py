"""Finding a prior by its name; only the one that is asked for is imported."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import torch

from engine.guidance.download import Downloads
from engine.guidance.prior import Prior
from engine.run.priors import PRIORS


def load_prior(
    name: str,
    device: torch.device,
    weights: str | Path | None = "",
    announce: Callable[[str], None] = lambda stage: None,
    downloads: Downloads | None = None,
) -> Prior:
    """Load a prior by its name in the settings, a key of PRIORS: with `load` of the file that has its name.

    Args:
        device: where it computes.
        weights: the folder of its weights, or their name on Hugging Face; empty for the prior's own.
        announce: called with the name of each stage that begins beside "loading prior", such as "downloading prior".
        downloads: whether weights may be downloaded; by default whoever sits at a terminal is asked.

    Raises:
        PriorError: its files are missing or broken.
    """
    weights = str(weights or "")
    if PRIORS[name].source is None:
        folder = Path(weights) if weights else None
    else:
        from engine.guidance.weights import find_weights

        folder = find_weights(name, weights, device.type != "cpu", announce, downloads)
    module = import_module(f"engine.guidance.priors.{name.replace('-', '_')}")
    return module.load(folder, device)
