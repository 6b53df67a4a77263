"""Exports, read back by another program's reader."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
import trimesh
from PIL import Image

from engine.meshing.export import export_mesh, split_corners, y_up
from engine.meshing.snapshot import extract


@pytest.fixture(params=[True, False], ids=["charts", "triangles"])
def snapshot(request, tmp_path, ball):
    result = extract(
        ball,
        torch.ones(4, 4, 4, dtype=torch.bool),
        threshold=25.0,
        resolution=24,
        face_budget=500,
        texture_size=64,
        final=request.param,
    )
    result.mesh.vertices += np.array([0.1, 0.2, 0.3], dtype=np.float32)
    (tmp_path / "albedo.png").write_bytes(result.albedo_png)
    return result, tmp_path / "albedo.png"


def check(loaded: trimesh.Trimesh, mesh, coordinates: int):
    expected = y_up(mesh.vertices)
    assert np.allclose(loaded.bounds, [expected.min(axis=0), expected.max(axis=0)], atol=1e-5)
    assert len(loaded.faces) == len(mesh.faces) and len(loaded.visual.uv) == coordinates
    assert np.allclose(loaded.vertices[loaded.faces], expected[mesh.faces], atol=1e-5)
    assert np.allclose(loaded.visual.uv[loaded.faces], mesh.uvs, atol=1e-5)
    assert np.allclose(loaded.vertex_normals[loaded.faces], y_up(mesh.normals)[mesh.faces], atol=1e-3)
    assert loaded.volume > 0


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def test_glb_comes_back(snapshot, tmp_path):
    result, albedo = snapshot
    export_mesh(result.mesh, albedo, tmp_path / "thing.glb", "glb")
    loaded = trimesh.load_scene(tmp_path / "thing.glb", process=False).geometry["thing"]
    check(loaded, result.mesh, len(split_corners(result.mesh.faces, result.mesh.uvs)[0]))
    material = loaded.visual.material
    assert np.array_equal(np.asarray(material.baseColorTexture.convert("RGB")), pixels(result.albedo_png))
    assert material.roughnessFactor == pytest.approx(0.8) and material.metallicFactor == 0


def test_obj_comes_back(snapshot, tmp_path):
    result, albedo = snapshot
    export_mesh(result.mesh, albedo, tmp_path / "thing.obj", "obj")
    (loaded,) = trimesh.load_scene(tmp_path / "thing.obj", process=False).geometry.values()
    check(loaded, result.mesh, len(loaded.vertices))
    assert np.array_equal(np.asarray(loaded.visual.material.image.convert("RGB")), pixels(result.albedo_png))
    text = (tmp_path / "thing.obj").read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith("v ") for line in text) == len(result.mesh.vertices)
    assert sum(line.startswith("vt ") for line in text) == len(np.unique(result.mesh.uvs.reshape(-1, 2), axis=0))
    assert (tmp_path / "thing.mtl").is_file() and (tmp_path / "thing-albedo.png").read_bytes() == result.albedo_png


def test_up_and_front():
    assert y_up(np.array([[0, 0, 1], [0, -1, 0], [1, 0, 0]])).tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]


def test_corners_are_split_only_where_coordinates_differ():
    faces = np.array([[0, 1, 2], [2, 1, 3], [0, 2, 3]], dtype=np.int32)
    place = np.random.default_rng(0).random((4, 2), dtype=np.float32)
    uvs = place[faces]
    corner, split = split_corners(faces, uvs)
    assert len(corner) == 4
    uvs[2, 0] += 0.5
    corner, split = split_corners(faces, uvs)
    assert len(corner) == 5
    assert np.array_equal(faces.ravel()[corner][split], faces)
    assert np.array_equal(uvs.reshape(-1, 2)[corner][split], uvs)


def test_unknown_formats_are_refused(snapshot, tmp_path):
    with pytest.raises(ValueError, match="glb, obj"):
        export_mesh(snapshot[0].mesh, snapshot[1], tmp_path / "thing.stl", "stl")
