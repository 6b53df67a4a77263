"""The queue of runs in Blender, with engines that only wait; the last test has real ones."""

from __future__ import annotations

import bpy
import pytest

pytestmark = pytest.mark.blender
MODULE = "bl_ext.user_default.dreamfusion"


def test_runs_take_their_turns_in_an_order_that_can_be_changed(desk):
    first, second, third = map(desk.generate, range(3))
    assert (first.status, second.status) == ("starting", "waiting") and desk.seeds() == [1, 2]
    assert (second.folder / "settings.json").exists() and not (second.folder / "engine.log").exists()
    desk.select(third).name = "renamed"
    assert bpy.ops.dream.queue_move(to="FRONT") == {"FINISHED"} and desk.seeds() == [2, 1]
    bpy.ops.dream.queue_move(to="DOWN")
    bpy.ops.dream.queue_move(object_uid=third.object_uid, to="UP")
    assert desk.seeds() == [2, 1]
    with pytest.raises(RuntimeError, match="does not wait in the queue"):
        bpy.ops.dream.queue_remove(object_uid=first.object_uid)
    desk.select(second)
    assert bpy.ops.dream.queue_remove() == {"FINISHED"} and desk.seeds() == [2]
    desk.dream.tick_until(lambda: True)
    assert "Resume starts it" in second.sentence and bpy.context.object.dream.seed == 1
    assert bpy.ops.dream.resume() == {"FINISHED"} and desk.seeds() == [2, 1]
    desk.leave(first)
    assert third.process is not None and desk.seeds() == [1]
    desk.leave(third)
    assert desk.dream.run().process is not None and not bpy.ops.dream.queue_move.poll()


def test_the_button_pressed_twice_is_refused_and_another_seed_is_not(desk):
    desk.generate(1)
    with pytest.raises(RuntimeError, match="still being made"):
        desk.generate(1)
    desk.generate(2)
    assert len(bpy.data.objects) == 2


def test_a_paused_run_lets_the_next_one_work_and_waits_for_another_turn(desk):
    first, second = map(desk.generate, range(2))
    desk.select(first)
    bpy.ops.dream.pause()
    desk.say(first, "paused")
    desk.dream.tick_until(lambda: second.process is not None)
    assert first.status == "paused"
    bpy.ops.dream.resume()
    assert desk.seeds() == [0] and first.resting
    bpy.context.preferences.addons[MODULE].preferences.at_once = 2
    try:
        desk.dream.module("bridge.follower").tick()
        assert desk.seeds() == [] and '"resume"' in (first.folder / "commands.jsonl").read_text(encoding="utf-8")
    finally:
        bpy.context.preferences.addons[MODULE].preferences.at_once = 1
    assert desk.queue.at_once == 1


def test_stop_and_pause_on_a_run_that_waits(desk):
    _, second = map(desk.generate, range(2))
    desk.select(second)
    with pytest.raises(RuntimeError, match="take it out of the queue instead"):
        bpy.ops.dream.pause()
    assert bpy.ops.dream.resume() == {"FINISHED"} and desk.seeds() == [1], "it waits already"
    bpy.ops.dream.stop()
    assert second.over and desk.seeds() == []


def test_a_deleted_object_leaves_the_queue_and_undo_within_the_grace_brings_it_back(desk):
    first = desk.generate(0)
    bpy.ops.ed.undo_push(message="generate")
    second, uid = desk.generate(1), bpy.context.object.session_uid
    bpy.ops.ed.undo_push(message="generate again")
    bpy.ops.ed.undo()
    desk.dream.tick_until(lambda: second.missing_since is not None)
    assert desk.queue.waiting() == [second]
    bpy.ops.ed.redo()
    desk.dream.tick_until(lambda: second.missing_since is None)
    assert desk.seeds() == [1] and second.object_uid == uid
    desk.leave(first)
    assert second.process is not None
    third = desk.generate(2)
    bpy.data.objects.remove(desk.select(third))
    desk.dream.tick_until(lambda: third.over)
    assert desk.queue.waiting() == [] and third.process is None
    assert desk.runs.of(third.object_uid) is None and (third.folder / "settings.json").exists()


def test_a_reopened_file_starts_nothing_by_itself_and_the_object_can(desk):
    first, second = map(desk.generate, range(2))
    desk.select(second)
    path = str(desk.dream.user_folder / "queued.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert desk.queue.waiting() == [] == desk.runs.live()
    desk.dream.module("bridge.follower").tick()
    assert second.process is None
    bpy.ops.dream.resume()
    assert desk.dream.run().folder == second.folder and desk.dream.run().process is not None
    desk.dream.tick_until(lambda: first.process.exit_code is not None)


def test_the_engine_of_a_run_that_goes_on_is_not_removed(desk, tmp_path, monkeypatch):
    monkeypatch.setenv("DREAMFUSION_ENGINE", str(tmp_path))
    (tmp_path / "setup.log").touch()
    run = desk.generate(0)
    with pytest.raises(RuntimeError, match="Runs are going on: stop them before the engine is removed"):
        bpy.ops.dream.setup_remove()
    assert (tmp_path / "setup.log").exists()
    desk.leave(run)
    assert bpy.ops.dream.setup_remove() == {"FINISHED"} and not (tmp_path / "setup.log").exists()


def test_a_button_says_which_file_could_not_be_used(desk):
    run = desk.generate(0)
    (run.folder / "commands.jsonl").mkdir()
    with pytest.raises(RuntimeError, match=r"commands.jsonl cannot be used \(.+\): check it, then try again"):
        bpy.ops.dream.pause()
    assert not run.resting, "it is as it was"


def test_a_script_that_waits_for_the_second_gets_both(dream):
    dream.describe(steps=2)
    bpy.ops.dream.generate()
    first = dream.run()
    dream.describe(steps=2)
    bpy.context.scene.dream.seed = 1
    assert bpy.ops.dream.generate(wait=True) == {"FINISHED"}
    assert first.over and first.status == dream.run().status == "finished"
    assert all(obj.dream.step == 2 for obj in bpy.data.objects)
