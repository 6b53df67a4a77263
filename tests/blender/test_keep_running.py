"""An engine that outlives its Blender is found again by the next one: real Blenders, a real engine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import bpy
import psutil
import pytest

from tests.blender.layout import draw_panel

pytestmark = pytest.mark.blender
MODULE = "bl_ext.user_default.dreamfusion"

CHILD = f"""
import os, sys, time, bpy
bpy.ops.preferences.addon_enable(module="{MODULE}")
bpy.context.preferences.addons["{MODULE}"].preferences.keep_running = True
dream = bpy.context.scene.dream
dream.prompt, dream.preset, dream.device, dream.steps, dream.snapshot_every = "a red cube", "draft", "cpu", 100000, 0
bpy.ops.dream.generate()
follower = sys.modules["{MODULE}.bridge.follower"]
(run,) = follower.runs.live()
while not bpy.context.object.dream.snapshots:
    assert run.alive, run.sentence
    follower.tick()
    time.sleep(.02)
bpy.ops.wm.save_as_mainfile(filepath=sys.argv[1])
print("at work", run.process.pid, bpy.context.object.dream.snapshots, run.folder, flush=True)
"""


def is_at_work(pid: int) -> bool:
    """Whether the process is there and not only its entry."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def left(dream, tmp_path):
    """The file, engine, snapshots and run folder of a Blender that has quit; the engine is ended afterwards."""
    path = tmp_path / "left.blend"
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, text=True, encoding="utf-8", check=True
    )
    line = next(line for line in child.stdout.splitlines() if line.startswith("at work"))
    pid, snapshots, folder = line.removeprefix("at work ").split(" ", 2)
    yield path, int(pid), int(snapshots), Path(folder)
    if is_at_work(int(pid)):
        psutil.Process(int(pid)).kill()


def test_a_kept_run_goes_on_and_the_next_blender_follows_steers_and_stops_it(dream, left):
    path, pid, snapshots, folder = left
    assert is_at_work(pid)
    bpy.ops.wm.open_mainfile(filepath=str(path))
    obj, (run,) = bpy.context.object, dream.module("bridge.runs").live()
    assert (run.folder, run.object_uid) == (folder, obj.session_uid) and obj.dream.snapshots == snapshots
    dream.new_mesh()
    assert obj.dream.snapshots > snapshots and run.status == "running"
    assert "is followed again" in draw_panel("DREAM_PT_sidebar").words
    bpy.ops.dream.pause()
    dream.tick_until(lambda: run.status == "paused")
    bpy.ops.dream.resume()
    dream.tick_until(lambda: run.status == "running")

    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    assert dream.module("bridge.runs").live() == [] and is_at_work(pid), "it goes on without this file too"
    bpy.ops.dream.runs_refresh()
    listed = dream.module("bridge.run_list")
    bpy.context.window_manager.dream.chosen = [row.folder for row in listed.current().rows].index(folder)
    assert listed.chosen(bpy.context).status == "running"
    with pytest.raises(RuntimeError, match="stop it first"):
        bpy.ops.dream.run_delete()
    assert bpy.ops.dream.open(directory=str(folder)) == {"FINISHED"}
    dream.new_mesh()
    assert bpy.context.object.data.polygons

    run = dream.run()
    bpy.ops.dream.stop()
    dream.tick_until(lambda: run.over)
    assert run.status == "stopped" and run.can_resume
    dream.tick_until(lambda: not is_at_work(pid))
    assert bpy.ops.dream.run_delete() == {"FINISHED"} and not folder.exists()
