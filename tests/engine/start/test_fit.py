"""A fresh field becomes a solid, the same way each time, and a run begins from it, and begins again from it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import trimesh

from engine.checkpoint import load_checkpoint, save_checkpoint
from engine.meshing.sampling import sample_surface
from engine.meshing.snapshot import extract
from engine.optimise import Optimisation
from engine.run.settings import RunSettings
from engine.run.start import fit_to_scene
from engine.scenes.painting import PaintedSurface
from engine.scenes.volume import Volume
from engine.settings import engine_settings
from engine.start.fit import become
from engine.start.solid import Solid, solid
from tests.engine.analytic import GaussianPrior
from tests.engine.test_health import spoil
from tests.engine.test_optimise import assert_same, take, tiny


@pytest.fixture(scope="module")
def bench() -> Solid:
    """A board on two boards, the space between them empty."""
    boxes = [([1.6, 0.8, 0.2], [0, 0, 0.5]), ([0.2, 0.8, 0.8], [-0.7, 0, 0]), ([0.2, 0.8, 0.8], [0.7, 0, 0])]
    parts = [trimesh.creation.box(size).apply_translation(centre) for size, centre in boxes]
    whole = trimesh.util.concatenate(parts)
    return solid(fit_to_scene(whole.vertices, whole.faces)[0])


def start(bench: Solid, seed: int = 3, **overrides) -> Optimisation:
    return Optimisation("a field", GaussianPrior(0.2, 0.3), tiny(**overrides), seed, torch.device("cpu"), bench)


def test_the_field_s_mesh_is_the_start_and_grey(bench):
    settings = engine_settings(RunSettings("a bench"))
    scene = Volume(settings, 0, torch.device("cpu"))
    become(scene, bench, settings, torch.Generator().manual_seed(0))
    found = extract(
        scene.field, scene.occupancy.binary, threshold=settings.mesh_threshold, resolution=64, face_budget=20_000,
        texture_size=512, final=False,
    ).mesh
    points = torch.from_numpy(sample_surface(found.vertices, found.faces, 5000)[0]).float()
    at = tuple(((points.numpy() + 1) * 31.5).round().astype(int).clip(0, 63).T)
    assert np.abs(bench.distance[at]).max() < 0.08 and np.abs(bench.distance[at]).mean() < 0.02
    assert found.vertices.min(0) == pytest.approx(bench.samples.min(0), abs=0.04)
    assert found.vertices.max(0) == pytest.approx(bench.samples.max(0), abs=0.04)
    with torch.no_grad():
        assert (scene.field.albedo(points) - 0.5).abs().max() < 0.05
        between = torch.tensor([[x, y, -0.2] for x in (-0.3, 0.0, 0.3) for y in (-0.2, 0.2)])
        assert scene.field.density(between).max() < settings.mesh_threshold / 4


def test_a_run_begins_from_it_and_is_the_same_after_a_checkpoint(bench, tmp_path):
    straight = take(start(bench), 4)
    for before in (0, 2):
        first = take(start(bench), before)
        save_checkpoint(tmp_path, first.tensors(), {"step": before})
        resumed = start(bench, seed=99)
        resumed.restore(load_checkpoint(tmp_path)[0], before)
        assert_same(take(resumed, 4 - before), straight)


def test_a_run_that_begins_again_begins_from_it_again(bench):
    optimisation = take(start(bench, steps=400), 8)
    spoil(optimisation, -100.0)
    assert optimisation.take_step().restarted == "The shape vanished at step 8"
    with torch.no_grad():
        top, middle = optimisation.scene.field.density(torch.tensor([[0.0, 0.0, 0.4], [0.0, 0.0, -0.2]]))
    assert top > 4 * middle


@pytest.mark.parametrize("diverges_at", [0, 3])
def test_a_given_shape_may_be_painted_in_all_steps(bench, monkeypatch, diverges_at):
    """Also where the colours diverge, and where a checkpoint is of a stage that has no step behind it."""
    run = take(start(bench, **{"painting.share": 1.0}), diverges_at)
    with monkeypatch.context() as patch:
        patch.setattr(run.guidance, "gradient", lambda images, *_: torch.full_like(images, torch.nan))
        assert run.take_step().restarted == f"The colours diverged at step {diverges_at}"
    resumed = start(bench, **{"painting.share": 1.0})
    resumed.restore(run.tensors(), run.step)
    for again in (run, resumed):
        assert isinstance(take(again, 2).scene, PaintedSurface)
    assert_same(run, resumed)
