"""The rate of a run: exact where it is steady, recent where it is not, and blind to what is left out."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.pace import WINDOW, Pace


@given(st.floats(1e-3, 100.0), st.integers(0, 10**6), st.floats(0, 1e6), st.integers(1, 200))
def test_a_steady_run_has_its_rate(seconds, step, start, count):
    pace = Pace(step, start)
    for number in range(1, count + 1):
        assert pace.rate(step + number, start + number * seconds) == pytest.approx(1 / seconds, rel=1e-4)


def test_what_was_long_ago_is_forgotten():
    pace = Pace(0, 0.0)
    for second in range(1, 101):
        pace.rate(second, float(second))
    for second in range(101, 200):
        rate = pace.rate(100 + 5 * (second - 100), float(second))
    assert rate == pytest.approx(5.0)
    assert len(pace.marks) <= WINDOW + 2


def ticks(least: float, most: float) -> st.SearchStrategy[float]:
    """Seconds in 64ths, whose sums are exact: a mark on the window's edge is then on it by either clock."""
    return st.integers(round(64 * least), round(64 * most)).map(lambda count: count / 64)


@given(st.lists(st.tuples(ticks(1 / 64, 30), ticks(0, 1e4)), min_size=1, max_size=50))
@example([(1 / 64, 2.0), (10.0, 0.0)])
def test_pauses_change_nothing(steps):
    paused, straight = Pace(0, 0.0), Pace(0, 0.0)
    clock = work = 0.0
    for number, (seconds, pause) in enumerate(steps, start=1):
        clock += pause
        paused.leave_out(pause)
        clock, work = clock + seconds, work + seconds
        assert paused.rate(number, clock) == pytest.approx(straight.rate(number, work))


def test_a_step_longer_than_the_window():
    pace = Pace(10, 0.0)
    assert pace.rate(11, 3 * WINDOW) == pytest.approx(1 / (3 * WINDOW))
    assert pace.rate(12, 5 * WINDOW) == pytest.approx(1 / (2 * WINDOW))


def test_no_time_at_all_is_no_division_by_zero():
    assert Pace(0, 1.0).rate(1, 1.0) > 0
