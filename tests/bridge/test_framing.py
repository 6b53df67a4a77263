"""A closed form for a camera that has an object in view from every side."""

from __future__ import annotations

import math

import numpy as np
import pytest
from dreamfusion.bridge.framing import Cylinder, camera_place, cylinder_around, half_angles
from hypothesis import given
from hypothesis import strategies as st

sizes = st.floats(0.01, 100.0)
elevations = st.floats(0.0, 1.4)
aspects = st.floats(0.2, 5.0)


def edges(cylinder: Cylinder) -> np.ndarray:
    """(N, 3) points on both circles of a cylinder around the origin, which are all corners of all that turns in it."""
    angle = np.linspace(0, 2 * math.pi, 1441)
    circle = np.stack([cylinder.radius * np.cos(angle), cylinder.radius * np.sin(angle), 0 * angle], -1)
    return np.concatenate([circle + [0, 0, z] for z in (-cylinder.half_height, cylinder.half_height)])


def seen(points: np.ndarray, elevation: float, place: tuple[float, float], tangents: tuple[float, float]) -> np.ndarray:
    """(N, 2) where a pinhole camera has the points, -1 to 1 from side to side and from bottom to top."""
    up = np.array([0, math.sin(elevation), math.cos(elevation)])
    back = np.array([0, -math.cos(elevation), math.sin(elevation)])
    seen_from = points - place[0] * up - place[1] * back
    depth = -seen_from @ back
    assert (depth > 0).all()
    return np.stack([seen_from[:, 0] / depth / tangents[0], seen_from @ up / depth / tangents[1]], -1)


@given(sizes, sizes, elevations, aspects)
def test_all_of_it_is_in_view_and_no_nearer_place_will_do(radius, half_height, elevation, aspect):
    cylinder, tangents = Cylinder(np.zeros(3), radius, half_height), half_angles(aspect)
    place = camera_place(cylinder, elevation, tangents)
    at = seen(edges(cylinder), elevation, place, tangents)
    assert np.abs(at).max() <= 1 + 1e-6
    across, (low, high) = np.abs(at[:, 0]).max(), (at[:, 1].min(), at[:, 1].max())
    assert max(across, min(high, -low)) == pytest.approx(1, abs=1e-3), "it touches both sides, or top and bottom"


@given(sizes, aspects)
def test_level_cameras_stand_where_school_geometry_has_them(radius, aspect):
    """A flat disc, seen from its own height, fills the width: the camera's cone touches the circle."""
    across, upward = half_angles(aspect)
    up, back = camera_place(Cylinder(np.zeros(3), radius, 0.0), 0.0, (across, upward))
    assert up == pytest.approx(0, abs=1e-9) and back == pytest.approx(radius / math.sin(math.atan(across)))


@given(st.lists(st.tuples(*[st.floats(-10, 10)] * 3), min_size=1, max_size=20))
def test_the_cylinder_holds_all_points(points):
    points = np.array(points)
    cylinder = cylinder_around(points)
    away = points - cylinder.centre
    assert np.linalg.norm(away[:, :2], axis=1).max() <= cylinder.radius + 1e-9
    assert np.abs(away[:, 2]).max() <= cylinder.half_height + 1e-9
    assert np.linalg.norm(away, axis=1).max() <= cylinder.reach + 1e-9
