"""Numbers that change over a run."""

import pytest

from engine.schedules import ramp


@pytest.mark.parametrize(
    "progress, until, value",
    [(0, 1, 1), (0.25, 1, 1.5), (1, 1, 3), (0.25, 0.5, 2), (0.5, 0.5, 3), (0.9, 0.5, 3), (0, 0, 3)],
)
def test_a_ramp_is_linear_and_then_level(progress, until, value):
    assert ramp((1.0, 3.0), progress, until) == pytest.approx(value)
    assert ramp((3.0, 1.0), progress, until) == pytest.approx(4 - value)
