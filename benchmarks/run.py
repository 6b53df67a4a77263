"""Prompt to final mesh, with the Toybox prior: python benchmarks/run.py [PROMPT] [--preset standard] [--device auto]

Starts the engine as Blender does, in a process of its own, and reads its events. Prints the time to the first and the
last mesh, where a step's time goes, and the engine's peak memory. The baseline, from the same run, is the time that the
steps would have taken with nothing around them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from engine.run.events import events_path
from engine.run.tail import TailReader


def main() -> None:
    """Run the engine once and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prompt", nargs="?", default="a red mug")
    parser.add_argument("--preset", default="standard")
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        began = time.time()
        command = [sys.executable, "-m", "engine", "generate", options.prompt, "--output", folder]
        subprocess.run([*command, "--preset", options.preset, "--device", options.device], check=True, cwd=ROOT)
        events = TailReader(events_path(Path(folder))).read()
    meshes = [event for event in events if event["event"] == "snapshot" and not event.get("empty")]
    done = events[-1]
    first_step = next(event["time"] for event in events if event["event"] == "stage" and event["name"] == "optimising")
    print(f"\n{options.prompt!r}, {options.preset} preset, {done['step']} steps")
    print(f"start to first step  {first_step - began:7.1f} s")
    print(f"start to first mesh  {meshes[0]['time'] - began:7.1f} s")
    print(f"start to final mesh  {meshes[-1]['time'] - began:7.1f} s")
    for kind, peak in done["peak_memory"].items():
        print(f"peak memory, {kind:<7} {peak / 2**20:7.0f} MiB")
    total = sum(done["stages"].values())
    print(f"steps alone          {total:7.1f} s, {1000 * total / done['step']:.0f} ms each:")
    for name, seconds in sorted(done["stages"].items(), key=lambda item: -item[1]):
        print(f"  {name:<18} {1000 * seconds / done['step']:7.1f} ms")
    live = [event["seconds"] for event in meshes[:-1]]
    each = sum(live) / max(len(live), 1)
    print(f"live meshes          {len(live):7d}, {each:.2f} s each; final {meshes[-1]['seconds']:.1f} s")


if __name__ == "__main__":
    main()
