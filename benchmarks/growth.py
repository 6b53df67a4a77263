"""How the cost of things grows with their size: seconds, memory, and the exponent (1: twice as large, twice as dear).

    python benchmarks/growth.py [--only grid faces]        # the engine's, with its Python
    .venv-bpy45/bin/python benchmarks/growth.py            # Blender's main thread

Every size is measured in a process of its own, whose memory counts from before the work; times are medians of three.
The exponent is the slope of a straight line through the logarithms.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

Work = Callable[[], object]
REPEATS = 3
LOOK_EVERY = 0.01
"""Seconds between two looks at the memory."""
PICTURE = 96
"""Pixels a side of a run's last rendered view."""
SMALLEST = 1e-4
"""Seconds below which a time says nothing."""


def snapshot(**asked: object) -> Work:
    """Meshing the benchmark's bumpy ball."""
    from snapshot import ASKED, fitted_field

    from engine.meshing.snapshot import extract

    field, occupancy = fitted_field()
    return lambda: extract(field, occupancy.binary, **ASKED | {"final": False} | asked)


def folders(count: int) -> Work:
    """Looking into a folder of runs, all of them."""
    from run_list import make_runs

    from engine.run.survey import survey

    root = Path(tempfile.mkdtemp())
    make_runs(root, count)
    return lambda: survey(root, count)


def queue(count: int) -> Work:
    """How far a batch of so many runs is, and its contact sheet: what is done each time that a run ends."""
    from PIL import Image
    from run_list import make_runs

    from engine.batch.loop import Batch
    from engine.batch.plan import Task
    from engine.batch.runner import EngineFlags, Interrupts
    from engine.run.folder import preview_path
    from engine.run.settings import RunSettings

    root = Path(tempfile.mkdtemp())
    make_runs(root, count)
    for folder in root.iterdir():
        Image.new("RGB", (PICTURE, PICTURE)).save(preview_path(folder))
    tasks = [Task(folder, RunSettings("a red mug"), 100) for folder in sorted(root.iterdir())]
    batch = Batch(root, tasks, [], Interrupts(), EngineFlags())
    return lambda: batch._write(grows=True)


def blender_scene(objects: int = 10, live: int = 1) -> Work:
    """An idle tick beside so many objects, with so many live runs."""
    import bpy
    from tick import engine_process, follower, patch, start_run, waiting_engine

    shared = bpy.data.meshes.new("other")
    for number in range(objects):
        bpy.context.collection.objects.link(bpy.data.objects.new(f"other{number:06}", shared))
    bpy.context.view_layer.update()
    home = Path(tempfile.mkdtemp())
    waiting_engine(home)
    with patch.object(engine_process, "ENGINE_HOME", home):
        for number in range(live):
            start_run(home, number)
    return follower.tick


def live_update(faces: int) -> Work:
    """A mesh of so many triangles takes the place of another."""
    import bpy
    import live_update as benchmark

    benchmark.RING = round((faces / 2) ** 0.5)
    obj = bpy.data.objects.new("live", bpy.data.meshes.new("live"))
    bpy.context.collection.objects.link(obj)
    snapshot = benchmark.bumpy_torus(0.0)
    return lambda: benchmark.geometry_if_unchanged(obj, snapshot)


ENGINE = {
    "grid of a mesh, vertices an edge": (lambda size: snapshot(resolution=size), (64, 96, 128, 192, 256, 320)),
    "faces of a live mesh": (
        lambda size: snapshot(resolution=320, face_budget=size), (5_000, 20_000, 100_000, 500_000)
    ),
    "faces of a final mesh": (
        lambda size: snapshot(resolution=320, face_budget=size, final=True), (5_000, 20_000, 100_000)
    ),
    "texels an edge": (lambda size: snapshot(texture_size=size), (512, 1024, 2048, 4096)),
    "run folders in the list": (folders, (10, 100, 1_000, 10_000)),
    "runs of a batch, its sheet": (queue, (1, 4, 16, 64)),
}
BLENDER = {
    "objects in the scene, idle tick": (lambda size: blender_scene(objects=size), (10, 1_000, 10_000, 100_000)),
    "live runs, idle tick": (lambda size: blender_scene(live=size), (1, 4, 16, 64)),
    "faces of a live update": (live_update, (5_000, 50_000, 500_000)),
}


def measure(work: Work) -> dict[str, float]:
    """Median seconds, and bytes that the process grew by at most."""
    process, most, over = psutil.Process(), 0, threading.Event()
    before = process.memory_info().rss

    def watch() -> None:
        """Look at the memory, often."""
        nonlocal most
        while not over.wait(LOOK_EVERY):
            most = max(most, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    over.set()
    watcher.join()
    return {"seconds": statistics.median(times), "bytes": max(most, process.memory_info().rss) - before}


def exponent(sizes: list[float], costs: list[float], smallest: float) -> str:
    """The slope of the logarithms, of costs that say something."""
    told = [(size, cost) for size, cost in zip(sizes, costs, strict=True) if cost >= smallest]
    if len(told) < 2:
        return "–"
    return f"{np.polyfit(*np.log(np.array(told, dtype=float)).T, 1)[0]:.1f}"


def main() -> None:
    """Measure each size in a process of its own, and print a table; or, told one, measure that."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=[""], metavar="WORD", help="rows with one of these words")
    parser.add_argument("--one", nargs=2, metavar=("ROW", "SIZE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    rows = BLENDER if importlib.util.find_spec("bpy") else ENGINE
    if options.one:
        if rows is BLENDER:
            from tick import bpy, properties

            for group in properties.GROUPS:
                bpy.utils.register_class(group)
            properties.attach()
        print(json.dumps(measure(rows[options.one[0]][0](int(options.one[1])))), flush=True)
        os._exit(0)  # engines that wait, and classes in Blender, need no good-bye
    with tempfile.TemporaryDirectory() as folder:  # what each process makes goes with it
        print_table(rows, options.only, os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder))


def print_table(rows: dict[str, tuple], only: list[str], environment: dict[str, str]) -> None:
    """Measure the rows whose names have one of the words."""
    print("| what grows | sizes | seconds | exponent | MB | exponent |\n|---|---|---|---|---|---|")
    for row, (_, sizes) in rows.items():
        if not any(word in row for word in only):
            continue
        found = []
        for size in sizes:
            command = [sys.executable, __file__, "--one", row, str(size)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
            lines = done.stdout.splitlines()
            found.append(json.loads(next(line for line in lines if line.startswith("{"))))
        seconds, megabytes = ([one["seconds"] for one in found], [one["bytes"] / 1e6 for one in found])
        told = (", ".join(f"{value:,}" for value in sizes), ", ".join(f"{value:.3g}" for value in seconds),
                exponent(sizes, seconds, SMALLEST), ", ".join(f"{value:.0f}" for value in megabytes),
                exponent(sizes, megabytes, 1.0))  # fmt: skip
        print(f"| {row} |", " | ".join(told), "|", flush=True)


if __name__ == "__main__":
    main()
