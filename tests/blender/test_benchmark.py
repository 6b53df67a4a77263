"""The benchmark of live updates works with the extension as it is."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.blender
ROOT = Path(__file__).resolve().parents[2]


def test_live_updates_are_timed():
    command = [sys.executable, "benchmarks/live_update.py", "--repeats", "1"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8", cwd=ROOT)
    row = next(line for line in done.stdout.splitlines() if line.startswith("the extension"))
    assert all(float(figure) > 0 for figure in row.split()[2:])
