"""The benchmarks of live updates and of ticks work with the extension as it is."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.blender
ROOT = Path(__file__).resolve().parents[2]


def printed(*command: str) -> list[str]:
    """The lines that a benchmark prints."""
    done = subprocess.run(
        [sys.executable, *command], check=True, capture_output=True, text=True, encoding="utf-8", cwd=ROOT
    )
    return done.stdout.splitlines()


def test_live_updates_are_timed():
    lines = printed("benchmarks/live_update.py", "--repeats", "1")
    row = next(line for line in lines if line.startswith("the extension"))
    assert all(float(figure) > 0 for figure in row.split()[2:])


def test_ticks_are_timed():
    lines = printed("benchmarks/tick.py", "--repeats", "1", "--objects", "100")
    rows = [line.split() for line in lines if line.split()[1] in ("run", "runs")]
    assert [row[2] for row in rows] == ["idle", "update", "decoding"] * 2
    assert all(float(figure) > 0 for row in rows for figure in row[3:])
