"""What is done inside Blender (`tests/faults/blender.py` starts it): runs whose objects, undo steps or files go away.

    python -m tests.faults.in_blender KIND SEED...

prints a line of JSON for each trial: its run folder, its engine's process, and what was not right. Started with
BLENDER_USER_RESOURCES naming a folder that has the extension.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from types import ModuleType

import bpy

from tests.faults.tiny import PATIENCE, SETTINGS

MODULE = "bl_ext.user_default.dreamfusion"


def module(name: str) -> ModuleType:
    """A module of the extension, for example "bridge.follower"."""
    return sys.modules[f"{MODULE}.{name}"]


def tick_until(condition: Callable[[], object]) -> None:
    """Follow the runs, as the timer does in a window, until the condition holds, or for as long as patience lasts."""
    end = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < end:
        module("bridge.follower").tick()
        time.sleep(0.02)


def object_deleted(rng: random.Random) -> None:
    """The artist deletes the object."""
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj) if rng.random() < 0.5 else bpy.data.meshes.remove(obj.data)


def undone(rng: random.Random) -> None:
    """The artist undoes what came before, and perhaps redoes it."""
    for _ in range(rng.randrange(1, 4)):
        if bpy.ops.ed.undo.poll():
            bpy.ops.ed.undo()
        module("bridge.follower").tick()
        if rng.random() < 0.5 and bpy.ops.ed.redo.poll():
            bpy.ops.ed.redo()


def file_loaded(_rng: random.Random) -> None:
    """The artist opens another file."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)


def blender_killed(_rng: random.Random) -> None:
    """Blender works on until it is killed from outside."""
    tick_until(lambda: False)


KINDS = {kind.__name__: kind for kind in (object_deleted, undone, file_loaded, blender_killed)}


def attempt(kind: str, seed: int) -> None:
    """Generate, wait for a random moment, hurt; what remains is judged outside."""
    rng = random.Random(f"{kind} {seed}")
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.context.scene.dream.prompt = SETTINGS.prompt
    bpy.ops.ed.undo_push(message="an empty scene")
    bpy.ops.dream.generate()
    bpy.ops.ed.undo_push(message="generate")
    (run,) = module("bridge.runs").live()
    snapshots = rng.randrange(4)
    tick_until(lambda: run.state.snapshots >= snapshots or not run.alive)
    found = {"seed": seed, "folder": str(run.folder), "pid": run.process.pid, "why": ""}
    if kind == "blender_killed":
        print(json.dumps(found), flush=True)
    KINDS[kind](rng)
    tick_until(lambda: run.over or run.process.exit_code is not None)
    for _ in range(3):
        module("bridge.follower").tick()
    if "cannot be followed" in run.note:
        found["why"] = run.note
    print(json.dumps(found), flush=True)


def main() -> None:
    bpy.ops.preferences.addon_enable(module=MODULE)
    module("bridge.follower").GRACE = 0.5  # seconds for which a deleted object may come back
    tiny = module("engine.run.settings").RunSettings(**asdict(SETTINGS))
    module("properties").DreamScene.settings = lambda _scene: tiny
    for seed in sys.argv[2:]:
        attempt(sys.argv[1], int(seed))


if __name__ == "__main__":
    main()
