"""Manifold meshes: of whatever field, and of closed meshes whose vertices were merged at random."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.meshing import clean
from engine.meshing.even import even
from engine.meshing.manifold import cancel_opposites, make_manifold
from engine.meshing.surface import marching_cubes
from tests.engine.meshing.hard_fields import HARD_FIELDS, noisy

SEEDS = st.integers(0, 2**32 - 1)


def check(vertices: np.ndarray, faces: np.ndarray) -> None:
    """Closed, wound alike, two faces at each edge, one fan at each vertex, no face twice or without three corners."""
    assert vertices.dtype == np.float32 and faces.dtype == np.int32
    assert np.array_equal(np.unique(faces), np.arange(len(vertices)))
    assert (faces != np.roll(faces, 1, axis=1)).all()
    edges = np.stack([faces, np.roll(faces, -1, axis=1)], axis=-1).reshape(-1, 2)
    there, count = np.unique(edges, axis=0, return_counts=True)
    assert (count == 1).all() and {tuple(edge) for edge in there} == {tuple(edge[::-1]) for edge in there}
    assert len(np.unique(np.sort(faces, axis=1), axis=0)) == len(faces)
    # What faces meet at a vertex is one ring if their far edges, from one neighbour to the next, form one cycle.
    following = {(a, b): c for face in faces.tolist() for a, b, c in (face, face[1:] + face[:1], face[2:] + face[:2])}
    rings = Counter()
    unseen = set(following)
    while unseen:
        vertex, neighbour = next(iter(unseen))
        rings[vertex] += 1
        while (vertex, neighbour) in unseen:
            unseen.remove((vertex, neighbour))
            neighbour = following[vertex, neighbour]
    assert set(rings.values()) <= {1}


def signed(vertices: np.ndarray, faces: np.ndarray) -> Counter:
    """How often each triangle of positions is there, less how often it is there the other way round."""
    count = Counter()
    for corners in vertices[faces].tolist():
        order = sorted(range(3), key=lambda k: corners[k])
        turn = 1 if order in ([0, 1, 2], [1, 2, 0], [2, 0, 1]) else -1
        count[tuple(tuple(corners[k]) for k in order)] += turn
    return Counter({triangle: number for triangle, number in count.items() if number})


@given(st.sampled_from(HARD_FIELDS), SEEDS, st.integers(9, 28), st.integers(4, 3000), st.sampled_from([0, 10]))
@settings(max_examples=60)
def test_every_mesh_is_sound_and_within_its_budget(field, seed, side, budget, smoothing):
    surface = marching_cubes(field(side, np.random.default_rng(seed)).astype(np.float32), 1.0)
    if surface is None:
        return
    vertices, faces = clean.clean(*surface, budget, smoothing)
    assert len(faces) <= budget and np.isfinite(vertices).all()
    check(vertices, faces)
    assert (np.linalg.norm(clean.cross_products(vertices, faces), axis=1) >= clean.FLAT).all()
    if len(faces):
        vertices, faces = clean.sound(even(vertices, faces), faces)
        assert len(faces) <= budget and np.isfinite(vertices).all()
        check(vertices, faces)


@given(SEEDS, st.integers(1, 60))
@settings(max_examples=60)
def test_merged_vertices_are_parted_and_no_face_is_lost_but_those_that_cancel(seed, groups):
    sphere = trimesh.creation.icosphere(subdivisions=2)
    rng = np.random.default_rng(seed)
    merged = np.where(rng.random(len(sphere.vertices)) < 0.5, np.arange(len(sphere.vertices)), rng.integers(0, groups))
    faces = merged[sphere.faces].astype(np.int32)
    vertices, faces = clean.keep_faces(
        sphere.vertices.astype(np.float32), faces, (faces != np.roll(faces, 1, axis=1)).all(axis=1)
    )
    parted = make_manifold(vertices, faces)
    check(*parted)
    assert signed(*parted) == signed(vertices, faces)


def test_a_manifold_mesh_keeps_its_faces(sphere_mesh):
    vertices, faces = make_manifold(*sphere_mesh)
    assert len(vertices) == len(sphere_mesh[0])
    assert np.array_equal(vertices[faces], sphere_mesh[0][sphere_mesh[1]])


@pytest.mark.parametrize("shared", [1, 2])
def test_solids_that_touch_at_a_corner_or_an_edge_become_two(shared):
    one = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], dtype=np.int32)
    vertices = np.random.default_rng(0).random((8 - shared, 3), dtype=np.float32)
    vertices, faces = make_manifold(vertices, np.concatenate([one, one + 4 - shared]))
    check(vertices, faces)
    assert len(vertices) == 8 and trimesh.Trimesh(vertices, faces, process=False).body_count == 2


def test_opposites_cancel_and_what_is_there_twice_stays():
    faces = np.array([[0, 1, 2], [3, 4, 5], [2, 1, 0], [1, 2, 0], [5, 3, 4]], dtype=np.int32)
    assert cancel_opposites(faces).tolist() == [[0, 1, 2], [3, 4, 5], [5, 3, 4]]


def test_flat_faces_collapse_and_the_mesh_stays_closed(sphere_mesh):
    vertices, faces = sphere_mesh[0].copy(), sphere_mesh[1]
    for a, b, c in faces[::97]:
        vertices[c] = (vertices[a] + vertices[b]) / 2
    found = clean.collapse_flat(vertices, faces)
    assert len(faces) - 200 < len(found[1]) < len(faces)
    assert (np.linalg.norm(clean.cross_products(*found), axis=1) >= clean.FLAT).all()
    check(*make_manifold(*found))


@pytest.mark.parametrize("budget", [20_000, 4_000])
def test_the_noisy_ball_of_96_voxels_a_side(budget):
    surface = marching_cubes(noisy(96, np.random.default_rng(0)).astype(np.float32), 1.0)
    vertices, faces = clean.clean(*surface, budget, 10)
    check(vertices, faces)
    assert 0.9 * budget < len(faces) <= budget
