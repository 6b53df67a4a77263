"""Start of `python -m engine generate` to its first step, and what the imports before it cost.

    python benchmarks/startup.py [--repeats 3]

The baseline of the same run is `python -c "import torch"`, which no start can beat. Every figure is the least of a few
repeats after one that is not counted, so files are in the system's cache and compiled.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from engine.run.events import events_path
from engine.run.tail import TailReader

AIM = 6.0
"""Seconds to the first step, on two cores."""
IMPORTED = "import engine.session, engine.guidance.priors.toybox"
"""What a run of the built-in prior imports before its first step, as it does without looking for garbage meanwhile."""
SHOWN = 12
"""Rows of the table of imports."""


def start(*arguments: str) -> subprocess.CompletedProcess:
    """Run the engine's Python to its end."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True, env=environment)


def seconds(code: str) -> float:
    """Seconds from the start of a Python process to the end of some code in it, its own end not counted."""
    began = time.time()
    return float(start("-c", f"{code}\nimport time; print(time.time())").stdout) - began


def run_one_step() -> dict[str, float]:
    """Seconds from the process's start to the milestones of a run of one step, by its events, and of its leaving."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.time()
        start("-m", "engine", "generate", "a red mug", "--output", folder, "--steps", "1", "--device", "cpu")
        ended = time.time()
        events = TailReader(events_path(Path(folder))).read()
    named = {f"{event['event']} {event.get('name', '')}".strip(): event["time"] - began for event in reversed(events)}
    milestones = {milestone: named[milestone] for milestone in ("hello", "stage optimising", "progress")}
    return milestones | {"leaving": ended - began - named["done"]}


def import_costs() -> list[tuple[str, float]]:
    """Milliseconds that each top-level package's modules take, without what they import in turn, dearest first."""
    costs: Counter[str] = Counter()
    for line in start("-X", "importtime", "-c", IMPORTED).stderr.splitlines():
        own, _, name = line.removeprefix("import time:").split("|") if line.count("|") == 2 else ("", "", "")
        if own.strip().isdigit():
            costs[name.strip().partition(".")[0]] += int(own) / 1000
    return costs.most_common()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    run_one_step()
    torch_alone = min(seconds("import torch") for _ in range(repeats))
    imports = min(seconds(f"import gc; gc.disable(); {IMPORTED}") for _ in range(repeats))
    runs = [run_one_step() for _ in range(repeats)]
    best = min(runs, key=lambda run: run["progress"])
    print(f"baseline: python -c 'import torch'   {torch_alone:5.2f} s")
    print(f"all imports of a run                 {imports:5.2f} s")
    print(f"start to hello (settings, device)    {best['hello']:5.2f} s")
    print(f"start to the loop (prior loaded)     {best['stage optimising']:5.2f} s")
    print(f"start to the end of the first step   {best['progress']:5.2f} s, the aim is {AIM:.0f} s")
    print(f"the last event to the process's end  {best['leaving']:5.2f} s")
    print("\nimports, milliseconds per package (the profiler's own cost included)")
    costs = import_costs()
    for name, cost in costs[:SHOWN]:
        print(f"  {name:<24} {cost:6.0f}")
    print(f"  {'the others':<24} {sum(cost for _, cost in costs[SHOWN:]):6.0f}")


if __name__ == "__main__":
    main()
