"""One long run, from its first mesh to the deletion of its object: the tests share it, in this order.

Each start of an engine costs seconds, so they go on where the one before left off.
"""

from __future__ import annotations

import json

import bpy
import pytest

pytestmark = pytest.mark.blender

LONG = 100_000
"""Steps of a run that never finishes by itself."""


@pytest.fixture(scope="module")
def live(extension):
    """The extension, with a run that is at work and has shown a mesh."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    extension.describe(steps=LONG)
    bpy.ops.dream.generate()
    extension.tick_until(lambda: bpy.context.object.dream.snapshots > 0)
    yield extension
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)


def events(run, kind: str) -> list[dict]:
    """The run's events of one kind."""
    lines = (run.folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    return [event for event in map(json.loads, lines) if event["event"] == kind]


def new_mesh(dream) -> None:
    """Wait for the next live update of the active object."""
    obj = bpy.context.object
    seen = obj.dream.snapshots
    dream.tick_until(lambda: obj.dream.snapshots > seen)


def test_a_second_run_for_the_object_is_refused(live):
    with pytest.raises(RuntimeError, match="still being made"):
        bpy.ops.dream.generate()
    with pytest.raises(RuntimeError, match="still being made"):
        live.module("bridge.runs").refuse_second(bpy.context.object.session_uid)
    assert len(bpy.data.objects) == 1
    assert len(live.module("bridge.runs").live()) == 1


def test_pause_and_resume(live):
    run = live.run()
    bpy.ops.dream.pause()
    live.tick_until(lambda: run.status == "paused")
    step = run.state.step
    bpy.ops.dream.resume()
    live.tick_until(lambda: run.state.step > step)
    assert run.status == "running"


def test_edit_mode_waits_with_the_newest_mesh(live):
    obj, run = bpy.context.object, live.run()
    bpy.ops.object.mode_set(mode="EDIT")
    seen = obj.dream.snapshots
    live.tick_until(lambda: run.state.snapshots >= seen + 2)
    assert obj.dream.snapshots == seen
    assert "Object Mode" in run.note
    bpy.ops.object.mode_set(mode="OBJECT")
    live.module("bridge.follower").tick()
    assert obj.dream.snapshots == run.state.snapshots, "the one between is left out"
    assert run.note == ""


def test_a_copy_that_shares_the_mesh_can_be_edited_in_peace(live):
    obj, run = bpy.context.object, live.run()
    twin = obj.copy()
    bpy.context.collection.objects.link(twin)
    bpy.context.view_layer.objects.active = twin
    bpy.ops.object.mode_set(mode="SCULPT")
    seen = obj.dream.snapshots
    live.tick_until(lambda: run.state.snapshots >= seen + 2)
    assert obj.dream.snapshots == seen and "Object Mode" in run.note
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.data.objects.remove(twin)
    bpy.context.view_layer.objects.active = obj
    new_mesh(live)


def test_a_file_that_cannot_be_opened_leaves_the_run_alone(live):
    with pytest.raises(RuntimeError):
        bpy.ops.wm.open_mainfile(filepath=str(live.user_folder / "not there.blend"))
    new_mesh(live)
    assert live.run().status == "running"


def test_a_tick_survives_what_goes_wrong(live, monkeypatch):
    follower, run = live.module("bridge.follower"), live.run()
    monkeypatch.setattr(follower.live_mesh, "replace_geometry", lambda *_: 1 / 0)
    live.tick_until(lambda: "division by zero" in run.note)
    monkeypatch.undo()
    new_mesh(live)
    assert run.note == ""


def test_shape_keys_wait_too(live):
    obj, run = bpy.context.object, live.run()
    obj.shape_key_add()
    live.tick_until(lambda: "shape keys" in run.note)
    obj.shape_key_clear()
    new_mesh(live)
    assert run.note == ""


def test_a_mesh_that_undo_took_away_comes_back(live):
    obj, run = bpy.context.object, live.run()
    bpy.ops.dream.pause()
    live.tick_until(lambda: run.status == "paused" and obj.dream.snapshots == run.state.snapshots)
    faces = len(obj.data.polygons)
    obj.data.clear_geometry()
    obj.dream.snapshots -= 1
    live.module("bridge.follower").tick()
    assert len(obj.data.polygons) == faces


def test_a_damaged_snapshot_is_told_and_the_next_one_shown(live):
    obj, run = bpy.context.object, live.run()
    assert run.status == "paused"
    newest = run.folder / "snapshots" / f"{run.state.newest_snapshot:06d}" / "mesh.npz"
    newest.write_bytes(b"not a mesh")
    obj.dream.snapshots = 0
    live.tick_until(lambda: run.note)
    assert "broken" in run.note
    bpy.ops.dream.resume()
    live.tick_until(lambda: obj.dream.snapshots == run.state.snapshots)
    assert run.note == ""


def test_a_last_mesh_that_has_to_wait_is_shown_later(live):
    obj, run = bpy.context.object, live.run()
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.dream.stop()
    live.tick_until(lambda: not run.alive and run.note)
    assert not run.over
    newest = run.folder / "snapshots" / f"{run.state.newest_snapshot:06d}" / "mesh.npz"
    held = newest.rename(newest.with_suffix(".held"))  # as if another program had it open
    bpy.ops.object.mode_set(mode="OBJECT")
    live.tick_until(lambda: run.failures > 2)
    assert not run.over and run.note
    held.rename(newest)
    live.tick_until(lambda: run.over)
    assert run.status == "stopped"
    assert obj.dream.step == run.state.newest_snapshot > 0
    assert obj.dream.image.packed_file is not None


def test_a_stopped_run_resumes_where_it_was(live):
    obj, stopped_at = bpy.context.object, bpy.context.object.dream.step
    assert bpy.ops.dream.resume() == {"FINISHED"}
    new_mesh(live)
    assert obj.dream.step > stopped_at
    assert events(live.run(), "hello")[-1]["step"] == stopped_at
    newest = live.run().folder / "snapshots" / f"{obj.dream.step:06d}" / "albedo.png"
    assert obj.dream.image.packed_file.data == newest.read_bytes(), "the image is of the new mesh"


def test_a_killed_engine_is_told_and_the_mesh_kept(live):
    obj, run = bpy.context.object, live.run()
    run.process.kill()
    live.tick_until(lambda: run.over)
    assert run.status == "crashed"
    assert run.sentence.startswith("The engine stopped unexpectedly") and "Resume" in run.sentence
    assert len(obj.data.polygons) > 0
    assert obj.dream.image.packed_file is not None


def test_a_killed_run_resumes_in_another_session(live):
    path = str(live.user_folder / "killed.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert live.run() is None, "what went on in the other session is forgotten"
    bpy.ops.dream.resume()
    new_mesh(live)
    assert live.run().status == "running"


def test_another_file_lets_the_run_go_with_a_checkpoint(live):
    run = live.run()
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
    assert live.module("bridge.runs").live() == []
    live.tick_until(lambda: run.process.exit_code is not None)
    assert events(run, "done")[-1]["reason"] == "abandoned"


def test_deleting_the_object_stops_its_run(live):
    bpy.ops.dream.resume()
    run = live.run()
    live.tick_until(lambda: run.status == "running")
    uid = run.object_uid
    bpy.data.objects.remove(bpy.context.object)
    live.tick_until(lambda: run.over)
    assert live.module("bridge.runs").of(uid) is None, "brought back by undo, it offers Resume"
    assert run.status == "stopped"
    assert "deleted" in run.note and str(run.folder) in run.note
    assert list((run.folder / "snapshots").iterdir())


def test_an_object_that_is_no_mesh_any_more_waits_for_undo(dream):
    dream.describe(steps=LONG)
    bpy.ops.dream.generate()
    run = dream.run()
    dream.tick_until(lambda: bpy.context.object.dream.snapshots > 0)
    bpy.ops.object.convert(target="GREASEPENCIL")
    dream.tick_until(lambda: "conversion" in run.note)
    assert run.alive
