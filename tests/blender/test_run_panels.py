"""What the sidebar shows of runs, from their first second to the list of all, drawn in each of their states."""

from __future__ import annotations

from functools import partial

import bpy
import pytest

from tests.blender.layout import draw, draw_panel

pytestmark = pytest.mark.blender

MESH = {"threshold": 10.0, "own_threshold": 10.0, "faces": 5000, "texture": 512, "final_texture": 1024}


def begin(desk, seed: int = 0):
    """A run that is at step 250 of 1,000."""
    run = desk.generate(seed)
    desk.say(run, "hello", prompt="a red cube", step=0, steps=1000, device_name="a card", mesh=MESH)
    desk.say(run, "method", message="SDI, since the card has 12 GB.")
    desk.say(run, "progress", step=250, steps=1000, rate=2.5, remaining=300.0)
    desk.dream.tick_until(lambda: run.state.rate and run.steered)
    return run


def draw_line(row: int, drawn, context) -> None:
    bpy.types.DREAM_UL_runs.draw_item(drawn, context, drawn.layout, None, None, 0, None, "", row)


def test_a_run_that_goes_on(desk):
    begin(desk)
    drawn = draw_panel("DREAM_PT_sidebar")
    (bar,) = (shown for shown in drawn if shown.function == "progress")
    assert (bar.factor, bar.text) == (0.25, "250 of 1,000")
    assert "2.5 steps/s, 5 min left" in drawn.words and "a card" in drawn.words and "SDI, since" in drawn.words
    assert drawn.button("dream.pause") and drawn.button("dream.stop").text == "Stop"
    assert not {"dream.resume", "dream.export", "dream.light"} & set(drawn.buttons)
    mesh = draw_panel("DREAM_PT_mesh")
    assert mesh.layout.enabled is True and mesh.fields == ["surface", "faces", "texture", "final_texture"]
    status_bar = draw(desk.dream.module("panels.status_bar")._draw)
    assert status_bar.words == "a red cube, 250 of 1,000, 5 min left"


def test_a_run_that_is_told_to_stop_and_has_stopped(desk):
    run = begin(desk)
    bpy.ops.dream.stop()
    desk.dream.tick_until(lambda: "Stopping" in run.sentence)
    drawn = draw_panel("DREAM_PT_sidebar")
    assert drawn.button("dream.stop").text == "Stop Now" and "Stopping: the engine makes" in drawn.words
    saved = desk.dream.module("engine.run.folder").checkpoint_path(run.folder)
    saved.mkdir()
    (saved / desk.dream.module("engine.run.checkpoints").NUMBERS).touch()
    desk.say(run, "done", reason="stopped", step=260)
    run.process.release()
    desk.dream.tick_until(lambda: run.over)
    drawn = draw_panel("DREAM_PT_sidebar")
    assert "Stopped at step 260 of 1,000" in drawn.words and "dream.stop" not in drawn.buttons
    assert {"dream.resume", "dream.export", "dream.folder", "dream.light", "dream.more"} <= set(drawn.buttons)
    assert draw_panel("DREAM_PT_mesh").layout.enabled is False


def test_a_paused_run_and_one_that_waits_in_the_queue(desk):
    first, second = begin(desk), desk.generate(7)
    drawn, queue = draw_panel("DREAM_PT_sidebar"), draw_panel("DREAM_PT_queue")
    assert "Waiting in the queue: it is the next one." in drawn.words and "dream.stop" not in drawn.buttons
    assert "1. a red cube, seed 7" in queue.words and "at_once" in queue.fields
    for shown in (drawn, queue):
        moves = [button.told for button in shown if getattr(button, "operator", "") == "dream.queue_move"]
        assert [(told.object_uid, told.to) for told in moves] == [
            (second.object_uid, place) for place in ("FRONT", "UP", "DOWN")
        ]
        assert shown.button("dream.queue_remove").told.object_uid == second.object_uid
    bar = draw(desk.dream.module("panels.status_bar")._draw)
    assert bar.words == "2 objects, 12%", "how long the other takes, nobody knows"
    desk.select(first).select_set(False)
    assert "2 runs are going on or wait: select an object" in draw_panel("DREAM_PT_sidebar").words
    desk.select(first)
    desk.say(first, "paused")
    desk.dream.tick_until(lambda: first.state.paused)
    drawn = draw_panel("DREAM_PT_sidebar")
    assert "Paused at step 250 of 1,000." in drawn.words
    assert {"dream.resume", "dream.stop"} <= set(drawn.buttons) and "dream.pause" not in drawn.buttons


