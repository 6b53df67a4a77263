"""A Blender that is killed takes its engine along."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.blender

CHILD = """
import sys, time, bpy
bpy.ops.preferences.addon_enable(module="bl_ext.user_default.dreamfusion")
dream = bpy.context.scene.dream
dream.prompt, dream.preset, dream.device, dream.steps = "a red cube", "draft", "cpu", 100000
bpy.ops.dream.generate()
follower = sys.modules["bl_ext.user_default.dreamfusion.bridge.follower"]
(run,) = follower.runs.live()
while run.state.step == 0 and run.alive:
    follower.tick()
    time.sleep(.02)
print("at work", run.process.pid, run.folder, flush=True)
time.sleep(1000)
"""


def ended(pid: int) -> bool:
    """Whether the process is no more, or only its entry is left."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_killed_blender_leaves_no_engine(dream):
    child = subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, text=True, encoding="utf-8")
    try:
        line = next(line for line in child.stdout if line.startswith("at work"))
        pid, folder = line.removeprefix("at work ").strip().split(" ", 1)
        assert not ended(int(pid))
    finally:
        child.kill()
        child.communicate()
    try:
        dream.tick_until(lambda: ended(int(pid)))
    finally:
        if not ended(int(pid)):
            psutil.Process(int(pid)).kill()
    assert (Path(folder) / "checkpoint").exists()
