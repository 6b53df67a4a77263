"""Exports, read back by another program's reader."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
import trimesh
from PIL import Image

from engine.meshing import unwrap
from engine.meshing.export import export_mesh, export_snapshot, side_files, split_corners, y_up
from engine.meshing.images import encode_png
from engine.meshing.snapshot import extract
from engine.run.settings import SettingsError
from engine.run.snapshots import write_snapshot


@pytest.fixture(params=[True, False], ids=["charts", "triangles"])
def snapshot(request, ball):
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
    return result.mesh, pixels(result.albedo_png)


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
    mesh, image = snapshot
    export_mesh(mesh, image, tmp_path / "thing.glb", "glb")
    loaded = trimesh.load_scene(tmp_path / "thing.glb", process=False).geometry["thing"]
    check(loaded, mesh, len(split_corners(mesh.faces, mesh.uvs)[0]))
    material = loaded.visual.material
    assert np.array_equal(np.asarray(material.baseColorTexture.convert("RGB")), image)
    assert material.roughnessFactor == pytest.approx(0.6) and material.metallicFactor == 0


def test_obj_comes_back(snapshot, tmp_path):
    mesh, image = snapshot
    export_mesh(mesh, image, tmp_path / "thing.obj", "obj")
    (loaded,) = trimesh.load_scene(tmp_path / "thing.obj", process=False).geometry.values()
    check(loaded, mesh, len(loaded.vertices))
    assert np.array_equal(np.asarray(loaded.visual.material.image.convert("RGB")), image)
    text = (tmp_path / "thing.obj").read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith("v ") for line in text) == len(mesh.vertices)
    assert sum(line.startswith("vt ") for line in text) == len(np.unique(mesh.uvs.reshape(-1, 2), axis=0))
    assert (tmp_path / "thing.mtl").is_file() and (tmp_path / "thing-albedo.png").read_bytes() == encode_png(image)


@pytest.mark.parametrize("stem", ["my mug", "mug #2", "-mug", "a\tb", "mug.v2", "caf\u00e9", "\u00a0", "m\u00fcg-1_b"])
def test_readers_that_end_names_at_spaces_find_the_material_and_the_texture(snapshot, tmp_path, stem):
    output = tmp_path / f"{stem}.obj"
    export_mesh(*snapshot, output, "obj")
    words = dict(line.split()[:2] for line in output.read_text(encoding="utf-8").splitlines()[:2])
    material = tmp_path / words["mtllib"]
    words = dict(line.split()[:2] for line in material.read_text(encoding="utf-8").splitlines())
    assert material == side_files(output)[0] and np.array_equal(
        pixels((tmp_path / words["map_Kd"]).read_bytes()), snapshot[1]
    )
    assert not words["map_Kd"].startswith("-") and "#" not in words["map_Kd"]
    assert float(words["Pr"]) == 0.6 and float(words["Ns"]) == 160


def test_an_obj_is_replaced_with_its_own_files(snapshot, tmp_path):
    for image in (snapshot[1], snapshot[1] // 2):
        export_mesh(snapshot[0], image, tmp_path / "thing.obj", "obj")
        assert np.array_equal(pixels((tmp_path / "thing-albedo.png").read_bytes()), image)


@pytest.mark.parametrize("name, there", [
    ("thing.mtl", {}),
    ("thing-albedo.png", {}),
    ("thing.mtl", {"thing.obj": "mtllib other.mtl\n"}),
    ("thing-albedo.png", {"thing.obj": "mtllib thing.mtl\n"}),
    ("thing-albedo.png", {"thing.obj": "mtllib thing.mtl\n", "thing.mtl": "map_Kd other.png\n"}),
])
def test_a_strangers_file_is_not_replaced(snapshot, tmp_path, name, there):
    for file, text in (there | {name: "a stranger's"}).items():
        (tmp_path / file).write_text(text)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(SettingsError, match=f"{name} is there"):
        export_mesh(*snapshot, tmp_path / "thing.obj", "obj")
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


def export_and_split(snapshot, folder) -> tuple[list[str], int]:
    """The notes of an export of it, and how many vertices the GLB has for its corners."""
    written = write_snapshot(folder, 7, snapshot[0], encode_png(snapshot[1]))
    notes = export_snapshot(written, folder / "thing.glb", "glb")
    loaded = trimesh.load_scene(folder / "thing.glb", process=False).geometry["thing"]
    assert loaded.volume == pytest.approx(trimesh.Trimesh(snapshot[0].vertices, snapshot[0].faces).volume, rel=1e-4)
    return notes, len(loaded.vertices)


def test_an_export_has_charts_also_where_the_snapshot_has_none(snapshot, tmp_path):
    notes, vertices = export_and_split(snapshot, tmp_path)
    assert notes == [] and vertices < 2 * len(snapshot[0].vertices)


def test_where_unwrapping_takes_too_long_an_export_is_made_without_and_says_so(snapshot, tmp_path, monkeypatch):
    patches = len(split_corners(snapshot[0].faces, snapshot[0].uvs)[0]) == snapshot[0].faces.size
    monkeypatch.setattr(unwrap, "PATIENCE", 0.001)
    notes, vertices = export_and_split(snapshot, tmp_path)
    assert notes == ([unwrap.GIVEN_UP] if patches else []) and (vertices == snapshot[0].faces.size) == patches


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


def test_stl_comes_back_closed_in_millimetres_and_z_up(snapshot, tmp_path):
    mesh, _ = snapshot
    export_mesh(*snapshot, tmp_path / "thing.stl", "stl")
    written = (tmp_path / "thing.stl").read_bytes()
    assert len(written) == 84 + 50 * len(mesh.faces) and not written.startswith(b"solid"), "binary"
    loaded = trimesh.load_mesh(tmp_path / "thing.stl")  # which joins what is in one place
    assert loaded.is_watertight and len(loaded.vertices) == len(mesh.vertices)
    triangles = 50 * mesh.vertices[mesh.faces]
    assert np.allclose(loaded.triangles, triangles, atol=1e-4)
    planes = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    stored = np.frombuffer(written[84:], np.dtype([("floats", "<f4", 12), ("attribute", "<u2")]))["floats"][:, :3]
    assert (np.einsum("ij,ij->i", stored, planes) > 0.99 * np.linalg.norm(planes, axis=1)).all()


def test_what_holds_no_coordinates_is_not_unwrapped(snapshot, tmp_path, monkeypatch):
    monkeypatch.setattr("engine.meshing.export.reunwrap", None)
    written = write_snapshot(tmp_path, 7, snapshot[0], encode_png(snapshot[1]))
    assert export_snapshot(written, tmp_path / "thing.stl", "stl") == []


def test_unknown_formats_are_refused(snapshot, tmp_path):
    with pytest.raises(ValueError, match="glb, obj, stl"):
        export_mesh(*snapshot, tmp_path / "thing.ply", "ply")
