"""Scores of surfaces that can be told by heart, and points that are even by area."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import normalize

from engine.evaluation.surfaces import DISTANCE, Score, Surface, compare, true_mesh, true_surface
from engine.meshing.sampling import sample_surface
from engine.evaluation.topology import topology
from engine.toybox.colours import COLOURS
from engine.toybox.patterns import BAND
from engine.toybox.shown import Shown

SQUARE = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
HALVES = np.array([[0, 1, 2], [0, 2, 3]])


def grey(points: np.ndarray, normals: np.ndarray, level: float = 0.5) -> Surface:
    return Surface(points, normals, np.full_like(points, level))


def square(width: float = 1.0, height: float = 0.0, seed: int = 0, level: float = 0.5) -> Surface:
    """A square of side 1, of which only `width` is there, at some height."""
    return grey(*sample_surface(SQUARE * [width, 1, 1] + [0, 0, height], HALVES, 20_000, seed), level)


def ball(radius: float, seed: int) -> Surface:
    normals = normalize(torch.randn(20_000, 3, generator=torch.Generator().manual_seed(seed)), dim=-1).numpy()
    return grey(radius * normals, normals)


def test_a_surface_is_like_itself():
    score = compare(square(seed=1), square(seed=2))
    assert score.f == 1 and score == Score(precision=1, recall=1, albedo_error=0, normal_error=0)


@pytest.mark.parametrize("height, f", [(0.8 * DISTANCE, 1), (-0.8 * DISTANCE, 1), (1.2 * DISTANCE, 0), (-0.7, 0)])
def test_shifted_by_more_than_the_distance_it_is_elsewhere(height, f):
    assert compare(square(height=height, seed=1), square()).f == f


@pytest.mark.parametrize("factor, f", [(0.8, 1), (-0.8, 1), (1.2, 0), (-1.2, 0)])
def test_spheres_match_where_their_radii_do(factor, f):
    assert compare(ball(0.5 + factor * DISTANCE, 1), ball(0.5, 2)).f == f


def test_what_is_missing_costs_recall_and_what_is_too_much_precision():
    whole, half = square(seed=1), square(0.5, seed=2)
    missing, extra = compare(half, whole), compare(whole, half)
    near = 0.5 + DISTANCE
    assert missing.precision == 1 and missing.recall == pytest.approx(near, abs=0.01)
    assert extra.recall == 1 and extra.precision == missing.recall
    assert missing.f == pytest.approx(2 * near / (1 + near), abs=0.01) == extra.f


def test_small_parts_have_an_error_of_their_own():
    true = square(seed=2)
    true.small = true.points[:, 0] < true.points[:, 0].min() + 0.04
    true.albedo[true.small] = 0.9
    score = compare(square(seed=1), true)
    assert score.small_error == pytest.approx(0.4) and score.albedo_error == pytest.approx(0.4 * 0.04, abs=0.002)


def test_the_eyes_of_a_duck_are_small_and_its_body_is_not():
    duck = true_surface(Shown("duck", "blue", "orange"))
    assert 0 < duck.small.mean() < 0.1
    assert not np.allclose(duck.albedo[duck.small], COLOURS["blue"])


def test_the_albedo_error_is_the_mean_difference_where_surfaces_match():
    true = square(seed=2)
    assert compare(square(seed=1, level=0.6), true).albedo_error == pytest.approx(0.1)
    nowhere = compare(square(height=1), true)
    assert nowhere == Score(precision=0, recall=0) and nowhere.f == 0


@pytest.mark.parametrize("degrees", [0.5, 30, 120])
def test_the_normal_error_is_the_median_angle_where_surfaces_match(degrees):
    true, made = square(seed=2), square(seed=1)
    angles = np.radians(degrees) * np.linspace(0, 2, len(made.points))
    made.normals = np.stack([np.sin(angles), np.zeros_like(angles), np.cos(angles)], 1)
    expected = np.median(np.degrees(np.arccos(np.cos(angles))))
    assert compare(made, true).normal_error == pytest.approx(expected)


@given(st.floats(0.05, 20), st.integers(0, 1000))
def test_points_are_even_by_area(ratio, seed):
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [5, 0, 0], [5, ratio, 0], [5, 0, 1]])
    faces, count = np.array([[0, 1, 2], [3, 4, 5]]), 2000
    points, normals = sample_surface(vertices, faces, count, seed)
    second = points[:, 0] > 4.5
    assert np.allclose(normals[second], (1, 0, 0)) and np.allclose(normals[~second], (0, 0, 1))
    x, y, z = points.T
    assert np.allclose(z[~second], 0) and (x[~second] + y[~second] <= 1).all() and (points >= 0).all()
    assert np.allclose(x[second], 5) and (y[second] / ratio + z[second] <= 1 + 1e-9).all()
    share = ratio / (1 + ratio)
    assert abs(second.mean() - share) < 5 * math.sqrt(share * (1 - share) / count)


def test_points_are_even_within_a_triangle():
    points = sample_surface(SQUARE, HALVES, 20_000)[0]
    counts, _, _ = np.histogram2d(points[:, 0], points[:, 1], bins=5, range=[[0, 1], [0, 1]])
    assert np.abs(counts - 800).max() < 5 * math.sqrt(800)


def test_the_true_ball_has_its_radius_and_colour():
    found = true_surface(Shown("ball", "red"), resolution=64)
    assert found.points.shape == found.normals.shape == found.albedo.shape == (20_000, 3)
    assert np.abs(np.linalg.norm(found.points, axis=1) - 0.62).max() < 2e-3
    assert np.abs(found.points.mean(0)).max() < 0.02
    assert ((found.points / 0.62 * found.normals).sum(1) > 0.99).all()
    assert np.allclose(found.albedo, COLOURS["red"])


def test_the_true_pattern_is_in_the_objects_own_frame():
    found = true_surface(Shown("ball", "red", pattern="striped", proportion="short"), resolution=64)
    above = (found.points[:, 2] / 0.6 / BAND).round() % 2 == 1
    assert ((found.albedo[:, 1] > 0.5) == above).mean() > 0.99 and 0.3 < above.mean() < 0.7


def test_the_true_pair_has_its_colours_side_by_side():
    found = true_surface(Shown("ball", "red", beside=Shown("cube", "blue")), resolution=64)
    left, right = found.points[:, 0] < -0.1, found.points[:, 0] > 0.1
    assert np.allclose(found.albedo[left], COLOURS["red"]) and np.allclose(found.albedo[right], COLOURS["blue"])
    assert topology(true_mesh(Shown("ball", beside=Shown("cube")), 64)[1]).pieces == 2


def test_the_smallest_thing_beside_the_largest_is_not_dropped_as_a_speck():
    pair = Shown("bookshelf", beside=Shown("knife", proportion="tiny"))
    assert topology(true_mesh(pair)[1]).pieces == 2


def test_the_true_parts_have_their_colours():
    found = true_surface(Shown("cube on top of a cylinder", "red", "blue"), resolution=48)
    above, below = found.points[:, 2] > 0.1, found.points[:, 2] < -0.1
    assert np.allclose(found.albedo[above], COLOURS["red"]) and np.allclose(found.albedo[below], COLOURS["blue"])
