"""Marching cubes against the closed forms of a sphere, and the sparse grid against the dense one."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.meshing import query
from engine.meshing.surface import OPENING, density_grid, inside_the_scene, marching_cubes, rooms, vertices_near

THRESHOLD = 25.0
EVERYWHERE = torch.ones(4, 4, 4, dtype=torch.bool)


def solid(vertices: np.ndarray, faces: np.ndarray) -> trimesh.Trimesh:
    return trimesh.Trimesh(vertices, faces, process=False)


def exponential(x):
    return THRESHOLD * torch.exp(20.0 * (0.6 - x.norm(dim=-1)))


def softplus(x):
    return torch.nn.functional.softplus(60.0 * (0.6 - x.norm(dim=-1)) + THRESHOLD)


@pytest.mark.parametrize("density", [exponential, softplus])
def test_sphere_errors_shrink_with_the_square_of_the_spacing(density):
    true_volume, true_area = 4 / 3 * math.pi * 0.6**3, 4 * math.pi * 0.6**2
    grids = [density_grid(density, THRESHOLD, resolution, EVERYWHERE) for resolution in (25, 49)]
    meshes = [solid(*marching_cubes(grid, THRESHOLD)) for grid in grids]
    for error in ([m.volume / true_volume - 1 for m in meshes], [m.area / true_area - 1 for m in meshes]):
        assert abs(error[0]) < 0.03
        assert 3.0 < error[0] / error[1] < 5.0


def test_sphere_is_closed_and_faces_outwards(sphere_mesh):
    vertices, faces = sphere_mesh
    assert vertices.dtype == np.float32 and faces.dtype == np.int32
    mesh = solid(vertices, faces)
    assert mesh.is_watertight and mesh.is_winding_consistent and mesh.euler_number == 2
    assert (np.einsum("fi,fi->f", mesh.face_normals, mesh.triangles_center) > 0).all()


def test_exponential_density_puts_vertices_on_the_sphere(sphere_mesh):
    # The logarithm of this density is linear along every ray from the centre. What is left is the sphere's curvature
    # between two grid vertices: at most the sagitta h^2 / 8r of an edge of length h.
    assert np.abs(np.linalg.norm(sphere_mesh[0], axis=1) - 0.6).max() < (2 / 31) ** 2 / (8 * 0.6)


def test_axes_are_x_y_z():
    box = torch.tensor([0.2, 0.4, 0.7])
    grid = density_grid(lambda x: 50.0 * ((x - 0.1).abs() < box).all(dim=-1), THRESHOLD, 41, EVERYWHERE)
    vertices, _ = marching_cubes(grid, THRESHOLD)
    assert np.allclose(vertices.min(axis=0), 0.1 - box.numpy(), atol=0.05)
    assert np.allclose(vertices.max(axis=0), 0.1 + box.numpy(), atol=0.05)


def grid_points(resolution: int) -> tuple[np.ndarray, ...]:
    return np.meshgrid(*[np.linspace(-1, 1, resolution)] * 3, indexing="ij")


@pytest.mark.parametrize("resolution", [64, 128, 192])
def test_a_room_behind_a_pinhole_is_filled_and_one_with_a_door_is_not(resolution):
    x, y, z = grid_points(resolution)
    radius = np.sqrt(x**2 + y**2 + z**2)
    empty, shell = radius < 0.4, (radius >= 0.4) & (radius < 0.7)
    along = (np.hypot(x, y), z > 0)
    pinhole, door = (shell & ~((along[0] < wide / 2) & along[1]) for wide in (0.5 * OPENING, 3 * OPENING))
    for closed in (shell, pinhole):
        found = rooms(closed)
        assert found[empty].all() and not (found & (radius > 0.7)).any()
    assert not rooms(door).any()


@given(half=st.floats(0.005, 0.3), depth=st.floats(-0.6, 0.6))
@settings(max_examples=20)
def test_a_slit_is_no_room(half, depth):
    x, y, z = grid_points(48)
    assert not rooms((x**2 + y**2 + z**2 < 0.8**2) & ~((np.abs(x) < half) & (z > depth))).any()


@pytest.mark.parametrize("value", [0.0, 1.0, 25.0, 26.0, 1e30])
def test_empty_and_full_grids_have_no_surface(value):
    assert marching_cubes(np.full((8, 8, 8), value, dtype=np.float32), THRESHOLD) is None


def test_density_up_to_the_border_is_cut_off_there():
    grid = np.full((9, 9, 9), 100.0, dtype=np.float32)
    grid[6:] = 0.0
    mesh = solid(*marching_cubes(grid, THRESHOLD))
    assert mesh.is_watertight and mesh.volume > 0
    assert np.allclose(mesh.bounds[0], -1.0) and np.allclose(mesh.bounds[1, 1:], 1.0)


@given(st.floats(40, 2_000), st.floats(-0.5, 0.5))
@settings(max_examples=10)
def test_what_no_ray_reaches_is_cut_off_at_the_scenes_sphere(height, middle):
    slab = lambda x: height * torch.exp(-40 * ((x[:, 2] - middle).abs() - 0.2).clamp_min(0))
    grid = density_grid(inside_the_scene(slab, THRESHOLD), THRESHOLD, 64, EVERYWHERE)
    vertices, faces = marching_cubes(grid, THRESHOLD)
    assert np.linalg.norm(vertices, axis=1).max() < 1.002
    assert solid(vertices, faces).is_watertight
    upright = np.abs(vertices[:, 2] - middle) < 0.15
    assert np.abs(np.linalg.norm(vertices[upright], axis=1) - 1).max() < 0.01


def test_what_is_not_finite_is_not_cut_off():
    assert inside_the_scene(lambda x: torch.full((len(x),), math.inf), THRESHOLD)(torch.zeros(1, 3)).isinf().all()


@pytest.mark.parametrize("threshold", [0.0, -1.0, math.inf, math.nan])
def test_thresholds_without_a_meaning_are_refused(threshold):
    with pytest.raises(ValueError, match="above 0"):
        marching_cubes(np.ones((4, 4, 4), dtype=np.float32), threshold)


@given(arrays(np.float32, (6, 6, 6), elements=st.floats(0, 1000, width=32)))
def test_every_surface_is_closed_and_inside_the_cube(grid):
    surface = marching_cubes(grid, THRESHOLD)
    if surface is None:
        return
    vertices, faces = surface
    assert np.isfinite(vertices).all() and np.abs(vertices).max() <= 1.0
    directed = np.stack([faces, np.roll(faces, -1, axis=1)], axis=-1).reshape(-1, 2)
    there, counts = np.unique(directed, axis=0, return_counts=True)
    back = np.unique(directed[:, ::-1], axis=0)
    assert (counts == 1).all() and np.array_equal(there, back)


def dense(density, resolution, bound=1.0):
    """Density at every vertex."""
    axis = torch.linspace(-bound, bound, resolution)
    points = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), dim=-1)
    return density(points.view(-1, 3)).view(resolution, resolution, resolution).numpy()


@given(st.integers(4, 40), st.integers(2, 24), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_vertices_in_or_next_to_occupied_cells_are_near(resolution, cells, seed):
    occupied = np.random.default_rng(seed).random((cells, cells, cells)) < 0.02
    axis = np.linspace(-1, 1, resolution)
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    reach = 1 / cells + max(2 / cells, 2 / (resolution - 1)) - 1e-6
    expected = np.zeros((resolution,) * 3, dtype=bool)
    for centre in (np.argwhere(occupied) + 0.5) / cells * 2 - 1:
        expected |= (np.abs(points - centre) <= reach).all(axis=-1)
    assert vertices_near(occupied, resolution)[expected].all()


@given(st.integers(4, 24), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_where_the_surface_passes_both_sides_are_evaluated(resolution, seed):
    direction = torch.randn(3, 3, generator=torch.Generator().manual_seed(seed)) * 20

    def rough(x):
        return THRESHOLD + 10 * (x @ direction).sin().sum(dim=-1)

    grid, full = density_grid(rough, THRESHOLD, resolution, EVERYWHERE), dense(rough, resolution)
    assert np.allclose(grid[::2, ::2, ::2], full[::2, ::2, ::2], atol=1e-3)
    for axis in range(3):
        inside = np.moveaxis(grid > THRESHOLD, axis, 0)
        crossed = np.argwhere(inside[1:] != inside[:-1])
        for end in (0, 1):
            at = tuple((crossed + [end, 0, 0]).T)
            assert np.allclose(np.moveaxis(grid, axis, 0)[at], np.moveaxis(full, axis, 0)[at], atol=1e-3)


def test_following_the_surface_gives_the_same_surface(ball):
    axis = (torch.arange(16) + 0.5) / 8 - 1
    occupied = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), dim=-1).norm(dim=-1) < 0.65
    asked = []
    grid = density_grid(lambda x: asked.append(len(x)) or ball.density(x), THRESHOLD, 32, occupied)
    assert sum(asked) < 0.25 * 32**3
    found, expected = marching_cubes(grid, THRESHOLD), marching_cubes(dense(ball.density, 32), THRESHOLD)
    assert np.allclose(found[0], expected[0], atol=1e-5) and np.array_equal(found[1], expected[1])


def test_a_rod_too_thin_for_the_coarse_vertices_is_followed():
    def rod(x):
        along = torch.stack([x[:, 0] - x[:, 0].clamp(0, 0.9), x[:, 1] - 1 / 31, x[:, 2] - 1 / 31], dim=-1)
        return THRESHOLD * torch.exp(40 * torch.maximum(0.3 - x.norm(dim=-1), 0.03 - along.norm(dim=-1)))

    # The rod's radius is half of the vertices' spacing, and its axis runs where no coarse vertex is.
    vertices, faces = marching_cubes(density_grid(rod, THRESHOLD, 32, EVERYWHERE), THRESHOLD)
    expected, expected_faces = marching_cubes(dense(rod, 32), THRESHOLD)
    assert expected[:, 0].max() > 0.9
    assert np.array_equal(faces, expected_faces) and np.allclose(vertices, expected, atol=1e-5)


def test_nothing_occupied_asks_nothing():
    def refuse(x):
        raise AssertionError("asked")

    assert not density_grid(refuse, THRESHOLD, 16, ~EVERYWHERE).any()


def test_chunks_do_not_change_the_grid(ball, monkeypatch):
    whole = density_grid(ball.density, THRESHOLD, 12, EVERYWHERE)
    monkeypatch.setattr(query, "CHUNK_CPU", 100)
    assert np.allclose(density_grid(ball.density, THRESHOLD, 12, EVERYWHERE), whole, rtol=1e-5)


def test_a_diverged_field_is_named():
    with pytest.raises(ValueError, match="diverged"):
        density_grid(lambda x: x[:, 0] * math.nan, THRESHOLD, 8, EVERYWHERE)
