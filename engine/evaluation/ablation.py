"""What each step of the method brings: the same prompts with one of them off (DreamFusion, figure 6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch

from engine.evaluation.meshes import score_meshes
from engine.guidance.prior import Prior
from engine.run.settings import RunSettings
from engine.settings import engine_settings

WORDS_ONLY = {"guidance.tell_camera": False}
"""As the paper, whose prior has only words."""

ABLATIONS: dict[str, dict[str, Any]] = {
    "words only": WORDS_ONLY,
    "words only, view words off": WORDS_ONLY | {"guidance.view_words.on": False},
    "words only, lighting off": WORDS_ONLY | {"shading.albedo": 1.0, "shading.textureless": 0.0},
    "words only, textureless off": WORDS_ONLY | {"shading.textureless": 0.0},
    "camera told": {"guidance.tell_camera": True},
}
"""What each row changes, by dotted names of the engine's settings."""


def ablate(
    prompts: list[str], prior: Prior, run: RunSettings, device: torch.device
) -> Iterator[tuple[str, list[dict]]]:
    """Each row's name, as soon as it is there, and what `score_meshes` says of its prompts.

    Args:
        run: preset, seed and overrides of every row; a row's own overrides go before these.
    """
    for name, changes in ABLATIONS.items():
        settings = engine_settings(replace(run, overrides=run.overrides | changes))
        yield name, list(score_meshes(prompts, prior, settings, run.seed, device))
