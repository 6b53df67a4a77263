"""View words (DreamFusion, section 3.2)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.guidance.prompts import view_word


@pytest.mark.parametrize(
    "elevation, azimuth, word",
    [
        (0, 0, "front"),
        (0, 44, "front"),
        (0, -44, "front"),
        (0, 46, "side"),
        (0, 90, "side"),
        (0, -90, "side"),
        (0, 134, "side"),
        (0, 136, "back"),
        (0, 180, "back"),
        (0, -180, "back"),
        (0, -136, "back"),
        (59, 0, "front"),
        (61, 0, "overhead"),
        (90, 170, "overhead"),
        (-10, 0, "front"),
    ],
)
def test_words(elevation, azimuth, word):
    assert view_word(math.radians(elevation), math.radians(azimuth)) == word


@given(st.floats(-0.17, math.pi / 2), st.floats(-math.pi, math.pi), st.integers(-3, 3))
def test_left_and_right_are_alike_and_turns_do_not_count(elevation, azimuth, turns):
    from_border = abs(abs(math.degrees(azimuth)) % 90 - 45)
    if from_border > 1e-6:
        word = view_word(elevation, azimuth)
        assert view_word(elevation, -azimuth) == word == view_word(elevation, azimuth + 2 * math.pi * turns)
