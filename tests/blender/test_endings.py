"""How runs end, wait and go on."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import bpy
import psutil
import pytest

pytestmark = pytest.mark.blender

LONG = 100_000
"""Steps of a run that never finishes by itself."""


def begin(dream, **settings):
    """A run that is at work and has shown a mesh; the object and the run."""
    dream.describe(steps=LONG, **settings)
    bpy.ops.dream.generate()
    obj = bpy.context.object
    dream.tick_until(lambda: obj.dream.snapshots > 0)
    return obj, dream.run()


def events(run, kind: str) -> list[dict]:
    lines = (run.folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    return [event for event in map(json.loads, lines) if event["event"] == kind]


def ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_stop_keeps_a_packed_mesh_and_resume_goes_on(dream):
    obj, run = begin(dream)
    bpy.ops.dream.stop()
    dream.tick_until(lambda: run.over)
    assert run.status == "stopped"
    assert obj.dream.image.packed_file is not None
    stopped_at, seen = obj.dream.step, obj.dream.snapshots
    assert stopped_at == run.state.newest_snapshot > 0

    assert bpy.ops.dream.resume() == {"FINISHED"}
    dream.tick_until(lambda: obj.dream.snapshots > seen)
    assert obj.dream.step >= stopped_at
    assert events(run, "hello")[-1]["step"] > 0
    assert obj.dream.image.packed_file is None, "live updates show the new file"


def test_pause_and_resume(dream):
    _, run = begin(dream)
    bpy.ops.dream.pause()
    dream.tick_until(lambda: run.status == "paused")
    step = run.state.step
    bpy.ops.dream.resume()
    dream.tick_until(lambda: run.state.step > step)
    assert run.status == "running"


def test_a_killed_engine_is_told_and_resumes(dream):
    obj, run = begin(dream)
    dream.tick_until(lambda: (run.folder / "checkpoint").exists())
    faces = len(obj.data.polygons)
    run.process.kill()
    dream.tick_until(lambda: run.over)
    assert run.status == "crashed"
    assert "Resume" in run.sentence
    assert faces and obj.dream.image.packed_file is not None, "the mesh so far is kept"

    bpy.ops.dream.resume()
    resumed = dream.run()
    assert resumed is not run
    dream.tick_until(lambda: resumed.status == "running" and resumed.state.step > 0)


def test_a_second_run_for_an_object_is_refused(dream):
    obj, run = begin(dream)
    with pytest.raises(RuntimeError, match="still being made"):
        bpy.ops.dream.generate()
    assert bpy.data.objects[:] == [obj]
    obj.select_set(False)
    dream.describe("a blue cone", steps=LONG)
    assert bpy.ops.dream.generate() == {"FINISHED"}
    assert bpy.context.object != obj
    assert len(dream.module("bridge.runs").live()) == 2


def test_deleting_the_object_stops_its_run(dream):
    obj, run = begin(dream)
    bpy.data.objects.remove(obj)
    dream.tick_until(lambda: run.over)
    assert run.status == "stopped"
    assert "deleted" in run.note and str(run.folder) in run.note
    assert list((run.folder / "snapshots").iterdir())


def test_edit_mode_waits_with_the_newest_mesh(dream):
    obj, run = begin(dream)
    bpy.ops.object.mode_set(mode="EDIT")
    seen = obj.dream.snapshots
    dream.tick_until(lambda: run.state.snapshots >= seen + 2)
    assert obj.dream.snapshots == seen
    assert "Object Mode" in run.note
    bpy.ops.object.mode_set(mode="OBJECT")
    dream.module("bridge.follower").tick()
    assert obj.dream.snapshots == run.state.snapshots, "only the newest"
    assert run.note == ""


def test_a_last_mesh_that_waits_is_shown_later(dream):
    obj, run = begin(dream)
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.dream.stop()
    dream.tick_until(lambda: not run.alive and run.note)
    assert not run.over
    bpy.ops.object.mode_set(mode="OBJECT")
    dream.tick_until(lambda: run.over)
    assert obj.dream.step == run.state.newest_snapshot
    assert obj.dream.image.packed_file is not None


def test_shape_keys_wait_too(dream):
    obj, run = begin(dream)
    obj.shape_key_add()
    seen = obj.dream.snapshots
    dream.tick_until(lambda: "shape keys" in run.note)
    assert obj.dream.snapshots == seen


def test_another_file_lets_the_run_go(dream):
    _, run = begin(dream)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    assert dream.module("bridge.runs").live() == []
    dream.tick_until(lambda: run.process.exit_code is not None)
    assert events(run, "done")[-1]["reason"] == "abandoned"


def test_a_saved_object_resumes_in_another_session(dream):
    obj, run = begin(dream)
    seen = obj.dream.snapshots
    path = str(dream.user_folder / "unfinished.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    dream.tick_until(lambda: run.process.exit_code is not None)
    bpy.ops.dream.resume()
    dream.tick_until(lambda: bpy.context.object.dream.snapshots > seen)


def test_a_damaged_snapshot_is_told_and_the_next_one_shown(dream):
    obj, run = begin(dream)
    bpy.ops.dream.pause()
    dream.tick_until(lambda: run.status == "paused")
    newest = run.folder / "snapshots" / f"{run.state.newest_snapshot:06d}" / "mesh.npz"
    newest.write_bytes(b"not a mesh")
    obj.dream.snapshots = 0
    dream.tick_until(lambda: run.note)
    assert "broken" in run.note
    bpy.ops.dream.resume()
    dream.tick_until(lambda: obj.dream.snapshots == run.state.snapshots)
    assert run.note == ""


CHILD = """
import sys, time, bpy
bpy.ops.preferences.addon_enable(module="bl_ext.user_default.dreamfusion")
dream = bpy.context.scene.dream
dream.prompt, dream.preset, dream.device, dream.steps = "a red cube", "draft", "cpu", 100000
bpy.ops.dream.generate()
follower = sys.modules["bl_ext.user_default.dreamfusion.bridge.follower"]
(run,) = follower.runs.live()
while run.state.step == 0:
    follower.tick()
    time.sleep(.02)
print("at work", run.process.pid, run.folder, flush=True)
time.sleep(1000)
"""


def test_a_killed_blender_leaves_no_engine(dream):
    child = subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, text=True, env=os.environ)
    line = next(line for line in child.stdout if line.startswith("at work"))
    pid, folder = line.removeprefix("at work ").strip().split(" ", 1)
    assert not ended(int(pid))
    child.kill()
    child.communicate()
    deadline = time.monotonic() + 10
    while not ended(int(pid)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert ended(int(pid))
    assert (Path(folder) / "checkpoint").exists()
