"""Distilled meshes against the true objects."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from engine.evaluation.look import look_around
from engine.evaluation.sheet import picture_path
from engine.evaluation.subjects import parse_subject
from engine.evaluation.surfaces import POINTS, Score, Surface, compare, fitted, true_mesh, true_surface
from engine.evaluation.targets import Target
from engine.evaluation.topology import topology
from engine.guidance.prior import Prior
from engine.meshing.sampling import sample_surface
from engine.meshing.snapshot import extract
from engine.optimise import Optimisation
from engine.preview import to_png
from engine.settings import EngineSettings
from engine.toybox.captions import describe


def is_taught(prompt: str, prior: Prior) -> bool:
    """Whether the prior was taught what a Toybox prompt names, the object and all that is told of it; one with an open
    vocabulary is asked for anything."""
    known, shown = prior.known_words(), parse_subject(prompt)
    return not known or (all(one.name in known for one in shown.things) and not prior.doubt(describe(shown)))


def distil(prompt: str, prior: Prior, settings: EngineSettings, seed: int, device: torch.device) -> Optimisation:
    """All steps of a run for a prompt, without what surrounds them."""
    optimisation = Optimisation(prompt, prior, settings, seed, device)
    while optimisation.step < optimisation.last_step:
        optimisation.take_step()
    return optimisation


def score_field(optimisation: Optimisation, prompt: str, fit: bool = False) -> Score | None:
    """Score the mesh of a field as it is now, with the field's albedo on it, as it stands or (`fit`) when it is as
    large as the true one and where that is; None where there is no surface."""
    settings, field, occupancy = optimisation.settings, optimisation.scene.field, optimisation.scene.occupancy
    found = extract(
        field, occupancy.binary, threshold=settings.mesh_threshold, resolution=settings.mesh_resolution,
        face_budget=20_000, texture_size=512, final=True,
    )
    if found is None:
        return None
    mesh, shown = found.mesh, parse_subject(prompt)
    points, normals = sample_surface(mesh.vertices, mesh.faces, POINTS)
    with torch.no_grad():
        albedo = field.albedo(torch.from_numpy(points).float().to(optimisation.device)).cpu().numpy()
    true = true_surface(shown)
    score = compare(Surface(fitted(points, true.points) if fit else points, normals, albedo), true)
    score.faults = topology(mesh.faces).faults(topology(true_mesh(shown.form)[1]).pieces)
    return score


def score_meshes(
    prompts: list[str], prior: Prior, settings: EngineSettings, seed: int, device: torch.device,
    pictures: Path | None = None, fit: bool = False, also: Callable[[Optimisation], dict] = lambda _: {},
) -> Iterator[dict]:
    """A row for each prompt, as soon as it is scored: "prompt", "object", "taught" and, where taught, its numbers,
    "seconds" of the steps among them.

    No surface counts as an F-score of 0, without further errors, and as "empty". `pictures` is a folder for a picture
    of each result, `fit` that of `score_field`, and `also` gives what else is to be known of each.
    """
    for prompt in prompts:
        row = {"prompt": prompt, "object": describe(parse_subject(prompt).form), "taught": is_taught(prompt, prior)}
        if row["taught"]:
            began = time.monotonic()
            optimisation = distil(prompt, prior, settings, seed, device)
            seconds = time.monotonic() - began
            found = score_field(optimisation, prompt, fit)
            score = found or Score(0.0, 0.0)
            row |= {"f": score.f, **vars(score), "empty": found is None, "seconds": seconds}
            row |= also(optimisation)
            if pictures:
                picture_path(pictures, prompt).write_bytes(to_png(look_around(optimisation)))
        yield row


def summary(rows: list[dict]) -> dict:
    """Means and extremes over the rows that were taught; None where there is nothing to take them of."""
    scored = [row for row in rows if row["taught"]]

    def mean(key: str) -> float | None:
        """Over the rows that have this number."""
        found = [row[key] for row in scored if row[key] is not None]
        return float(np.mean(found)) if found else None

    return {
        "scored": len(scored),
        "not_taught": len(rows) - len(scored),
        "mean_f": mean("f"),
        "worst_f": min((row["f"] for row in scored), default=None),
        "albedo_error": mean("albedo_error"),
        "small_error": mean("small_error"),
        "normal_error": mean("normal_error"),
        "faults": sum(row["faults"] or 0 for row in scored) if scored else None,
        "empty": sum(row["empty"] for row in scored) if scored else None,
    }


def meshes_targets(figures: dict) -> list[Target]:
    """What a summary of the standard preset ought to reach."""
    return [
        Target("meshes: mean F", figures["mean_f"], 0.99),
        Target("meshes: worst F", figures["worst_f"], 0.96),
        Target("meshes: mean albedo error", figures["albedo_error"], 0.02, at_most=True),
        Target("meshes: albedo error of small parts", figures["small_error"], 0.10, at_most=True),
        Target("meshes: mean normals, degrees", figures["normal_error"], 4.5, at_most=True),
        Target("meshes: faults", figures["faults"], 0, at_most=True),
        Target("meshes: without a surface", figures["empty"], 0, at_most=True),
    ]
