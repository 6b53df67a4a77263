"""Variations of a prompt, and the one that is kept: the tests share their runs, in this order."""

from __future__ import annotations

import json

import bpy
import pytest

pytestmark = pytest.mark.blender


def events(run, kind: str) -> list[dict]:
    """The run's events of one kind."""
    lines = (run.folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    return [event for event in map(json.loads, lines) if event["event"] == kind]


@pytest.fixture(scope="module")
def drafts(extension):
    """The extension, with three variations of which the first has shown a mesh."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    extension.describe("a red cube")
    bpy.context.scene.dream.preset, bpy.context.scene.dream.seed = "fine", 5
    bpy.context.scene.cursor.location = (1, 2, 3)
    assert bpy.ops.dream.variations(count=3) == {"FINISHED"}
    bpy.ops.ed.undo_push(message="Variations")
    extension.tick_until(lambda: bpy.context.object.dream.snapshots > 0)
    yield extension
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)


def test_they_stand_side_by_side_each_with_a_seed_of_its_own(drafts):
    objects = list(bpy.context.scene.objects)
    assert [obj.name for obj in objects] == ["1 a red cube", "2 a red cube", "3 a red cube"]
    assert [tuple(obj.location) for obj in objects] == [(-1.5, 2, 3), (1, 2, 3), (3.5, 2, 3)]
    assert [obj.dream.seed for obj in objects] == [6, 7, 8] and bpy.context.scene.dream.seed == 8
    assert all(obj.show_name for obj in objects) and len({obj.dream.group for obj in objects}) == 1
    assert bpy.context.object == objects[0] and bpy.context.selected_objects == [objects[0]]
    root = drafts.module("preferences").runs_folder(bpy.context)
    for obj in objects:
        stored = json.loads((root / obj.dream.run_id / "settings.json").read_text(encoding="utf-8"))
        assert (stored["preset"], stored["seed"], stored["steps"]) == ("draft", obj.dream.seed, None)
    waiting = drafts.module("bridge.queue").waiting()
    assert [run.object_uid for run in waiting] == [obj.session_uid for obj in objects[1:]]


def test_what_cannot_be_kept_leaves_the_others(drafts):
    dream = bpy.context.scene.dream
    dream.preset = "paper"
    with pytest.raises(RuntimeError, match="No run goes on to or from the preset 'paper'"):
        bpy.ops.dream.keep()
    assert len(bpy.data.objects) == 3 and drafts.run().status == "running"
    dream.preset, dream.steps = "draft", 0


def test_the_kept_one_goes_on_from_its_draft_and_the_others_go(drafts):
    obj, draft = bpy.context.object, drafts.run()
    others = [run for run in drafts.module("bridge.runs").live() if run is not draft]
    assert bpy.ops.dream.keep() == {"FINISHED"}
    bpy.ops.ed.undo_push(message="Keep")
    run = drafts.run()
    assert [obj.name for obj in bpy.context.scene.objects] == ["1 a red cube"]
    assert (obj.dream.group, obj.show_name) == ("", False) and not bpy.ops.dream.keep.poll()
    assert drafts.module("bridge.runs").live() == [run] and run is not draft and run.folder == draft.folder
    drafts.new_mesh()
    assert draft.process.exit_code == 0 and run.status == "running"
    begun, again = events(run, "hello")
    assert (begun["step"], begun["steps"], again["steps"]) == (0, 400, 900) and again["resumed"]
    assert obj.dream.step > again["step"] >= events(run, "progress")[0]["step"] > 0
    assert events(run, "done")[0] | {"reason": "abandoned", "step": again["step"]} == events(run, "done")[0]
    assert all(other.process is None and (other.folder / "settings.json").exists() for other in others)


def test_undo_brings_the_others_back_and_they_can_be_made(drafts):
    run = drafts.run()
    bpy.ops.ed.undo()
    objects = list(bpy.context.scene.objects)
    assert [obj.dream.seed for obj in objects] == [6, 7, 8] and all(obj.dream.group for obj in objects)
    assert drafts.run() is run
    drafts.module("bridge.new_object").select_only(bpy.context, objects[1])
    assert bpy.ops.dream.keep.poll() and bpy.ops.dream.resume() == {"FINISHED"}
    assert drafts.run() in drafts.module("bridge.queue").waiting()
    bpy.ops.dream.keep()
    assert list(bpy.context.scene.objects) == [objects[1]]
    assert drafts.module("bridge.runs").live() == [drafts.run()], "the first was let go, and its turn is free"
    drafts.tick_until(lambda: drafts.run().status == "running")
    hello = events(drafts.run(), "hello")[-1]
    assert (hello["step"], hello["steps"]) == (0, 30), "its draft had not begun, and undo has set Steps again"
