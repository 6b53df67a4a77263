"""Even walls: lumps go, edges and volumes stay."""

from __future__ import annotations

import numpy as np
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import zoom
from scipy.spatial.transform import Rotation

from engine.meshing import clean
from engine.meshing.even import even
from engine.meshing.surface import marching_cubes

SIDE = 48


def lumpy(distance: np.ndarray, lumps: float = 0.02):
    """The surface of a signed distance (SIDE^3,), bent by lumps of about three voxels."""
    noise = zoom(np.random.default_rng(0).normal(size=(16, 16, 16)), SIDE / 16, order=3)
    return clean.clean(*marching_cubes(np.exp((lumps * noise - distance) * 40).astype(np.float32), 1.0), 8_000, 10)


def axes() -> np.ndarray:
    axis = np.linspace(-1, 1, SIDE)
    return np.stack(np.meshgrid(axis, axis, axis, indexing="ij"))


def cube(half: float = 0.6) -> np.ndarray:
    return np.abs(axes()).max(axis=0) - half


def from_the_axes(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Degrees between each face's normal and the nearest axis."""
    normals = clean.cross_products(vertices.astype(np.float64), faces)
    return np.degrees(np.arccos(np.clip(np.abs(normals).max(1) / np.linalg.norm(normals, axis=1), -1, 1)))


def test_a_cubes_walls_become_flat_and_its_edges_stay():
    vertices, faces = lumpy(cube())
    before, evened = np.median(from_the_axes(vertices, faces)), even(vertices, faces)
    assert np.median(from_the_axes(evened, faces)) < 0.6 * before
    # How far an edge's middle is from where the walls would meet: rounding it off would take it inwards.
    edge = np.abs(vertices[:, 2]) < 0.3
    reach = lambda points: np.sort(np.abs(points[edge, 0]) + np.abs(points[edge, 1]))[-40:].mean()
    assert reach(evened) > reach(vertices) - 0.01


def test_a_balls_volume_stays_and_its_normals_are_truer():
    vertices, faces = lumpy(np.linalg.norm(axes(), axis=0) - 0.6, lumps=0.01)

    def error(points: np.ndarray) -> float:
        mesh = trimesh.Trimesh(points, faces, process=False)
        out = mesh.triangles_center / np.linalg.norm(mesh.triangles_center, axis=1, keepdims=True)
        return np.degrees(np.median(np.arccos(np.clip((mesh.face_normals * out).sum(1), -1, 1))))

    evened = even(vertices, faces)
    volume = lambda points: trimesh.Trimesh(points, faces, process=False).volume
    assert error(evened) < 0.8 * error(vertices)
    assert abs(volume(evened) / volume(vertices) - 1) < 2e-3


def test_walls_two_voxels_thick_keep_their_thickness():
    x, y, z = axes()
    vertices, faces = lumpy(np.maximum(np.maximum(np.abs(x), np.abs(y)) - 0.7, np.abs(z) - 1.5 / SIDE), lumps=0.01)
    evened = even(vertices, faces)
    inner = np.abs(vertices[:, :2]).max(axis=1) < 0.5
    upper = inner & (vertices[:, 2] > 0)
    gap = lambda points: points[upper, 2].mean() - points[inner & ~upper, 2].mean()
    assert abs(gap(evened) / gap(vertices) - 1) < 0.05


def test_what_is_even_stays():
    box = trimesh.creation.box().subdivide().subdivide().subdivide()
    assert np.abs(even(box.vertices, box.faces) - box.vertices).max() < 1e-3


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10)
def test_it_does_not_matter_how_the_mesh_lies(seed):
    mesh, rng = trimesh.creation.icosphere(subdivisions=2), np.random.default_rng(seed)
    vertices = mesh.vertices + rng.normal(scale=0.02, size=mesh.vertices.shape)
    turn, shift = Rotation.random(random_state=seed).as_matrix(), rng.normal(size=3)
    moved = even(vertices @ turn.T + shift, mesh.faces)
    assert np.allclose(moved, even(vertices, mesh.faces) @ turn.T + shift, atol=1e-5)
