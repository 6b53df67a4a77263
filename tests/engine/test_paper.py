"""The paper preset: its numbers, and that it runs."""

import json
import math

import pytest
import torch

from engine.cameras import camera_rays, sample_cameras
from engine.lights import sample_lights
from engine.listener import Listener
from engine.meshing.export import export_snapshot
from engine.rendering.renderer import visible_samples
from engine.run.folder import events_path
from engine.run.settings import RunSettings, write_settings
from engine.run.state import newest_snapshot
from engine.session import Session
from engine.settings import engine_settings
from tests.engine.analytic import everywhere

PAPER = {
    "steps": 15000,
    "views": 4,
    "resolutions": ((0, 64),),
    "cameras.elevation": (-10, 90),
    "cameras.distance": (1 / 1.4, 1.5 / 1.4),
    "cameras.focal": (0.7, 1.35),
    "cameras.position_jitter": 0.1 / 1.4,
    "cameras.target_jitter": 0.2 / 1.4,
    "cameras.up_jitter": 0.02,
    "lights.distance": (0.8 / 1.4, 1.5 / 1.4),
    "lights.spread": 1 / 1.4,
    "lights.ambient": (0.1, 0.1),
    "shading.albedo_until": 1 / 15,
    "shading.albedo": 0.25,
    "shading.textureless": 0.375,
    "field.kind": "mlp",
    "field.mlp.radius": 1.4,
    "field.mlp.levels": 8,
    "field.mlp.scale": (0.05, 0.002),
    "field.mlp.scale_until": 1 / 3,
    "field.mlp.blocks": 5,
    "field.mlp.width": 128,
    "field.mlp.blob_density": 5,
    "field.mlp.blob_spread": 0.2,
    "background.kind": "learned",
    "render.normals": "samples",
    "guidance.scale": 101,
    "guidance.form": "noise",
    "guidance.weighting": "sigma2",
    "guidance.rescale": 0,
    "guidance.timesteps_first": (0.02, 0.98),
    "guidance.timesteps_last": (0.02, 0.98),
    "losses.orientation": (1e-4, 1e-2),
    "losses.orientation_until": 1 / 3,
    "losses.roughness": 0,
    "losses.opacity": 1e-3,
    "losses.haze": (0, 0),
    "optimiser.warm_up": 0.2,
    "optimiser.final": 0.01,
}
"""The paper's table; its scene has the radius 1.4, ours 1."""


def paper(**overrides):
    return engine_settings(RunSettings("a mug", preset="paper", overrides=overrides))


@pytest.mark.parametrize("name", PAPER)
def test_the_preset_is_the_papers_table(name):
    found = paper()
    for part in name.split("."):
        found = getattr(found, part)
    assert found == PAPER[name] if isinstance(found, (str, tuple)) else found == pytest.approx(PAPER[name])


def test_its_cameras_are_near_and_wide_and_see_what_is_before_them():
    settings, generator = paper(), torch.Generator().manual_seed(0)
    cameras = sample_cameras(2000, settings.cameras, generator)
    distance = 1.4 * cameras.position.norm(dim=-1)
    assert 1 - 0.1 * math.sqrt(3) <= distance.min() < 1 and 1.5 < distance.max() <= 1.5 + 0.1 * math.sqrt(3)
    assert torch.rad2deg(cameras.field_of_view).aminmax() == pytest.approx((40.6, 71.1), abs=0.2)
    origins, directions = (rays.view(-1, 3) for rays in camera_rays(cameras, 1, 1))
    distances, chosen = visible_samples(origins, directions, everywhere(), settings.render, torch.full((2000,), 0.5))
    inside = origins.norm(dim=-1) < 1
    assert 0.7 < inside.float().mean() < 0.95
    points = origins[:, None] + distances[..., None] * directions[:, None]
    assert (points[chosen].norm(dim=-1) <= 1 + 1e-5).all() and (distances[chosen] > 0).all()
    # A ray from inside is sampled from the camera on: its first sample is less than a step away.
    first = torch.where(chosen, distances, torch.inf).amin(-1)
    assert (first[inside] <= 2 / settings.render.samples + 1e-6).all()


def test_its_lights_come_from_around_the_camera():
    settings, generator = paper(), torch.Generator().manual_seed(0)
    position = torch.tensor([[0.0, -1.2 / 1.4, 0.0]]).expand(40_000, 3)
    lights = sample_lights(position, settings.lights, generator)
    assert 1.4 * lights.position.norm(dim=-1).min() >= 0.8 - 1e-5
    # The part of N(p, I) along p is positive with the probability of N(0, 1) > -|p|, in the paper's units.
    share = (lights.position[:, 1] < 0).float().mean().item()
    assert share == pytest.approx(0.5 * (1 + math.erf(1.2 / math.sqrt(2))), abs=0.01)


SMALL = {
    "steps": 2,
    "views": 2,
    "resolutions": [[0, 8]],
    "shading.albedo_until": 0,
    "shading.albedo": 0,
    "field.mlp.levels": 4,
    "field.mlp.blocks": 2,
    "field.mlp.width": 16,
    "background.width": 8,
    "render.samples": 16,
    "occupancy.resolution": 8,
    "mesh_resolution": 24,
}


@pytest.mark.parametrize("threshold, meshed", [(12.0, False), (3.0, True)])
def test_a_small_run_of_it_with_the_toybox_prior(tmp_path, threshold, meshed):
    """At first the densest place is the blob, 1.4 x 5: no surface at the usual threshold, a ball below it."""
    overrides = SMALL | {"mesh_threshold": threshold}
    sizes = {"texture_size": 64, "final_texture_size": 64}
    write_settings(tmp_path, RunSettings("a red mug", preset="paper", device="cpu", overrides=overrides, **sizes))
    Session(tmp_path, Listener(tmp_path)).start(resume=False)
    events = [json.loads(line) for line in events_path(tmp_path).read_text(encoding="utf-8").splitlines()]
    last = [event for event in events if event["event"] == "snapshot"][-1]
    assert last["final"] and bool(last.get("empty")) != meshed
    assert events[-1]["reason"] == "finished" and events[-1]["step"] == 2
    if meshed:
        newest = newest_snapshot(tmp_path)[1]
        export_snapshot(newest, tmp_path / "mug.glb", "glb")
        assert (tmp_path / "mug.glb").stat().st_size > 1000
