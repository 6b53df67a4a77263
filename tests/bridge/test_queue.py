"""The queue of runs: its order, and how many work at once, whatever is done to it."""

from __future__ import annotations

import errno
import shutil
import tempfile
from pathlib import Path

import pytest
from dreamfusion.bridge import queue, runs
from dreamfusion.bridge.engine_process import EngineMissing, EngineOptions
from dreamfusion.engine.run.tail import TailReader
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule


class Engine:
    """A process that is alive until it is told otherwise."""

    exit_code: int | None = None
    has_lifeline = True

    @property
    def alive(self) -> bool:
        return self.exit_code is None

    def release(self) -> None:
        self.exit_code = 0

    kill = release


@pytest.fixture(autouse=True)
def fresh():
    clear()
    yield
    clear()


def clear() -> None:
    runs.release_all()
    queue.advance()
    queue.at_once = 1


@pytest.fixture
def enter(monkeypatch, tmp_path):
    """Let the run of a number enter the queue, with an engine that only lives."""
    monkeypatch.setattr(runs, "EngineProcess", lambda *_: Engine())

    def let_in(number: int, after: Engine | None = None) -> runs.LiveRun:
        folder = tmp_path / str(number)
        folder.mkdir(exist_ok=True)
        return queue.enter(EngineOptions(Path("python"), online=lambda: True), "run", folder, number, after=after)

    return let_in


def finish(run: runs.LiveRun) -> None:
    run.process.exit_code, run.alive, run.over = 0, False, True


def test_the_first_begins_at_once_and_the_others_in_their_order(enter):
    first, second, third = map(enter, range(3))
    assert first.process is not None and queue.waiting() == [second, third]
    assert queue.sentence(first) == ""
    assert queue.sentence(second) == "Waiting in the queue: it is the next one."
    assert queue.sentence(third) == "Waiting in the queue: 1 comes before it."
    assert not queue.advance() and second.process is None
    finish(first)
    assert queue.advance() and second.process is not None and queue.waiting() == [third]


def test_a_paused_run_gives_its_place_up_and_takes_its_turn_to_go_on(enter):
    first, second = enter(1), enter(2)
    runs.pause(first)
    assert not queue.advance(), "until its engine has paused, it works"
    first.state.paused = True
    assert queue.advance() and second.process is not None
    queue.go_on(first)
    queue.go_on(first)
    assert queue.waiting() == [first] and first.resting
    queue.take_out(first)
    assert queue.waiting() == [] and not first.over, "it stays paused"
    queue.go_on(first)
    finish(second)
    assert queue.advance() and runs.is_working(first)
    assert TailReader(first.folder / "commands.jsonl").read() == [{"command": "pause"}, {"command": "resume"}]


def test_a_paused_run_that_kept_its_place_goes_on_at_once(enter):
    first, second = enter(1), enter(2)
    runs.pause(first)
    queue.go_on(first)
    first.state.paused = True  # heard only now, with the answer to come
    assert not queue.advance() and queue.waiting() == [second]


def test_a_run_that_has_not_begun_is_not_paused_and_never_begins_once_it_is_stopped(enter):
    enter(1)
    run = enter(2)
    with pytest.raises(runs.RunRefused, match="waits for its turn"):
        runs.pause(run)
    runs.stop(run)
    assert (run.status, run.over, run.can_resume) == ("stopped", True, True) and queue.waiting() == []
    assert run.sentence.endswith("Resume starts it.")
    assert enter(2) is not run, "and may enter again"


def test_a_run_whose_object_is_gone_lets_others_by_and_keeps_its_place(enter):
    first, second, third = map(enter, range(3))
    second.missing_since = 1.0
    finish(first)
    assert queue.advance() and queue.waiting() == [second] and third.process is not None
    second.missing_since = None
    finish(third)
    assert queue.advance() and second.process is not None


@pytest.mark.parametrize(
    "error, sentence",
    [
        (EngineMissing("There is no engine."), "There is no engine."),
        (OSError(errno.ENOSPC, "No space left on device"), "cannot be written (No space left on device): check it"),
        (OSError("said in words alone"), "cannot be written (said in words alone): check it"),
        (KeyError("a fault of ours"), "cannot begin ('a fault of ours'): the console tells more."),
    ],
)
def test_a_run_that_cannot_begin_says_why_and_the_next_one_does(enter, error, sentence):
    first, second, third = map(enter, range(3))

    def refuse() -> None:
        raise error

    second.launch = refuse
    finish(first)
    assert queue.advance()
    assert sentence in second.sentence and (second.status, second.over) == ("failed", True)
    assert third.process is not None