def test_a_changed_mesh_can_be_shown_again_and_only_the_newest_warnings_stand_there(by_hand):
    by_hand.update(1, (1.0, 0.0, 0.0), 3)
    by_hand.obj.data.vertices[0].co.z += 1
    bpy.context.view_layer.objects.active = by_hand.obj
    by_hand.obj.select_set(True)
    for number in range(5):
        by_hand.dream.module("engine.run.events").EventWriter(by_hand.folder).write("warning", message=f"No. {number}")
    by_hand.make(2, (0.0, 0.0, 1.0), 5)
    by_hand.dream.tick_until(lambda: by_hand.run.note)
    drawn = draw_panel("DREAM_PT_sidebar")
    assert "You have changed this mesh" in drawn.words and "dream.show" in drawn.buttons
    assert "No. 1" not in drawn.words and "No. 2 No. 3 No. 4" in drawn.words


def test_an_object_of_an_earlier_session_and_one_whose_run_is_missing(dream):
    bpy.ops.mesh.primitive_cube_add()
    chosen = bpy.context.object.dream
    chosen.run_id, chosen.prompt, chosen.step, chosen.seed = "gone", "a red cube", 1200, 3
    for snapshots, begin in ((0, "Start"), (2, "Resume")):
        chosen.snapshots = snapshots
        drawn = draw_panel("DREAM_PT_sidebar")
        assert "Step 1,200, seed 3" in drawn.words and drawn.button("dream.resume").text == begin
    assert "The run gone is not in" not in drawn.words
    dream.module("preferences").look_for_runs()
    assert "The run gone is not in" in draw_panel("DREAM_PT_sidebar").words


def test_one_of_several_variations_can_be_kept_and_lights_go_again(dream):
    for name in ("first", "second"):
        bpy.ops.mesh.primitive_cube_add()
        bpy.context.object.dream.run_id, bpy.context.object.dream.group = name, "mugs"
    drawn = draw_panel("DREAM_PT_sidebar")
    assert "dream.keep" in drawn.buttons and "dream.unlight" not in drawn.buttons
    bpy.ops.dream.light()
    bpy.data.objects.remove(next(obj for obj in bpy.data.objects if obj.dream.run_id == "first"))
    drawn = draw_panel("DREAM_PT_sidebar")
    assert "dream.keep" not in drawn.buttons and "dream.unlight" in drawn.buttons


def test_the_settings_and_the_menus(dream):
    drawn = draw_panel("DREAM_PT_settings")
    assert drawn.fields == ["device", "steps", "snapshot_every", "faces", "texture", "final_texture"]
    header = draw(bpy.types.DREAM_PT_settings.draw_header_preset)
    assert [shown.panel for shown in header if shown.function == "popover"] == ["DREAM_PT_presets"]
    menu = draw(dream.module("panels.add_menu")._draw)
    assert menu.button("wm.call_panel").told.name == "DREAM_PT_sidebar" and "dream.open" in menu.buttons


def test_the_list_of_runs_and_the_chosen_one(dream, tmp_path, monkeypatch, finished_run):
    root, listed = tmp_path / "runs", dream.module("bridge.run_list")
    monkeypatch.setenv("DREAMFUSION_RUNS", str(root))
    done = finished_run(root / "20260102-120000-a-mug", "a mug", (1.0, 0.0, 0.0), seed=5)
    (root / "20260101-120000-broken").mkdir()
    (root / "20260101-120000-broken" / "settings.json").write_text("{", encoding="utf-8")
    monkeypatch.setattr(listed, "PAGE", 2)
    finished_run(root / "20250101-120000-old", "an old mug", (1.0, 0.0, 0.0))
    listed.forget()
    bpy.ops.dream.runs_refresh()
    drawn = draw_panel("DREAM_PT_runs")
    assert "a mug" in drawn.words and "Seed 5, " in drawn.words and "Finished after 9 steps." in drawn.words
    assert drawn.button("dream.open").told.directory == str(done) and "More (1 older)" in drawn.words
    monkeypatch.setattr(listed, "icon_of", lambda row: 7 if row.folder == done else 0)  # without a window, all are 0
    assert [shown.icon_value for shown in draw_panel("DREAM_PT_runs") if shown.function == "template_icon"] == [7]
    lines = [draw(partial(draw_line, row)) for row in range(2)]
    assert "a mug" in lines[0].words and lines[0][1].icon_value == 7 and lines[1][1].icon == "MESH_DATA"
    assert [line[-1].icon for line in lines] == ["CHECKMARK", "ERROR"]
    bpy.context.window_manager.dream.chosen = 1
    assert "is broken" in draw_panel("DREAM_PT_runs").words


def test_a_folder_of_runs_that_cannot_be_read(dream, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("DREAMFUSION_RUNS", str(tmp_path / "file"))
    bpy.ops.dream.runs_refresh()
    listed = dream.module("bridge.run_list").current()
    assert listed.problem.startswith(f"{tmp_path / 'file'} cannot be read (")
    drawn = draw_panel("DREAM_PT_runs")
    assert "choose another folder of runs" in drawn.words and "dream.run_delete" not in drawn.buttons
