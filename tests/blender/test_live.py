"""One long run, from its first mesh to the deletion of its object: the tests share it, in this order.

Each start of an engine costs seconds, so they go on where the one before left off.
"""

from __future__ import annotations

import bpy
import pytest
from mathutils import Matrix

pytestmark = pytest.mark.blender


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
    live.new_mesh()


def test_a_file_that_cannot_be_opened_leaves_the_run_alone(live):
    with pytest.raises(RuntimeError):
        bpy.ops.wm.open_mainfile(filepath=str(live.user_folder / "not there.blend"))
    live.new_mesh()
    assert live.run().status == "running"


def test_a_tick_survives_what_goes_wrong(live, monkeypatch):
    follower, run = live.module("bridge.follower"), live.run()
    monkeypatch.setattr(follower.live_mesh, "replace_geometry", lambda *_: 1 / 0)
    live.tick_until(lambda: "division by zero" in run.note)
    monkeypatch.undo()
    live.new_mesh()
    assert run.note == ""


def test_shape_keys_wait_too(live):
    obj, run = bpy.context.object, live.run()
    obj.shape_key_add()
    live.tick_until(lambda: "shape keys" in run.note)
    obj.shape_key_clear()
    live.new_mesh()
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
    live.new_mesh()
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
    live.new_mesh()
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
