"""Threads that share out the parts of a step."""

import threading
import time
from types import SimpleNamespace

import pytest

from engine.workers import TRIALS, Workers


@pytest.mark.parametrize("most", [1, 2, 3, 8])
def test_results_come_in_the_order_of_the_parts(most):
    workers = Workers(most)
    for round_ in range(5):
        assert workers.map(lambda part: part * round_, range(7)) == [part * round_ for part in range(7)]


def test_as_many_parts_are_worked_on_at_once_as_there_are_threads():
    meeting = threading.Barrier(3, timeout=10)  # nobody passes before three have come
    Workers(3).map(lambda part: meeting.wait(), range(3))


@pytest.mark.parametrize(
    "seconds, best",
    [
        ({4: 1.0, 2: 10.0, 1: 10.0}, 4),
        ({4: 10.0, 2: 10.0, 1: 1.0}, 1),
        ({4: 1.09, 2: 1.0, 1: 2.0}, 4),  # nearly the fastest
        ({4: 1.11, 2: 1.0, 1: 2.0}, 2),
    ],
)
def test_the_fastest_number_is_found_and_kept(monkeypatch, seconds, best):
    workers, spent = Workers(4), []
    monkeypatch.setattr("engine.workers.time", SimpleNamespace(perf_counter=lambda: sum(spent)))

    def look(part: int) -> None:
        """A quarter of what a round takes with so many threads."""
        spent.append(seconds[workers.count] / 4)

    while workers.verdict is None:
        workers.map(look, range(4))
    assert workers.rounds == TRIALS * 3 and workers.count == best and workers.verdict == pytest.approx(seconds)
    workers.map(look, range(4))
    assert workers.count == best


def test_a_limit_holds():
    workers = Workers(8)
    workers.limit(2)
    seen = set()
    while workers.verdict is None:
        seen.add(workers.count)
        workers.map(abs, range(4))
    assert seen == {2, 1} and workers.count <= 2


@pytest.mark.parametrize("most", [1, 2])
def test_the_first_part_s_error_is_told(most):
    with pytest.raises(ZeroDivisionError):
        Workers(most).map(lambda part: 1 // part, [1, 0, 2])


def test_where_memory_does_not_suffice_the_others_are_done_before_it_is_tried_again():
    workers, at_work, tried = Workers(2), set(), []

    def look(part: int) -> int:
        """The first part fails at once, while the second still holds memory."""
        at_work.add(part)
        tried.append((workers.count, part, len(at_work)))
        if workers.count == 2:
            time.sleep(0.2 * part)
        at_work.discard(part)
        if workers.count == 2 and part == 0:
            raise MemoryError
        return part

    assert workers.map(look, range(2)) == [0, 1]
    assert tried[2:] == [(1, 0, 1), (1, 1, 1)]
