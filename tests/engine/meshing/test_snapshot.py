"""From a field to a snapshot on disk."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
import trimesh
from hypothesis import given
from hypothesis.extra import numpy as hnp
from PIL import Image

from engine.meshing import atlas, unwrap
from engine.meshing.images import mean_albedo
from engine.meshing.reunwrap import in_patches
from engine.meshing.snapshot import extract
from engine.run.snapshots import read_snapshot, write_snapshot

EVERYWHERE = torch.ones(4, 4, 4, dtype=torch.bool)
ASKED = {"threshold": 25.0, "resolution": 32, "face_budget": 2000, "texture_size": 128, "final": False}


@pytest.mark.parametrize("final", [False, True])
def test_a_ball_becomes_a_snapshot(ball, tmp_path, final):
    result = extract(ball, EVERYWHERE, **{**ASKED, "final": final})
    assert result.notes == []
    assert list(result.seconds) == ["density", "surface", "clean", "atlas", "bake", "encode"]
    mesh = read_snapshot(write_snapshot(tmp_path, 250, result.mesh, result.albedo_png))
    assert ((0 <= result.mean_albedo) & (result.mean_albedo <= 1)).all()
    assert len(mesh.faces) <= 2000
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    assert solid.is_watertight and solid.volume == pytest.approx(4 / 3 * np.pi * 0.6**3, rel=0.02)
    out = mesh.vertices / np.linalg.norm(mesh.vertices, axis=1, keepdims=True)
    assert (np.sum(mesh.normals * out, axis=1) > 0.97).all()
    assert Image.open(io.BytesIO(result.albedo_png)).size == (128, 128)


@pytest.mark.parametrize("final", [False, True])
def test_texture_and_coordinates_fit_together(ball, final):
    result = extract(ball, EVERYWHERE, **{**ASKED, "final": final})
    mesh = result.mesh
    image = np.asarray(Image.open(io.BytesIO(result.albedo_png)))
    at = mesh.uvs.mean(axis=1)
    row, column = ((1 - at[:, 1]) * 128).astype(int), (at[:, 0] * 128).astype(int)
    expected = ball.albedo(torch.from_numpy(mesh.vertices[mesh.faces].mean(axis=1))).numpy() * 255
    assert np.abs(image[row, column] - expected).mean() < 3


def test_an_empty_field_has_no_snapshot(ball):
    ball.density = lambda x: torch.zeros(len(x))
    assert extract(ball, EVERYWHERE, **ASKED) is None


def test_a_full_field_is_as_it_is_rendered_the_scenes_sphere(ball):
    ball.density = lambda x: torch.full((len(x),), 1e6)
    vertices = extract(ball, EVERYWHERE, **ASKED).mesh.vertices
    assert np.abs(np.linalg.norm(vertices, axis=1) - 1).max() < 0.01


def test_nothing_occupied_is_no_snapshot(ball):
    assert extract(ball, torch.zeros(4, 4, 4, dtype=torch.bool), **ASKED) is None


def test_a_texture_too_small_for_the_faces_lowers_the_budget_and_says_so(ball):
    result = extract(ball, EVERYWHERE, **{**ASKED, "texture_size": 64})
    assert len(result.mesh.faces) <= atlas.triangle_capacity(64) == 512
    assert len(result.notes) == 1 and "room for 512 faces" in result.notes[0]


def test_what_takes_too_long_to_unwrap_is_laid_out_otherwise_and_it_is_said(ball, monkeypatch):
    monkeypatch.setattr(unwrap, "PATIENCE", 0.001)
    result = extract(ball, EVERYWHERE, **{**ASKED, "final": True})
    assert in_patches(result.mesh, ASKED["texture_size"]) and result.notes == [unwrap.GIVEN_UP]


def test_a_diverged_field_is_an_error(ball):
    ball.density = lambda x: x[:, 0] * float("nan")
    with pytest.raises(ValueError, match="diverged"):
        extract(ball, EVERYWHERE, **ASKED)


@given(hnp.arrays(np.uint8, (3, 5, 3)))
def test_the_mean_albedo_is_that_of_its_linear_pixels(image):
    encoded = image.reshape(-1, 3) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    np.testing.assert_allclose(mean_albedo(image), linear.mean(axis=0), atol=1e-12)
