"""The benchmark of priors with networks of real sizes works where none fit: with small ones."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_step_of_small_networks_is_timed():
    command = [sys.executable, "benchmarks/sds_step.py", "--tiny", "--repeats", "1", "--device", "cpu"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8", cwd=ROOT)
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["stable-diffusion", "deepfloyd-if"]
    assert all(float(figure) > 0 for line in lines[2:] for figure in line.split()[5:8])
