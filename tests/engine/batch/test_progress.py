"""How long the rest will take."""

from hypothesis import given
from hypothesis import strategies as st

from engine.batch.progress import Progress, TimeLeft, Working, at_work
from engine.run.state import RunState

SECONDS, STEPS = st.floats(0.01, 1e4), st.integers(1, 10_000)


@given(st.lists(st.tuples(SECONDS, STEPS), min_size=1), STEPS)
def test_what_is_left_takes_as_long_as_what_is_done(done, left):
    time = TimeLeft()
    assert time.of_steps(left) is None
    for seconds, steps in done:
        time.add(seconds, steps)
    pace = sum(seconds for seconds, _ in done) / sum(steps for _, steps in done)
    assert abs(time.of_steps(left) - pace * left) <= 1e-9 * pace * left
    run = RunState(step=5, steps=50, remaining=7.0)
    starting, working = Working(RunState(), 3.0, 50), Working(run, 3.0, 50)
    assert abs(time.of_all([starting], left) - time.of_steps(50 + left)) <= 1e-9 * pace * (50 + left)
    assert abs(time.of_all([working], left) - (7 + pace * left)) <= 1e-9 * (7 + pace * left)
    assert abs(time.of_all([working] * 2, left, places=2) - (7 + pace * left / 2)) <= 1e-9 * (7 + pace * left)


def test_the_first_run_tells_of_those_after_it():
    run = RunState(stage="optimising", step=20, steps=50, remaining=8.0)
    assert TimeLeft().of_all([Working(run, 12.0, 40)], 80) == 8 + (12 + 8) / 40 * 80
    assert TimeLeft().of_all([Working(RunState(), 12.0, 40)], 80) is None
    assert at_work("1/3 a mug", run, 48.0) == "1/3 a mug: Optimising: step 20 of 50, 8 s left. All: about 48 s."


def test_a_log_has_only_lines_that_stay(capsys):
    progress = Progress()
    progress.show("a moment")
    progress.say("a line")
    progress.live = True
    progress.show("x" * 1000)
    progress.say("another")
    said = capsys.readouterr().out
    assert said.startswith("a line\n\rxxx") and said.endswith("\ranother\n") and "a moment" not in said
    assert len(said.split("\r")[1]) < 1000
