"""Time that one tick takes from Blender's main thread, beside 10,000 other objects.

    .venv-bpy45/bin/python benchmarks/tick.py [--objects 10000] [--repeats 20]

An idle tick finds nothing new; an update brings a mesh of 50,000 triangles with a 1024 x 1024 texture, the next tick
that of the next run. "The usual way" looks through all objects, builds the mesh with from_pydata and loads the texture
as a new image; it takes turns with the extension. Where a texture is drawn, Blender decodes it once: "decoding".
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from unittest.mock import patch

import bpy
from live_update import bumpy_torus, geometry_from_pydata, new_image, patches_png  # before dreamfusion, which it makes

from dreamfusion import properties
from dreamfusion.bridge import engine_process, follower, live_mesh, material, runs
from dreamfusion.bridge.engine_process import EngineOptions
from dreamfusion.engine.run.events import EventWriter
from dreamfusion.engine.run.snapshots import write_snapshot

IDLE, UPDATE = 1, 33
"""Milliseconds that a tick may take: one that finds nothing new, and one that brings a mesh."""
RUNS = 4
WAITS = "import os\nwhile os.read(0, 1):\n    pass\n"
"""An engine that does nothing until it is let go."""


def waiting_engine(home: Path) -> None:
    """Make a folder like the extension's, whose engine does nothing until it is let go."""
    (home / "engine").mkdir()
    (home / "engine" / "__init__.py").touch()
    (home / "engine" / "__main__.py").write_text(WAITS, encoding="utf-8")


def start_run(home: Path, number: int) -> runs.LiveRun:
    """A run whose engine only waits, with two snapshots, and an object whose name comes last in the file."""
    folder = home / f"run{number}"
    folder.mkdir()
    for step in range(2):
        write_snapshot(folder, step, bumpy_torus(step), patches_png(folder, step))
    obj = bpy.data.objects.new(f"zz{number}", bpy.data.meshes.new("live"))
    bpy.context.collection.objects.link(obj)
    return runs.start(EngineOptions(Path(sys.executable), online=lambda: False), "run", folder, obj.session_uid)


def usual_find(uid: int) -> bpy.types.Object | None:
    """The usual way: look through all objects."""
    return next((obj for obj in bpy.data.objects if obj.session_uid == uid and obj.users_scene), None)


def usual_geometry(mesh: bpy.types.Mesh, snapshot: object) -> None:
    """The usual way, and what the extension must know of it to take the mesh for its own."""
    obj = next(obj for obj in bpy.data.objects if obj.data == mesh)
    geometry_from_pydata(obj, snapshot)
    mesh.dream.fingerprint = live_mesh.fingerprint(mesh)


def usual_texture(obj: bpy.types.Object, png: Path, *_: object) -> None:
    """The usual way: another image each time."""
    new_image(obj, png)


def show(obj: bpy.types.Object, image: bpy.types.Image) -> None:
    """Have the object show another image."""
    obj.dream.image = obj.active_material.node_tree.nodes["Image Texture"].image = image


@contextmanager
def usual_way(followed: list[runs.LiveRun]) -> Iterator[None]:
    """Ticks do it in the usual way, with images that are thrown away."""
    objects = [usual_find(run.object_uid) for run in followed]
    own = [obj.dream.image for obj in objects]
    for obj in objects:
        show(obj, obj.dream.image.copy())
    with (
        patch.object(follower, "find_object", usual_find),
        patch.object(live_mesh, "replace_geometry", usual_geometry),
        patch.object(material, "show_albedo", usual_texture),
        patch.object(material, "is_painted", lambda obj: False),
    ):
        yield
    for obj, image in zip(objects, own, strict=True):
        bpy.data.images.remove(obj.dream.image)
        show(obj, image)


def timed(call: Callable[[], object]) -> float:
    """Milliseconds that a call takes."""
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)


def updates(followed: list[runs.LiveRun], step: int) -> tuple[list[float], list[float]]:
    """Every run makes a snapshot: milliseconds of each tick that brings some, and of decoding each texture."""
    for run in followed:
        EventWriter(run.folder).write("snapshot", step=step, mean_albedo=[0.5, 0.5, 0.5])
    ticks, shown = [], -1
    objects = [usual_find(run.object_uid) for run in followed]
    wanted = sum(run.state.snapshots for run in followed) + len(followed)
    while shown < wanted:
        ticks.append(timed(follower.tick))
        if notes := [run.note for run in followed if run.note]:
            sys.exit(notes[0])
        shown = sum(obj.dream.snapshots for obj in objects)
    bpy.context.view_layer.update()
    return ticks, [timed(lambda obj=obj: obj.dream.image.pixels[0]) for obj in objects]


def measure(followed: list[runs.LiveRun], repeats: int) -> dict[str, dict[str, list[float]]]:
    """Milliseconds of each kind of tick and way, taking turns."""
    ways = {"the extension": lambda _: nullcontext(), "the usual way": usual_way}
    kinds = ("idle", "update", "decoding")
    times = {kind: {way: [] for way in ways} for kind in kinds}
    updates(followed, 0)
    for repeat in range(repeats):
        for way, patched in ways.items():
            with patched(followed):
                for kind, found in zip(kinds[1:], updates(followed, (repeat + 1) % 2), strict=True):
                    times[kind][way] += found
                times["idle"][way] += [timed(follower.tick) for _ in range(5)]
    return times


def report(count: int, times: dict[str, dict[str, list[float]]]) -> None:
    """Print medians and longest."""
    for kind, ways in times.items():
        figures = [f"{figure:9.2f}" for way in ways.values() for figure in (statistics.median(way), max(way))]
        print(f"{count} {'run' if count == 1 else 'runs':5}{kind:9}", *figures)


def main() -> None:
    """Time both ways with one run and with several, and print their figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=20)
    options = parser.parse_args()
    for group in properties.GROUPS:
        bpy.utils.register_class(group)
    properties.attach()
    shared = bpy.data.meshes.new("other")
    for number in range(options.objects):
        mesh = shared if number % 2 else bpy.data.meshes.new("other")
        bpy.context.collection.objects.link(bpy.data.objects.new(f"other{number:05}", mesh))
    bpy.context.view_layer.update()
    print(f"Blender {bpy.app.version_string}, {options.objects:,} other objects; milliseconds, median and longest")
    print(f"{'':16}{'the extension':>20}{'the usual way':>20}")
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        waiting_engine(home)
        with patch.object(engine_process, "ENGINE_HOME", home):
            followed = [start_run(home, 0)]
            report(1, measure(followed, options.repeats))
            followed += [start_run(home, number) for number in range(1, RUNS)]
            report(RUNS, measure(followed, options.repeats))
        for run in followed:
            run.process.kill()
    print(f"at most {IDLE} ms idle, {UPDATE} ms with an update")
    runs.release_all()
    # The bpy module does not end cleanly with classes of ours still registered.
    properties.detach()
    for group in reversed(properties.GROUPS):
        bpy.utils.unregister_class(group)


if __name__ == "__main__":
    main()
