"""Clean-up: what is dropped, what is kept, and that surfaces stay closed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.meshing import clean
from engine.meshing.surface import density_grid, marching_cubes


def solid(mesh) -> trimesh.Trimesh:
    return trimesh.Trimesh(*mesh, process=False)


def balls(*centres_radii, resolution=48):
    """Marching cubes of several balls, (x, y, z, r) each; a negative radius is a hole."""

    def density(x):
        inside = torch.full((len(x),), -1.0)
        for *centre, radius in centres_radii:
            distance = (x - torch.tensor(centre)).norm(dim=-1)
            combine = torch.maximum if radius > 0 else torch.minimum
            inside = combine(inside, radius - distance if radius > 0 else distance + radius)
        return 10.0 * torch.exp(10.0 * inside)

    everywhere = torch.ones(4, 4, 4, dtype=torch.bool)
    return marching_cubes(density_grid(density, 10.0, resolution, everywhere), 10.0)


def noisy_ball():
    noise = torch.nn.functional.interpolate(
        torch.randn(1, 1, 32, 32, 32, generator=torch.Generator().manual_seed(0)), size=(64, 64, 64), mode="trilinear"
    )[0, 0]
    axis = torch.linspace(-1, 1, 64)
    radius = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), dim=-1).norm(dim=-1)
    return marching_cubes((10 * torch.exp(10 * (0.6 - radius + 0.01 * noise))).numpy(), 10.0)


def normal_error(vertices, faces):
    """Degrees between the faces' normals and a sphere's, root mean square over the area."""
    mesh = solid((vertices, faces))
    out = mesh.triangles_center / np.linalg.norm(mesh.triangles_center, axis=1, keepdims=True)
    angle = np.arccos(np.clip(np.sum(mesh.face_normals * out, axis=1), -1, 1))
    return np.degrees(np.sqrt(np.average(angle**2, weights=mesh.area_faces)))


def test_floaters_are_dropped_and_large_pieces_stay():
    surface = balls((-0.4, 0, 0, 0.45), (0.5, 0, 0, 0.35), (0.7, 0.7, 0.7, 0.06), (0.87, 0.87, -0.91, 0.06))
    assert solid(surface).body_count == 4
    kept = clean.drop_floaters(*surface)
    assert solid(kept).body_count == 2 and solid(kept).is_watertight
    assert len(np.unique(kept[1])) == len(kept[0])
    assert np.isclose(solid(kept).volume, 4 / 3 * np.pi * (0.45**3 + 0.35**3), rtol=0.02)


def test_cavities_are_filled_with_what_is_in_them():
    vertices, faces = balls((0, 0, 0, 0.8), (0, 0, 0, -0.6), (0, 0, 0, 0.3))
    assert solid((vertices, faces)).body_count == 1 and np.linalg.norm(vertices, axis=1).min() > 0.75


def test_walls_of_cavities_are_dropped():
    (outer, faces), (inner, others) = balls((0, 0, 0, 0.8)), balls((0, 0, 0, 0.6))
    surface = np.concatenate([outer, inner]), np.concatenate([faces, others[:, ::-1] + len(outer)])
    kept = clean.drop_floaters(*surface)
    assert solid(surface).body_count == 2 and solid(kept).body_count == 1
    assert np.linalg.norm(kept[0], axis=1).min() > 0.75


def test_weld_mends_what_values_on_the_threshold_leave():
    grid = np.random.default_rng(0).integers(0, 3, size=(9, 9, 9)).astype(np.float32)
    vertices, faces = marching_cubes(grid, 1.0)
    assert len(np.unique(vertices, axis=0)) < len(vertices)
    vertices, faces = clean.weld(vertices, faces)
    assert len(np.unique(vertices, axis=0)) == len(vertices) == len(np.unique(faces))
    assert (faces != np.roll(faces, 1, axis=1)).all()
    _, count = np.unique(np.sort(clean.unique_edges(faces)[1].ravel()), return_counts=True)
    assert (count % 2 == 0).all()


def test_smoothing_keeps_the_volume_and_takes_off_the_noise():
    vertices, faces = clean.drop_floaters(*noisy_ball())
    smooth = clean.smooth(vertices, faces, 10)
    assert smooth.dtype == np.float32
    assert normal_error(smooth, faces) < 0.75 * normal_error(vertices, faces)
    assert abs(solid((smooth, faces)).volume / solid((vertices, faces)).volume - 1) < 2e-3


def test_smoothing_leaves_a_sphere_alone(sphere_mesh):
    vertices, faces = sphere_mesh
    assert np.array_equal(clean.smooth(vertices, faces, 0), vertices)
    assert np.abs(clean.smooth(vertices, faces, 10) - vertices).max() < 0.5 * 2 / 31
    assert abs(solid((clean.smooth(vertices, faces, 10), faces)).volume / solid(sphere_mesh).volume - 1) < 2e-3


@pytest.mark.parametrize("budget", [4000, 1000, 200])
def test_decimation_keeps_the_budget_and_the_surface(sphere_mesh, budget):
    vertices, faces = clean.decimate(*sphere_mesh, budget)
    mesh = solid((vertices, faces))
    assert vertices.dtype == np.float32 and faces.dtype == np.int32
    assert 0.8 * budget < len(faces) <= budget
    assert 0 <= faces.min() and faces.max() < len(vertices)
    assert mesh.is_watertight and mesh.is_winding_consistent and mesh.euler_number == 2
    assert (np.einsum("fi,fi->f", mesh.face_normals, mesh.triangles_center) > 0).all()
    assert np.isclose(mesh.volume, solid(sphere_mesh).volume, rtol=0.03)


def test_decimation_of_a_noisy_mesh_keeps_the_budget():
    surface = noisy_ball()
    _, faces = clean.decimate(*surface, 500)
    assert len(faces) <= 500 < len(surface[1])


def test_a_mesh_within_the_budget_keeps_its_faces(sphere_mesh):
    vertices, faces = clean.decimate(*sphere_mesh, len(sphere_mesh[1]))
    assert len(vertices) == len(sphere_mesh[0])
    assert np.array_equal(vertices[faces], sphere_mesh[0][sphere_mesh[1]])


def test_vertex_normals_are_exact_on_a_sphere():
    sphere = trimesh.creation.icosphere(subdivisions=2)
    rng = np.random.default_rng(0)
    uneven = sphere.vertices + rng.normal(scale=0.02, size=sphere.vertices.shape)
    uneven /= np.linalg.norm(uneven, axis=1, keepdims=True)
    assert np.allclose(clean.vertex_normals(uneven, sphere.faces), uneven, atol=1e-5)


def test_normals_are_unit_even_where_nothing_defines_them():
    vertices = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0], [5, 5, 5]], dtype=np.float32)
    normals = clean.vertex_normals(vertices, np.array([[0, 1, 2]], dtype=np.int32))
    assert normals.dtype == np.float32 and np.allclose(np.linalg.norm(normals, axis=1), 1)


@given(arrays(np.int32, st.tuples(st.integers(1, 60), st.just(3)), elements=st.integers(0, 30)))
def test_corner_edges_join_the_corners_of_their_face(faces):
    edges, corner_edges = clean.unique_edges(faces)
    assert edges.dtype == corner_edges.dtype == np.int32 and corner_edges.shape == faces.shape
    assert len(np.unique(np.sort(edges, axis=1), axis=0)) == len(edges)
    expected = np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], axis=-1), axis=-1)
    assert np.array_equal(np.sort(edges[corner_edges], axis=-1), expected)


def test_a_closed_mesh_has_three_edges_for_two_faces(sphere_mesh):
    edges, _ = clean.unique_edges(sphere_mesh[1])
    assert 2 * len(edges) == 3 * len(sphere_mesh[1])


def test_clean_does_all_of_it():
    surface = balls((0, 0, 0, 0.7), (0.9, 0.9, 0.9, 0.05))
    vertices, faces = clean.clean(*surface, 1500, 10)
    mesh = solid((vertices, faces))
    assert mesh.body_count == 1 and mesh.is_watertight and mesh.is_winding_consistent and len(faces) <= 1500
    step = np.linalg.norm(np.diff(vertices[faces].mean(axis=1), axis=0), axis=1)
    assert np.median(step) < 0.15
