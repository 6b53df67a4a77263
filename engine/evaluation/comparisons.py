"""What changes of the settings bring: the same prompts with one change at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch

from engine.evaluation.meshes import score_meshes
from engine.guidance.prior import Prior
from engine.run.prior_presets import ALL_NOISE, EQUATION_3
from engine.run.settings import RunSettings
from engine.settings import LossSettings, engine_settings

Comparison = dict[str, dict[str, Any]]
"""What each row changes, by its name: dotted names of the engine's settings."""

NO_POSITIONS = {
    "shading.position": 0.0, "losses.opacity": LossSettings.opacity, "losses.haze": LossSettings.haze,
    "painting.share": 0.0,
}
"""All views shape the field to the end, and opacity has losses, as without the Toybox prior."""
WORDS_ONLY = {"guidance.tell_camera": False} | NO_POSITIONS
"""As the paper, whose prior has only words for a view and knows colours alone."""

ABLATIONS: Comparison = {
    "words only": WORDS_ONLY,
    "words only, view words off": WORDS_ONLY | {"guidance.view_words.on": False},
    "words only, lighting off": WORDS_ONLY | {"shading.albedo": 1.0, "shading.textureless": 0.0},
    "words only, textureless off": WORDS_ONLY | {"shading.textureless": 0.0},
    "words only, positions shown": {"guidance.tell_camera": False},
    "camera told": NO_POSITIONS,
    "camera told, positions shown": {},
}
"""One step of the method off at a time (DreamFusion, figure 6), and what the Toybox prior knows beyond words."""

VARIANTS: Comparison = {
    "as it is": {},
    "contrast not rescaled": {"guidance.rescale": 0.0},
    "timesteps .02 to .98": ALL_NOISE,
    "equation 3": EQUATION_3,
    "equation 3, guidance scale 101": EQUATION_3 | {"guidance.scale": 101.0},
    "equation 3, clipped (D-SDS)": EQUATION_3 | {"guidance.clip": (0.5, 2.0)},
    "inverted noise (SDI)": {"guidance.method": "sdi", "guidance.inversion.steps": 5, "guidance.scale": 7.5},
    "SDS-Bridge, second half": {"guidance.method": "bridge"},
    "words only, Perp-Neg": WORDS_ONLY | {"guidance.perp_neg": 1.0},
}
"""Other ways to make the gradient (engine/guidance/sds.py has their equations and sources). Perp-Neg's row is to be
held against "words only" of the ablation: with the camera told there is little left for it to do."""


def compare_settings(
    comparison: Comparison, prompts: list[str], prior: Prior, run: RunSettings, device: torch.device
) -> Iterator[tuple[str, list[dict]]]:
    """Each row's name, as soon as it is there, and what `score_meshes` says of its prompts.

    Args:
        comparison: what each row changes, by its name.
        run: preset, seed and overrides of every row; a row's own changes win.
    """
    for name, changes in comparison.items():
        settings = engine_settings(replace(run, overrides=run.overrides | changes))
        yield name, list(score_meshes(prompts, prior, settings, run.seed, device))
