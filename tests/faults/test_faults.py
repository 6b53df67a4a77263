"""A small share of `make faults`: a trial of each kind that needs no Blender, and that a lost run would be told."""

import sys

import pytest

from engine.run import exits
from engine.run.folder import checkpoint_path
from tests.faults.__main__ import table
from tests.faults.attempts import ENGINE_KINDS, attempt, attempt_all
from tests.faults.judge import Verdict
from tests.faults.trial import Trial

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of these limits")


@pytest.mark.slow
def test_every_kind_of_fault_is_survived():
    verdicts = list(attempt_all([(name, 0) for name in ENGINE_KINDS]))
    assert {verdict.kind for verdict in verdicts} == set(ENGINE_KINDS)
    assert not [verdict for verdict in verdicts if verdict.why]


@pytest.mark.slow
def test_a_lost_run_is_told(monkeypatch):
    """The work is gone, and nothing that the trial did excuses it."""

    def torn(trial: Trial) -> None:
        trial.stop_half_way()
        for path in checkpoint_path(trial.folder).glob("*.safetensors"):
            path.write_bytes(b"")

    monkeypatch.setitem(ENGINE_KINDS, "torn", (torn, 1))
    verdict = attempt("torn", 0)
    assert f"it could not be finished (exit code {exits.CHECKPOINT_UNUSABLE})" in verdict.why


def test_the_table_counts():
    verdicts = [Verdict("killed", 0, lost=2), Verdict("killed", 1), Verdict("cut", 0, why="It was not finished.")]
    assert table(verdicts).splitlines()[2:] == [
        "| killed | 2 | 2 | 1.0 | 2 |", "| cut | 1 | 0 | 0.0 | 0 |", "| all | 3 | 2 | 0.7 | 2 |",
    ]  # fmt: skip
