"""Curves: what is higher is drawn higher, and no list of points is too odd to draw."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.curve import BOTTOM, CURVE, LEFT, RIGHT, SIZE, TOP, draw_curve


def drawn(values: list[tuple[float, float]]) -> np.ndarray:
    """Where the picture has the curve's colour: (H, W) bool."""
    return (np.asarray(draw_curve(values, "loss")) == CURVE).all(-1)


def test_a_falling_curve_goes_from_the_left_top_to_the_right_bottom():
    rows, columns = np.nonzero(drawn([(0, 1.0), (50, 0.1), (100, 0.01)]))
    assert rows[columns.argmin()] == pytest.approx(TOP, abs=3)
    assert rows[columns.argmax()] == pytest.approx(BOTTOM, abs=3)
    assert columns.min() == pytest.approx(LEFT, abs=3) and columns.max() == pytest.approx(RIGHT, abs=3)
    # On a logarithmic axis equal ratios are equal heights: this curve is a straight line.
    straight = TOP + (columns - LEFT) / (RIGHT - LEFT) * (BOTTOM - TOP)
    assert np.abs(rows - straight).max() < 4


def test_with_a_zero_the_axis_is_linear():
    rows, columns = np.nonzero(drawn([(0, 4.0), (1, 2.0), (2, 0.0)]))
    assert np.abs(rows - (TOP + (columns - LEFT) / (RIGHT - LEFT) * (BOTTOM - TOP))).max() < 4


def test_a_single_point_is_a_dot_and_no_point_an_empty_frame():
    assert 20 < drawn([(3, 0.5)]).sum() < 60
    assert drawn([]).sum() == drawn([(0, math.nan), (1, math.inf)]).sum() == 0


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), max_size=8))
def test_any_points_are_drawn_inside_the_frame(values):
    marks = drawn(values)
    assert marks.shape == SIZE[::-1] and marks.any() == bool(values)
    marks[TOP - 3 : BOTTOM + 4, LEFT - 3 : RIGHT + 4] = False
    assert not marks.any()
