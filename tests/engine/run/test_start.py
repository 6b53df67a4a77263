"""The shape that a run starts from: into the scene and back, and files that no run can start from."""

import os
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.run.settings import RunSettings, SettingsError, read_settings, write_settings
from engine.run.snapshots import MESH, write_snapshot
from engine.run.start import REACH, START, Start, StartError, fit_to_scene, read_start, write_start
from tests.engine.run.test_snapshots import PNG, TETRAHEDRON

FACES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
number = st.floats(-1000, 1000)
fours = st.lists(st.tuples(number, number, number), min_size=4, max_size=4).map(np.array)


@given(vertices=fours.filter(lambda each: np.ptp(each, axis=0).max() > 0.01))
def test_a_mesh_fitted_to_the_scene_can_be_put_back(vertices):
    start, centre, unit = fit_to_scene(vertices, FACES)
    np.testing.assert_allclose(centre + unit * start.vertices, vertices, atol=1e-3)
    assert np.linalg.norm(start.vertices, axis=1).max() == pytest.approx(REACH, abs=1e-5)


def test_vertices_without_a_face_do_not_count():
    vertices = np.concatenate([[[500.0, 0, 0]], np.eye(3)])
    assert len(fit_to_scene(vertices, np.array([[1, 2, 3]]))[0].vertices) == 3


@pytest.mark.parametrize(
    "vertices, faces, words",
    [
        (np.eye(3), np.empty((0, 3), int), "no faces"),
        (np.ones((3, 3)), FACES[:1], "as small as a point"),
        (np.diag([1, np.nan, 1]), FACES[:1], "not a number"),
        (np.diag([1, np.inf, 1]), FACES[:1], "not a number"),
    ],
)
def test_what_has_no_size_is_refused(vertices, faces, words):
    with pytest.raises(StartError, match=words):
        fit_to_scene(vertices, faces)


def test_it_is_read_as_it_was_written_and_so_is_a_snapshot(tmp_path):
    start = fit_to_scene(np.random.default_rng(0).random((4, 3)), FACES)[0]
    found = read_start(tmp_path, write_start(tmp_path, start))
    assert np.array_equal(found.vertices, start.vertices) and np.array_equal(found.faces, start.faces)
    folder = write_snapshot(tmp_path, 3, TETRAHEDRON, PNG)
    assert np.array_equal(read_start(folder, MESH).faces, TETRAHEDRON.faces)


def damaged(**changes) -> dict[str, np.ndarray]:
    arrays = {"schema": np.int32(1), "vertices": np.eye(3, dtype=np.float32), "faces": FACES[:1]} | changes
    return {name: array for name, array in arrays.items() if array is not None}


@pytest.mark.parametrize(
    "arrays, words",
    [
        (damaged(schema=np.int32(9)), "newer version"),
        (damaged(vertices=None), "holds no mesh"),
        (damaged(faces=None), "holds no mesh"),
        (damaged(vertices=np.eye(3)), "float64"),
        (damaged(vertices=np.eye(3, dtype=np.float32)[0]), "shape"),
        (damaged(vertices=np.diag([1, np.nan, 1]).astype(np.float32)), "out of the scene"),
        (damaged(vertices=2 * np.eye(3, dtype=np.float32)), "out of the scene"),
        (damaged(faces=FACES), "point past"),
        (damaged(faces=-FACES[:1]), "point past"),
        (damaged(faces=FACES[:1].astype(np.int64)), "int64"),
        (damaged(faces=np.empty((0, 3), np.int32)), "no faces"),
        (damaged(vertices=np.array([None, 1])), "broken"),
    ],
)
def test_what_no_run_can_start_from_is_told_in_one_sentence(tmp_path, arrays, words):
    np.savez(tmp_path / START, **arrays)
    with pytest.raises(StartError, match=words) as caught:
        read_start(tmp_path, START)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_files_that_are_none(tmp_path):
    with pytest.raises(StartError, match=r"There is no start\.npz"):
        read_start(tmp_path, START)
    (tmp_path / START).write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(StartError, match="is broken"):
        read_start(tmp_path, START)
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({2**44}, 3), }}".ljust(117).encode() + b"\n"
    with zipfile.ZipFile(tmp_path / START, "w") as archive:
        archive.writestr("vertices.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(StartError, match="does not have as many numbers as it claims"):
        read_start(tmp_path, START)


@pytest.mark.skipif(os.name == "nt", reason="Windows makes no links without special rights")
def test_a_link_out_of_the_run_folder_is_not_followed(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    write_start(tmp_path, Start(np.eye(3, dtype=np.float32), FACES[:1]))
    (folder / START).symlink_to(tmp_path / START)
    with pytest.raises(StartError, match="a link to another place"):
        read_start(folder, START)


@pytest.mark.parametrize(
    "name", ["../start.npz", "/etc/passwd", "a/b.npz", "C:\\x", "..", ".", "a\\b", "x" * 200, 7, None]
)
def test_settings_name_no_other_place(tmp_path, name):
    with pytest.raises(SettingsError, match="The start must be"):
        write_settings(tmp_path, RunSettings("a chair", start=name))


def test_settings_remember_it(tmp_path):
    write_settings(tmp_path, RunSettings("a chair", start=START))
    assert read_settings(tmp_path).start == START
