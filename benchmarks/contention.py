"""How runs bear company: one alone, two at once, one beside a busy program: python benchmarks/contention.py

Every figure is the time of a whole `python -m engine generate` of a few steps, and its ratio to the same alone, which
is the baseline of the same run. They take turns, and the figures are medians.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUSY = [sys.executable, "-c", "while True: pass"]


def start(folder: Path, steps: int) -> subprocess.Popen:
    """A run of so many steps in a new folder."""
    run = ["generate", "a red mug", "--output", str(folder), "--preset", "draft", "--steps", str(steps)]
    return subprocess.Popen([sys.executable, "-m", "engine", *run], cwd=ROOT, stdout=subprocess.DEVNULL)


def runs(folder: Path, count: int, steps: int) -> float:
    """Seconds that so many runs at once take, a mean over them."""
    began, ended = time.perf_counter(), []
    left = [start(folder / str(number), steps) for number in range(count)]
    while left:
        for run in [run for run in left if run.poll() is not None]:
            if run.returncode:
                raise SystemExit(f"A run left with code {run.returncode}.")
            ended.append(time.perf_counter() - began)
            left.remove(run)
        time.sleep(0.02)
    return statistics.mean(ended)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    alone, two, beside = [], [], []
    for _ in range(options.repeats):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            alone.append(runs(folder / "alone", 1, options.steps))
            two.append(runs(folder / "two", 2, options.steps))
            busy = subprocess.Popen(BUSY)
            try:
                beside.append(runs(folder / "beside", 1, options.steps))
            finally:
                busy.kill()
    base = statistics.median(alone)
    for name, times in (("alone", alone), ("two at once", two), ("beside a busy program", beside)):
        print(f"{name:<22} {statistics.median(times):6.1f} s, {statistics.median(times) / base:4.2f} times as long")


if __name__ == "__main__":
    main()
