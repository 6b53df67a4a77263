"""Snapshots come back as they were written, appear complete or not at all, and broken ones are refused."""

import errno
import io
import os
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.run.folder import snapshot_path, snapshots_path
from engine.run.snapshots import (
    SnapshotError,
    SnapshotMesh,
    check_mesh,
    read_snapshot,
    thin_snapshots,
    write_snapshot,
)


def png(*colour: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (2, 3), colour or (9, 9, 9)).save(buffer, "PNG")
    return buffer.getvalue()


PNG, OLD, NEW = png(), png(1, 1, 1), png(2, 2, 2)


def mesh_of(vertices, faces) -> SnapshotMesh:
    """A mesh with all that belongs to it, its edges found the plain way."""
    vertices = np.asarray(vertices, np.float32).reshape(-1, 3)
    faces = np.asarray(faces, np.int32).reshape(-1, 3)
    edges: dict[tuple[int, int], int] = {}
    corner_edges = [
        [edges.setdefault(tuple(sorted((int(face[k]), int(face[(k + 1) % 3])))), len(edges)) for k in range(3)]
        for face in faces
    ]
    return SnapshotMesh(
        vertices=vertices,
        faces=faces,
        uvs=np.linspace(0, 1, len(faces) * 6, dtype=np.float32).reshape(-1, 3, 2),
        normals=np.tile(np.float32([0, 0, 1]), (len(vertices), 1)),
        edges=np.array(list(edges), np.int32).reshape(-1, 2),
        corner_edges=np.array(corner_edges, np.int32).reshape(-1, 3),
    )


TETRAHEDRON = mesh_of([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])


def assert_same(left, right):
    for known in fields(SnapshotMesh):
        ours, theirs = getattr(left, known.name), getattr(right, known.name)
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


def test_a_long_history_is_thinned_and_its_ends_stay(tmp_path):
    def steps() -> list[int]:
        return sorted(int(path.name) for path in snapshots_path(tmp_path).iterdir())

    for step in range(0, 600, 10):
        write_snapshot(tmp_path, step, TETRAHEDRON, PNG)
        thin_snapshots(tmp_path, step, most=8)
    assert len(steps()) == 8 and steps()[0] == 0 and steps()[-3:] == [570, 580, 590]
    assert np.diff(steps()[:-3]).max() <= 2 * np.diff(steps()[:-4]).min() + 10
    write_snapshot(tmp_path, 35, TETRAHEDRON, PNG)  # as after a crash, from an older checkpoint on
    thin_snapshots(tmp_path, 35, most=8)
    assert 35 in steps() and len(steps()) == 8


@st.composite
def meshes(draw):
    count = draw(st.integers(3, 8))
    coordinate = st.floats(-2, 2, width=32)
    vertices = draw(st.lists(st.tuples(coordinate, coordinate, coordinate), min_size=count, max_size=count))
    corner = st.lists(st.integers(0, count - 1), min_size=3, max_size=3, unique=True)
    return mesh_of(vertices, draw(st.lists(corner, max_size=10)))


@given(mesh=meshes(), step=st.integers(0, 10_000_000), albedo=st.builds(png, *[st.integers(0, 255)] * 3))
def test_round_trip(tmp_path_factory, mesh, step, albedo):
    folder = tmp_path_factory.mktemp("run")
    path = write_snapshot(folder, step, mesh, albedo)
    assert path == snapshot_path(folder, step)
    assert_same(read_snapshot(path), mesh)
    assert (path / "albedo.png").read_bytes() == albedo


def test_folder_holds_the_two_files_and_nothing_else(tmp_path):
    for _ in range(2):
        write_snapshot(tmp_path, 250, TETRAHEDRON, PNG)
    assert sorted(str(path.relative_to(tmp_path).as_posix()) for path in tmp_path.rglob("*")) == [
        "snapshots",
        "snapshots/000250",
        "snapshots/000250/albedo.png",
        "snapshots/000250/mesh.npz",
    ]


def test_replaces_an_older_snapshot_of_the_step(tmp_path):
    write_snapshot(tmp_path, 250, mesh_of(np.zeros((5, 3)), [[0, 1, 2]]), OLD)
    path = write_snapshot(tmp_path, 250, TETRAHEDRON, NEW)
    assert_same(read_snapshot(path), TETRAHEDRON)
    assert (path / "albedo.png").read_bytes() == NEW


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_full_disk_keeps_the_older_snapshot(tmp_path, monkeypatch, call):
    write_snapshot(tmp_path, 250, TETRAHEDRON, OLD)

    def no_space(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, no_space)
    for step in (250, 500):
        with pytest.raises(OSError):
            write_snapshot(tmp_path, step, TETRAHEDRON, NEW)
    monkeypatch.undo()
    assert [path.name for path in snapshots_path(tmp_path).iterdir()] == ["000250"]
    assert (snapshot_path(tmp_path, 250) / "albedo.png").read_bytes() == OLD