def test_a_paused_run_whose_folder_is_gone_says_so_and_its_engine_leaves_and_the_next_one_begins(enter):
    first, second = enter(1), enter(2)
    runs.pause(first)
    first.state.paused = True
    queue.advance()
    queue.go_on(first)
    third = enter(3)
    shutil.rmtree(first.folder)
    finish(second)
    assert queue.advance() and third.process is not None and queue.waiting() == []
    assert first.status == "failed" and "folder cannot be written (No such file" in first.sentence
    assert not first.process.alive and not first.folder.exists()


def test_where_nobody_can_tell_whether_the_engine_before_has_left_the_run_says_so(enter):
    class Hidden(Engine):
        @property
        def alive(self) -> bool:
            raise PermissionError(errno.EACCES, "Permission denied")

    first, second, third = enter(1), enter(2, after=Hidden()), enter(3)
    finish(first)
    assert queue.advance() and second.status == "failed" and "Permission denied" in second.sentence
    assert third.process is not None


def test_a_run_that_follows_another_in_its_folder_waits_for_that_ones_engine(enter):
    first, second = enter(1), enter(2)
    leaving = runs.let_go(first)
    leaving.exit_code = None
    again = enter(1, after=leaving)
    assert queue.waiting() == [again, second] and not queue.advance(), "nobody takes its place meanwhile"
    leaving.exit_code = 0
    assert queue.advance() and again.process is not None and queue.waiting() == [second]


def test_forgotten_runs_wait_no_more(enter):
    enter(1), enter(2)
    runs.release_all()
    assert queue.waiting() == [] and not queue.advance()


class Anything(RuleBasedStateMachine):
    """Runs enter, are moved, taken out, paused and finished in any order; a plain list says who waits for a turn."""

    def __init__(self) -> None:
        super().__init__()
        clear()
        self.home = tempfile.TemporaryDirectory()
        self.made: list[runs.LiveRun] = []
        self.order: list[runs.LiveRun] = []

    def teardown(self) -> None:
        clear()
        self.home.cleanup()

    def working(self) -> list[runs.LiveRun]:
        return [run for run in self.made if runs.is_working(run)]

    def begin(self) -> None:
        """What the model expects of a tick, or of a new one."""
        del self.order[: max(queue.at_once - len(self.working()), 0)]

    @rule()
    def add(self) -> None:
        folder = Path(self.home.name) / str(len(self.made))
        folder.mkdir()
        was_free = len(self.working()) < queue.at_once and not self.order
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(runs, "EngineProcess", lambda *_: Engine())
            run = queue.enter(EngineOptions(Path("python"), online=lambda: True), "run", folder, len(self.made))
            run.launch = lambda: Engine()
        self.made.append(run)
        if not was_free:
            self.order.append(run)
        assert (run.process is not None) == was_free

    @precondition(lambda self: self.order)
    @rule(data=st.data(), place=st.integers(-2, 9))
    def move(self, data, place: int) -> None:
        run = data.draw(st.sampled_from(self.order))
        queue.move(run, place)
        self.order.remove(run)
        self.order.insert(max(place, 0), run)

    @precondition(lambda self: self.order)
    @rule(data=st.data())
    def take_out(self, data) -> None:
        run = data.draw(st.sampled_from(self.order))
        queue.take_out(run)
        self.order.remove(run)

    @precondition(lambda self: self.working())
    @rule(data=st.data(), paused=st.booleans())
    def leave(self, data, paused: bool) -> None:
        run = data.draw(st.sampled_from(self.working()))
        if paused:
            runs.pause(run)
            run.state.paused = True
        else:
            finish(run)

    @rule(data=st.data())
    def go_on(self, data) -> None:
        paused = [run for run in self.made if run.resting and run not in self.order]
        if paused:
            run = data.draw(st.sampled_from(paused))
            was_free = len(self.working()) < queue.at_once and not self.order
            queue.go_on(run)
            if not was_free:
                self.order.append(run)

    @rule(number=st.integers(1, 4))
    def allow(self, number: int) -> None:
        queue.at_once = number

    @rule()
    def tick(self) -> None:
        before = len(self.working())
        self.begin()
        queue.advance()
        assert len(self.working()) <= max(queue.at_once, before)
        assert not self.order or len(self.working()) >= queue.at_once, "no room is left while one waits"

    @invariant()
    def order_is_kept(self) -> None:
        assert queue.waiting() == self.order


Anything.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestAnything = Anything.TestCase
