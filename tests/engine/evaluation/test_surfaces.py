"""Scores of surfaces that can be told by heart, and points that are even by area."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import normalize

from engine.evaluation.surfaces import DISTANCE, compare, sample_surface, true_surface
from engine.toybox.colours import COLOURS

SQUARE = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
HALVES = np.array([[0, 1, 2], [0, 2, 3]])


def square(width: float = 1.0, height: float = 0.0, seed: int = 0) -> np.ndarray:
    """Points on a square of side 1, of which only `width` is there, at some height."""
    return sample_surface(SQUARE * [width, 1, 1] + [0, 0, height], HALVES, 20_000, seed)[0]


def ball(radius: float, seed: int) -> np.ndarray:
    return radius * normalize(torch.randn(20_000, 3, generator=torch.Generator().manual_seed(seed)), dim=-1).numpy()


def grey(points: np.ndarray, level: float = 0.5) -> np.ndarray:
    return np.full_like(points, level)


def scored(made: np.ndarray, true: np.ndarray):
    return compare(made, grey(made), true, grey(true))


def test_a_surface_is_like_itself():
    score = scored(square(seed=1), square(seed=2))
    assert score.precision == score.recall == score.f == 1 and score.albedo_error == 0


@pytest.mark.parametrize("height, f", [(0.8 * DISTANCE, 1), (-0.8 * DISTANCE, 1), (1.2 * DISTANCE, 0), (-0.7, 0)])
def test_shifted_by_more_than_the_distance_it_is_elsewhere(height, f):
    assert scored(square(height=height, seed=1), square()).f == f


@pytest.mark.parametrize("factor, f", [(0.8, 1), (-0.8, 1), (1.2, 0), (-1.2, 0)])
def test_spheres_match_where_their_radii_do(factor, f):
    assert scored(ball(0.5 + factor * DISTANCE, 1), ball(0.5, 2)).f == f


def test_what_is_missing_costs_recall_and_what_is_too_much_precision():
    whole, half = square(seed=1), square(0.5, seed=2)
    missing, extra = scored(half, whole), scored(whole, half)
    near = 0.5 + DISTANCE
    assert missing.precision == 1 and missing.recall == pytest.approx(near, abs=0.01)
    assert extra.recall == 1 and extra.precision == missing.recall
    assert missing.f == pytest.approx(2 * near / (1 + near), abs=0.01) == extra.f


def test_the_albedo_error_is_the_mean_difference_where_surfaces_match():
    made, true = square(seed=1), square(seed=2)
    assert compare(made, grey(made, 0.6), true, grey(true)).albedo_error == pytest.approx(0.1)
    nowhere = scored(square(height=1), true)
    assert nowhere.albedo_error is None and nowhere.f == 0


@given(st.floats(0.05, 20), st.integers(0, 1000))
def test_points_are_even_by_area(ratio, seed):
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [5, 0, 0], [5, ratio, 0], [5, 0, 1]])
    faces, count = np.array([[0, 1, 2], [3, 4, 5]]), 2000
    points, face, weights = sample_surface(vertices, faces, count, seed)
    assert (weights >= 0).all() and np.allclose(weights.sum(1), 1)
    assert np.allclose(points, (weights[..., None] * vertices[faces[face]]).sum(1))
    share = ratio / (1 + ratio)
    assert abs((face == 1).mean() - share) < 5 * math.sqrt(share * (1 - share) / count)


def test_points_are_even_within_a_triangle():
    points = sample_surface(SQUARE, HALVES, 20_000)[0]
    counts, _, _ = np.histogram2d(points[:, 0], points[:, 1], bins=5, range=[[0, 1], [0, 1]])
    assert np.abs(counts - 800).max() < 5 * math.sqrt(800)


def test_the_true_ball_has_its_radius_and_colour():
    points, albedo = true_surface("ball", "red", resolution=64)
    assert points.shape == albedo.shape == (20_000, 3)
    assert np.abs(np.linalg.norm(points, axis=1) - 0.62).max() < 2e-3
    assert np.abs(points.mean(0)).max() < 0.02
    assert np.allclose(albedo, COLOURS["red"])


def test_the_true_parts_have_their_colours():
    points, albedo = true_surface("cube on top of a cylinder", "red", "blue", resolution=48)
    above, below = points[:, 2] > 0.1, points[:, 2] < -0.1
    assert np.allclose(albedo[above], COLOURS["red"]) and np.allclose(albedo[below], COLOURS["blue"])
