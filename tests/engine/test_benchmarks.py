"""The benchmark of priors with networks of real sizes works where none fit: with small ones."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.long
def test_a_step_of_small_networks_is_timed():
    command = [sys.executable, "benchmarks/sds_step.py", "--tiny", "--repeats", "1", "--device", "cpu"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8", cwd=ROOT)
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["stable-diffusion", "mvdream", "deepfloyd-if"]
    for line in lines[2:]:
        two_rows, encoding, step, ratio, whole = map(float, line.split()[3:8])
        assert min(two_rows, step, whole) > 0
        # Not that it is positive: a single repeat on a busy machine may have it otherwise.
        assert ratio == pytest.approx((step - encoding) / two_rows, abs=0.05)
