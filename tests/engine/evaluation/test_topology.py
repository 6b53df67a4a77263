"""Holes, pinches and pieces, counted on meshes of which they are known."""

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation.surfaces import true_mesh
from engine.toybox.shown import Shown
from engine.evaluation.topology import Topology, topology

BALL = np.asarray(trimesh.creation.icosphere(subdivisions=2).faces)


@given(st.lists(st.integers(0, len(BALL) - 1), unique=True, max_size=8))
def test_each_missing_face_opens_the_edges_that_no_other_misses(missing):
    left = np.delete(BALL, missing, axis=0)
    edges = [frozenset(edge) for face in BALL[missing] for edge in zip(face, np.roll(face, 1))]
    assert topology(left) == Topology(sum(edges.count(edge) == 1 for edge in edges), 0, 1)


@given(st.integers(1, 5), st.integers(1, 5))
def test_only_pieces_too_many_are_a_fault(made, true):
    faces = np.concatenate([BALL + 1000 * number for number in range(made)])
    assert topology(faces) == Topology(0, 0, made)
    assert topology(faces).faults(true) == max(0, made - true)


def test_an_edge_where_two_walls_meet_is_pinched():
    """Two tetrahedra that share the edge from 0 to 1."""
    one = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    other = np.where(one > 1, one + 2, one)
    assert topology(np.concatenate([one, other])) == Topology(0, 1, 1)


@pytest.mark.parametrize("name, pieces", [("mug", 1), ("snowman", 1), ("train", 2)])
def test_true_objects_are_closed(name, pieces):
    assert topology(true_mesh(Shown(name))[1]) == Topology(0, 0, pieces)
