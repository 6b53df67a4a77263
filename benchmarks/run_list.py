"""How long the sidebar's list of runs takes to look into a folder of runs.

    python benchmarks/run_list.py [--runs 1000] [--repeats 3]

The runs are made up, with as many events as a run of a minute has. Files are in the system's cache after the first
look, which is not counted; every figure is the least of the repeats.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from engine.run.events import EventWriter
from engine.run.settings import RunSettings, write_settings
from engine.run.survey import survey

PAGE = 200
"""How many runs the sidebar lists at first (`bridge/run_list.py`)."""
EVENTS = 100
"""Of each run."""


def make_runs(root: Path, count: int) -> None:
    """So many finished runs, which share the text of their events."""
    events = b""
    for number in range(count):
        folder = root / f"20260101-{number // 3600:02}{number // 60 % 60:02}{number % 60:02}-a-red-mug"
        folder.mkdir()
        write_settings(folder, RunSettings("a red mug", seed=number))
        (folder / "engine.lock").touch()
        writer = EventWriter(folder)
        if not events:
            writer.write("hello", prompt="a red mug", steps=EVENTS, step=0)
            for step in range(EVENTS):
                writer.write("progress", step=step, steps=EVENTS, rate=9.87654321, remaining=1.23456789, opacity=0.1)
            writer.write("done", reason="finished", step=EVENTS, seconds=60.0)
            events = writer.path.read_bytes()
        writer.path.write_bytes(events)


def best(root: Path, most: int, repeats: int) -> float:
    """Seconds of the fastest look."""
    took = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        survey(root, most)
        took.append(time.perf_counter() - began)
    return min(took[1:])


def main() -> None:
    """Print a line for the first page, and one for all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        make_runs(Path(name), options.runs)
        for most in (min(PAGE, options.runs), options.runs):
            print(f"{most:5} of {options.runs} runs: {best(Path(name), most, options.repeats):.2f} s")


if __name__ == "__main__":
    main()
