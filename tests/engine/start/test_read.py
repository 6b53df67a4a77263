"""Shapes out of files of other programs: z up and front towards -y, whatever the file's own custom is."""

import numpy as np
import pytest
import trimesh

from engine.meshing.export import y_up
from engine.run.snapshots import MESH, write_snapshot
from engine.run.start import StartError, fit_to_scene
from engine.start.read import load_start
from tests.engine.run.test_snapshots import PNG, TETRAHEDRON

WEDGE = trimesh.Trimesh(
    [[0, -0.3, 0], [0.5, 0, 0], [0, 0, 0], [0, 0, 1.0]], [[0, 1, 3], [1, 2, 3], [2, 0, 3], [0, 2, 1]]
)


@pytest.mark.parametrize("ending", ["glb", "obj", "stl"])
def test_its_front_stays_in_front_and_its_top_on_top(tmp_path, ending):
    vertices = WEDGE.vertices if ending == "stl" else y_up(WEDGE.vertices)
    trimesh.Trimesh(vertices, WEDGE.faces).export(tmp_path / f"wedge.{ending}")
    found, wanted = load_start(tmp_path / f"wedge.{ending}"), fit_to_scene(WEDGE.vertices, WEDGE.faces)[0]
    assert len(found.faces) == 4
    np.testing.assert_allclose(found.vertices.min(0), wanted.vertices.min(0), atol=1e-4)
    np.testing.assert_allclose(found.vertices.max(0), wanted.vertices.max(0), atol=1e-4)


def test_all_objects_of_a_file_are_one_shape(tmp_path):
    scene = trimesh.Scene([trimesh.creation.box(), trimesh.creation.box().apply_translation([3, 0, 0])])
    scene.export(tmp_path / "two.glb")
    assert len(load_start(tmp_path / "two.glb").faces) == 24


def test_the_mesh_of_another_run(tmp_path):
    assert len(load_start(write_snapshot(tmp_path, 3, TETRAHEDRON, PNG) / MESH).faces) == len(TETRAHEDRON.faces)


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("a.glb", b"", "cannot be read"), ("a.glb", b"glTF\x02\0\0\0\xff\xff\xff\xff", "cannot be read"),
        ("a.stl", b"solid\nfacet", "no faces"), ("a.obj", b"f 1 2 3\n", "no faces"),
        ("a.obj", b"v 1 2 3\n", "no faces"), ("a.obj", b"v 1 2 3\nv 0 0 0\nf 1 2 9\n", "cannot be read"),
        ("a.npz", b"PK", "is broken"), ("a.blend", b"BLENDER", "choose one of"), ("none.glb", None, "There is no file"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_sentence(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(StartError, match=words) as caught:
        load_start(tmp_path / name)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")