def test_older_snapshot_comes_back_if_the_last_rename_fails(tmp_path, monkeypatch):
    path = write_snapshot(tmp_path, 250, TETRAHEDRON, OLD)
    real_replace = os.replace

    def replace_but_the_new_folder(source, target):
        if str(source).endswith(".tmp") and target == path:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real_replace(source, target)

    monkeypatch.setattr(os, "replace", replace_but_the_new_folder)
    with pytest.raises(OSError):
        write_snapshot(tmp_path, 250, TETRAHEDRON, NEW)
    assert [entry.name for entry in snapshots_path(tmp_path).iterdir()] == ["000250"]
    assert (path / "albedo.png").read_bytes() == OLD


def test_deleted_run_folder_does_not_come_back(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_snapshot(tmp_path / "gone", 250, TETRAHEDRON, PNG)
    assert not (tmp_path / "gone").exists()


def with_entry(array, index, value):
    changed = array.copy()
    changed[index] = value
    return changed


@pytest.mark.parametrize(
    ("name", "array", "said"),
    [
        ("vertices", TETRAHEDRON.vertices.astype(np.float64), "vertices are float64"),
        ("vertices", TETRAHEDRON.vertices[:, :2], "vertices are float32 of shape (4, 2)"),
        ("vertices", with_entry(TETRAHEDRON.vertices, (0, 0), np.nan), "vertices hold a number that is not finite"),
        ("faces", TETRAHEDRON.faces.astype(np.int64), "faces are int64"),
        ("faces", with_entry(TETRAHEDRON.faces, (0, 0), 4), "faces point past its vertices"),
        ("faces", with_entry(TETRAHEDRON.faces, (0, 0), -1), "faces point past its vertices"),
        ("faces", TETRAHEDRON.faces[:, ::-1].copy(), "corner_edges do not join"),
        ("uvs", TETRAHEDRON.uvs.reshape(-1, 2), "uvs are float32 of shape (12, 2), not float32 of shape (N, 3, 2)"),
        ("uvs", TETRAHEDRON.uvs[:3], "as many uvs as faces"),
        ("uvs", with_entry(TETRAHEDRON.uvs, (0, 0), np.inf), "uvs hold a number that is not finite"),
        ("normals", TETRAHEDRON.normals[:3], "as many normals as vertices"),
        ("edges", with_entry(TETRAHEDRON.edges, (0, 0), 9), "edges point past its vertices"),
        ("edges", TETRAHEDRON.edges[:5], "corner_edges point past its edges"),
        ("corner_edges", TETRAHEDRON.corner_edges[:1], "as many corner_edges as faces"),
        ("corner_edges", TETRAHEDRON.corner_edges * 0, "corner_edges do not join"),
    ],
)
def test_bad_mesh_is_refused_on_both_sides(tmp_path, name, array, said):
    bad = replace(TETRAHEDRON, **{name: array})
    with pytest.raises(SnapshotError) as error:
        write_snapshot(tmp_path, 250, bad, PNG)
    assert said in str(error.value)
    assert not snapshots_path(tmp_path).exists()
    path = write_snapshot(tmp_path, 250, TETRAHEDRON, PNG)
    np.savez(path / "mesh.npz", schema=np.int32(1), **{f.name: getattr(bad, f.name) for f in fields(bad)})
    with pytest.raises(SnapshotError) as error:
        read_snapshot(path)
    assert said in str(error.value)


def test_check_passes_an_empty_mesh():
    check_mesh(mesh_of([], []))


def test_incomplete_snapshot(tmp_path):
    path = snapshot_path(tmp_path, 250)
    for missing in ("mesh.npz", "albedo.png"):
        write_snapshot(tmp_path, 250, TETRAHEDRON, PNG)
        (path / missing).unlink()
        with pytest.raises(SnapshotError, match="no complete snapshot"):
            read_snapshot(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema": np.int32(2)}, "newer version (schema 2)"),
        ({"schema": None}, "no schema version"),
        ({"schema": np.float32(1)}, "no schema version"),
        ({"normals": None}, "has no normals"),
        ({"vertices": np.array([{}])}, "broken"),
    ],
)
def test_archive_with_other_content(tmp_path, change, said):
    path = write_snapshot(tmp_path, 250, TETRAHEDRON, PNG)
    arrays = {"schema": np.int32(1), **vars(TETRAHEDRON), **change}
    np.savez(path / "mesh.npz", **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(SnapshotError) as error:
        read_snapshot(path)
    assert said in str(error.value)


@settings(max_examples=100)
@given(data=st.data())
def test_damaged_archive_is_refused_or_harmless(tmp_path_factory, data):
    """Cut short or with a few bytes overwritten, the file gives a SnapshotError or the very same mesh."""
    path = write_snapshot(tmp_path_factory.mktemp("run"), 250, TETRAHEDRON, PNG)
    content = bytearray((path / "mesh.npz").read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (path / "mesh.npz").write_bytes(content[: data.draw(st.integers(0, len(content)) | st.just(len(content)))])
    try:
        mesh = read_snapshot(path)
    except SnapshotError:
        return
    assert_same(mesh, TETRAHEDRON)
