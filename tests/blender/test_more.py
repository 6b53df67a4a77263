"""More Steps: a finished run goes on, is killed on the way, and still gets there."""

from __future__ import annotations

import json

import bpy
import pytest

pytestmark = pytest.mark.blender

STEPS = 8


def remembered(folder, events: list[dict]) -> bpy.types.Object:
    """An object, chosen, that a run of 900 steps made in whose folder are these events."""
    folder.mkdir()
    (folder / "settings.json").write_text('{"schema": 1, "prompt": "a red cube"}', encoding="utf-8")
    (folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    bpy.ops.mesh.primitive_cube_add()
    bpy.context.object.dream.run_id, bpy.context.object.dream.folder = folder.name, str(folder)
    return bpy.context.object


@pytest.mark.slow
def test_a_finished_run_goes_on_also_when_it_is_killed_on_the_way(dream):
    dream.describe(steps=STEPS)
    assert bpy.ops.dream.generate(wait=True) == {"FINISHED"}
    bpy.ops.dream.more(steps=100_000)
    run, obj = dream.run(), bpy.context.object
    dream.tick_until(lambda: run.state.steps == STEPS + 100_000 and run.state.step > STEPS)
    assert not bpy.ops.dream.more.poll(), "it is going on"
    run.process.kill()
    dream.tick_until(lambda: run.over)
    bpy.ops.dream.resume()
    dream.tick_until(lambda: dream.run().state.steps == STEPS + 100_000)
    bpy.ops.dream.stop()
    dream.tick_until(lambda: dream.run().over)
    assert dream.run().status == "stopped" and obj.dream.step >= STEPS


@pytest.mark.parametrize("asked, steps", [({}, 1350), ({"steps": 7}, 907)], ids=["half as many", "so many"])
def test_the_run_is_planned_longer(dream, fake_engine, tmp_path, asked, steps):
    fake_engine()
    folder = tmp_path / "run"
    done = {"event": "done", "reason": "finished", "step": 900}
    remembered(folder, [{"event": "hello", "step": 0, "steps": 900}, done])
    assert bpy.ops.dream.more(**asked) == {"FINISHED"}
    assert dream.module("engine.run.settings").read_settings(folder).steps == steps
    assert dream.run().alive and not bpy.ops.dream.more.poll()
    dream.run().process.release()
    dream.tick_until(lambda: dream.run().over)


def test_without_its_run_it_says_so(dream, tmp_path):
    bpy.ops.mesh.primitive_cube_add()
    assert not bpy.ops.dream.more.poll()
    bpy.context.object.dream.run_id = "gone"
    with pytest.raises(RuntimeError, match="The run gone is not in the folder of runs"):
        bpy.ops.dream.more()
    remembered(tmp_path / "new", [])
    with pytest.raises(RuntimeError, match="has not begun yet: press Resume first"):
        bpy.ops.dream.more()
