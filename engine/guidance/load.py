"""Finding a prior by its name; only the one that is asked for is imported."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import torch

from engine.guidance.download import Downloads
from engine.guidance.loading import Loading
from engine.guidance.prior import Prior
from engine.guidance.settings import GuidanceSettings
from engine.run.priors import PRIORS


def load_prior(
    name: str,
    device: torch.device,
    weights: str | Path | None = "",
    announce: Callable[[str], None] = lambda stage: None,
    downloads: Downloads | None = None,
    guidance: GuidanceSettings | None = None,
) -> Prior:
    """Load a prior by its name in the settings, a key of PRIORS: with `load` of the file that has its name.

    Args:
        device: where it computes.
        weights: the folder of its weights, a single file, or their name on Hugging Face; empty for the prior's own.
        announce: called with the name of each stage that begins beside "loading prior", such as "downloading prior".
        downloads: whether weights may be downloaded; by default whoever sits at a terminal is asked.
        guidance: which LoRA is added to it; by default none.

    Raises:
        PriorError: its files are missing or broken.
        EngineError: a download cannot be kept.
    """
    weights = str(weights or "")
    loading = Loading(device, guidance or GuidanceSettings(), announce, downloads or Downloads())
    if PRIORS[name].source is None:
        place = Path(weights) if weights else None
    else:
        from engine.guidance.weights import find_weights

        place = find_weights(name, weights, device.type != "cpu", announce, loading.downloads)
    module = import_module(f"engine.guidance.priors.{name.replace('-', '_')}")
    return module.load(place, loading)
