"""One long run, from its first mesh to the deletion of its object: the tests share it, in this order.

Each start of an engine costs seconds, so they go on where the one before left off.
"""

from __future__ import annotations

import json
import shutil

import bpy
import pytest
from mathutils import Matrix

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
    obj.data.dream.fingerprint = ""
    obj.dream.snapshots -= 1
    live.module("bridge.follower").tick()
    assert len(obj.data.polygons) == faces


def test_what_was_changed_by_hand_is_left_alone_until_asked(live):
    obj, run = bpy.context.object, live.run()
    assert run.status == "paused"
    obj.data.transform(Matrix.Scale(2.0, 4))
    bpy.ops.dream.resume()
    live.tick_until(lambda: "You have changed this mesh" in run.note)
    largest = max(vertex.co.length for vertex in obj.data.vertices)
    seen = run.state.snapshots
    live.tick_until(lambda: run.state.snapshots > seen)
    assert max(vertex.co.length for vertex in obj.data.vertices) == largest
    assert bpy.ops.dream.show() == {"FINISHED"}
    assert max(vertex.co.length for vertex in obj.data.vertices) < largest and run.note == ""
    new_mesh(live)
    bpy.ops.dream.pause()
    live.tick_until(lambda: run.status == "paused" and obj.dream.snapshots == run.state.snapshots)


def test_another_objects_mesh_is_never_overwritten(live):
    obj, run, own = bpy.context.object, live.run(), bpy.context.object.data
    obj.data = bpy.data.meshes.new("another")
    obj.data.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    bpy.ops.dream.resume()
    live.tick_until(lambda: "You have changed this mesh" in run.note)
    assert len(obj.data.polygons) == 1
    obj.data = own
    new_mesh(live)
    bpy.ops.dream.pause()
    live.tick_until(lambda: run.status == "paused" and obj.dream.snapshots == run.state.snapshots)


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


def test_a_last_mesh_that_undo_took_away_is_brought_back_by_a_button(live):
    obj, run = bpy.context.object, live.run()
    faces, step = len(obj.data.polygons), obj.dream.step
    obj.data.clear_geometry()
    obj.dream.snapshots, obj.dream.step = 1, 0
    assert run.over and bpy.ops.dream.show() == {"FINISHED"}
    assert (len(obj.data.polygons), obj.dream.step, obj.dream.snapshots) == (faces, step, run.state.snapshots)


def test_a_run_without_an_object_gets_one(live):
    first, run = bpy.context.object, live.run()
    assert bpy.ops.dream.open(directory=f"{run.folder}/") == {"FINISHED"}
    second = bpy.context.object
    assert second != first and len(second.data.polygons) == len(first.data.polygons)
    assert (second.dream.prompt, second.dream.step) == (first.dream.prompt, first.dream.step)
    assert second.dream.image not in (None, first.dream.image) and second.active_material is not None
    objects = len(bpy.data.objects)
    with pytest.raises(RuntimeError, match=r"There is no settings.json in .*: choose the folder of a run"):
        bpy.ops.dream.open(directory=str(live.user_folder))
    assert len(bpy.data.objects) == objects
    bpy.data.objects.remove(second)
    first.select_set(True)
    bpy.context.view_layer.objects.active = first


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
    dream.describe(steps=LONG)
    bpy.ops.dream.generate()
    run = dream.run()
    dream.tick_until(lambda: bpy.context.object.dream.snapshots > 0)
    bpy.ops.object.convert(target="GREASEPENCIL")
    dream.tick_until(lambda: "conversion" in run.note)
    assert run.alive
