"""A small share of `make faults`: a trial of each kind that needs no Blender, and that a lost run would be told."""

import sys

import pytest

from tests.faults.__main__ import table
from tests.faults.attempts import ENGINE_KINDS, attempt_all
from tests.faults.judge import Verdict

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of these limits")


@pytest.mark.slow
def test_every_kind_of_fault_is_survived():
    verdicts = list(attempt_all([(name, 0) for name in ENGINE_KINDS]))
    assert {verdict.kind for verdict in verdicts} == set(ENGINE_KINDS)
    assert not [verdict for verdict in verdicts if verdict.why]


def test_the_table_counts():
    verdicts = [Verdict("killed", 0, lost=2), Verdict("killed", 1), Verdict("cut", 0, why="It was not finished.")]
    assert table(verdicts).splitlines()[2:] == [
        "| killed | 2 | 2 | 1.0 | 2 |", "| cut | 1 | 0 | 0.0 | 0 |", "| all | 3 | 2 | 0.7 | 2 |",
    ]  # fmt: skip
