"""How near a finished run came to the object that its prompt names, where that is known, which the run folder keeps;
and what of the prompt is not."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from engine.evaluation.subjects import true_object
from engine.evaluation.surfaces import POINTS, compare_places, true_surface
from engine.guidance.priors.toybox import WEIGHTS
from engine.meshing.sampling import sample_surface
from engine.run.atomic import atomic_write_json
from engine.run.folder import SCHEMA
from engine.run.reading import is_number, read_json
from engine.run.settings import RunSettings
from engine.run.snapshots import read_snapshot
from engine.run.state import newest_snapshot
from engine.run.words import Words, read_words

FILE = "score.json"
"""In the run folder: the F-score, and the step of the mesh that it is of."""


def score_of(folder: Path, settings: RunSettings, find: bool = True) -> float | None:
    """The F-score (`engine.evaluation.surfaces`) of a finished run's mesh, in [0, 1]; 0 where it has none.

    Where `find` is false, only what an earlier batch has found counts. None where the true object is not known: only
    the Toybox prior is meant to make the Toybox world's own, and only of prompts that name one. Raises SnapshotError,
    OSError.
    """
    shown = true_object(settings.prompt) if settings.prior == "toybox" else None
    if shown is None:
        return None
    step, path = newest_snapshot(folder) or (0, None)
    kept = _kept(folder)
    if kept.get("step") == step and _is_share(kept.get("f")):
        return kept["f"]
    if not find:
        return None
    score = 0.0
    if path is not None:
        mesh = read_snapshot(path)
        points, _ = sample_surface(mesh.vertices, mesh.faces, POINTS)
        score = compare_places(points, true_surface(shown.form).points).f
    atomic_write_json(folder / FILE, {"schema": SCHEMA, "step": step, "f": round(score, 4)})
    return score


def doubt(settings: RunSettings) -> str:
    """One short sentence about words of the prompt that the built-in prior does not know; empty where it knows all, or
    another prior is asked."""
    asks_built_in = settings.prior == "toybox" and not settings.weights
    return _built_in_words().doubt(settings.prompt) if asks_built_in else ""


@cache
def _built_in_words() -> Words:
    return read_words(WEIGHTS)


def _kept(folder: Path) -> dict[str, Any]:
    """What an earlier batch found; nothing where it is missing or broken: it is found anew."""
    try:
        kept = read_json(folder / FILE, folder)
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _is_share(value: object) -> bool:
    return is_number(value) and 0 <= value <= 1
