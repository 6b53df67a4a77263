"""One long run that is stopped, killed, left by its file and resumed: the tests share it, in this order."""

from __future__ import annotations

import json
import shutil

import bpy
import pytest

pytestmark = pytest.mark.blender


def events(run, kind: str) -> list[dict]:
    """The run's events of one kind."""
    lines = (run.folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    return [event for event in map(json.loads, lines) if event["event"] == kind]


def test_a_stopped_run_resumes_where_it_was(live):
    bpy.ops.dream.stop()
    live.tick_until(lambda: live.run().over)
    obj, stopped_at = bpy.context.object, bpy.context.object.dream.step
    assert bpy.ops.dream.resume() == {"FINISHED"}
    live.new_mesh()
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
    live.new_mesh()
    assert live.run().status == "running"


def test_another_file_lets_the_run_go_with_a_checkpoint(live):
    run = live.run()
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
    assert live.module("bridge.runs").live() == []
    live.tick_until(lambda: run.process.exit_code is not None)
    assert events(run, "done")[-1]["reason"] == "abandoned"


def test_an_object_of_another_file_is_not_resumed(live):
    path = str(live.user_folder / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    name = bpy.context.object.name
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    with bpy.data.libraries.load(path, link=True) as (_, linked):
        linked.objects = [name]
    obj = linked.objects[0]
    bpy.context.collection.objects.link(obj)
    obj.select_set(True)
    bpy.context.view_layer.objects.active = obj
    for operator in (bpy.ops.dream.resume, bpy.ops.dream.show):
        with pytest.raises(RuntimeError, match="comes from another file: make it and its data local first"):
            operator()
    bpy.ops.object.make_local(type="SELECT_OBDATA")
    obj = bpy.context.object
    obj.data.clear_geometry()
    assert obj.dream.image.library is not None and bpy.ops.dream.show() == {"FINISHED"}
    assert obj.data.polygons and obj.dream.image.library is None
    bpy.ops.wm.open_mainfile(filepath=path)


def test_a_run_that_ended_before_its_first_step_begins_again(live):
    obj = bpy.context.object
    folder = live.module("preferences").runs_folder(bpy.context) / obj.dream.run_id
    fresh = folder.with_name("fresh")
    fresh.mkdir()
    shutil.copy(folder / "settings.json", fresh)
    (fresh / "commands.jsonl").write_text('{"command": "stop"}\n', encoding="utf-8")
    obj.dream.run_id, obj.dream.snapshots = fresh.name, 0
    obj.data.clear_geometry()
    obj.data.dream.fingerprint = ""
    bpy.ops.dream.resume()
    run = live.run()
    live.tick_until(lambda: run.status == "running" and obj.dream.snapshots > 0)
    run.process.kill()
    live.tick_until(lambda: run.over)
    obj.dream.run_id = folder.name
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)


def test_deleting_the_object_stops_its_run(live, monkeypatch):
    monkeypatch.setattr(live.module("bridge.follower"), "GRACE", 1.0)
    bpy.ops.dream.resume()
    run = live.run()
    live.tick_until(lambda: run.status == "running")
    uid = run.object_uid
    obj = bpy.context.object
    for collection in obj.users_collection:
        collection.objects.unlink(obj)
    live.tick_until(lambda: "deleted" in run.note)
    assert run.alive and not run.stopping, "undo may bring it back"
    bpy.data.objects.remove(obj)
    live.tick_until(lambda: run.over)
    assert live.module("bridge.runs").of(uid) is None, "brought back by undo, it offers Resume"
    assert run.status == "stopped"
    assert "deleted" in run.note and str(run.folder) in run.note
    assert list((run.folder / "snapshots").iterdir())


def test_an_object_that_is_no_mesh_any_more_waits_for_undo(dream):
    dream.describe(steps=100_000)
    bpy.ops.dream.generate()
    run = dream.run()
    dream.tick_until(lambda: bpy.context.object.dream.snapshots > 0)
    bpy.ops.object.convert(target="GREASEPENCIL")
    dream.tick_until(lambda: "conversion" in run.note)
    assert run.alive
