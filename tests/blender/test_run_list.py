"""The list of runs in the sidebar, and what its buttons do to the chosen one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest

pytestmark = pytest.mark.blender


@pytest.fixture
def root(dream, tmp_path, monkeypatch) -> Path:
    """A folder of runs of its own."""
    monkeypatch.setenv("DREAMFUSION_RUNS", str(tmp_path / "runs"))
    (tmp_path / "runs").mkdir()
    return tmp_path / "runs"


def put(root: Path, name: str, prompt: str = "a red cube", **settings: object) -> Path:
    """A run that was asked for."""
    folder = root / name
    folder.mkdir()
    asked = {"schema": 1, "prompt": prompt, "preset": "draft", "device": "cpu", "seed": 3, **settings}
    (folder / "settings.json").write_text(json.dumps(asked), encoding="utf-8")
    return folder


def names(dream) -> list[str]:
    """Of the listed folders."""
    rows = dream.module("bridge.run_list").current().rows
    assert len(rows) == len(bpy.context.window_manager.dream.runs)
    return [row.folder.name for row in rows]


def choose(dream, name: str) -> None:
    bpy.context.window_manager.dream.chosen = names(dream).index(name)


def test_refresh_lists_runs_and_keeps_what_is_chosen(dream, root, monkeypatch):
    monkeypatch.setattr(dream.module("bridge.run_list"), "PAGE", 2)
    assert not bpy.ops.dream.run_delete.poll() and not bpy.ops.dream.run_resume.poll()
    for month in (1, 2):
        put(root, f"20260{month}01-120000-a-mug")
    (root / "20260301-120000-broken").mkdir()
    (root / "20260301-120000-broken" / "settings.json").write_text("{", encoding="utf-8")
    dream.module("bridge.run_list").forget()
    assert bpy.ops.dream.runs_refresh() == {"FINISHED"}
    assert names(dream) == ["20260301-120000-broken", "20260201-120000-a-mug"]
    choose(dream, "20260201-120000-a-mug")
    assert bpy.ops.dream.runs_more() == {"FINISHED"}
    assert names(dream)[1:] == ["20260201-120000-a-mug", "20260101-120000-a-mug"]
    assert dream.module("bridge.run_list").chosen(bpy.context).folder.name == "20260201-120000-a-mug"
    assert not bpy.ops.dream.runs_more.poll()


def test_no_file_holds_the_list(dream, root, tmp_path):
    put(root, "20260101-120000-secret", "a secret prompt")
    bpy.ops.dream.runs_refresh()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "x.blend"), compress=False)
    content = (tmp_path / "x.blend").read_bytes()
    assert b"secret prompt" not in content and b"20260101" not in content
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "x.blend"))
    assert names(dream) == []


def test_the_search_finds_prompts_seeds_and_states(dream, root):
    for number, prompt in enumerate(("a red mug", "a blue boat")):
        put(root, f"2026010{number + 1}-120000-run", prompt, seed=40 + number)
    bpy.ops.dream.runs_refresh()
    rows = dream.module("bridge.run_list").current().rows
    for typed, flags in (("boat", [1, 0]), ("40", [0, 1]), ("not begun", [1, 1]), ("green", [0, 0])):
        assert bpy.types.UI_UL_list.filter_items_by_name(typed, 1, rows, "words") == flags


def test_a_picture_becomes_an_icon_only_if_it_is_whole(dream, root):
    whole, broken = put(root, "20260102-120000-whole"), put(root, "20260101-120000-broken")
    image = bpy.data.images.new("plain", 8, 8)
    image.filepath_raw, image.file_format = str(whole / "preview.png"), "PNG"
    image.save()
    (broken / "preview.png").write_bytes((whole / "preview.png").read_bytes()[:-9])
    bpy.ops.dream.runs_refresh()
    pictures = dream.module("bridge.run_list")._pictures
    assert list(pictures) == [whole.name]
    assert tuple(pictures[whole.name].image_size) == (8, 8)


def test_delete_takes_the_chosen_run_alone_and_says_what_it_frees(dream, root, capfd):
    put(root, "20260102-120000-go")
    (root / "20260102-120000-go" / "big").write_bytes(b"\0" * 3_000_000)
    kept = put(root, "20260101-120000-stay")
    bpy.ops.dream.runs_refresh()
    choose(dream, "20260102-120000-go")
    assert bpy.ops.dream.run_delete() == {"FINISHED"}
    assert "3 MB are free again" in capfd.readouterr().out
    assert [path.name for path in root.iterdir()] == [kept.name] == names(dream)
    with dream.module("engine.run.lock").sole_engine(kept), pytest.raises(RuntimeError, match="stop it first"):
        bpy.ops.dream.run_delete()
    assert kept.is_dir()


def test_a_click_between_question_and_answer_deletes_no_other_run(dream, root):
    asked_for, other, asked = put(root, "20260102-120000-go"), put(root, "20260101-120000-stay"), []
    bpy.ops.dream.runs_refresh()
    choose(dream, asked_for.name)
    listed = bpy.context.window_manager.dream
    manager = SimpleNamespace(dream=listed, invoke_confirm=lambda *_, **said: asked.append(said))
    button = SimpleNamespace(name="")
    bpy.types.DREAM_OT_run_delete.invoke(button, SimpleNamespace(window_manager=manager), None)
    assert asked[0]["message"].startswith(asked_for.name) and button.name == asked_for.name
    choose(dream, other.name)
    assert bpy.ops.dream.run_delete(name=button.name) == {"FINISHED"}
    assert list(root.iterdir()) == [other]


def test_a_run_that_has_not_come_as_far_as_its_lock_is_not_deleted(desk, root):
    run = desk.generate(0)
    bpy.ops.dream.runs_refresh()
    choose(desk.dream, run.folder.name)
    with pytest.raises(RuntimeError, match=f"The run {run.folder.name} is being worked on: stop it first"):
        bpy.ops.dream.run_delete()
    desk.leave(run)
    assert bpy.ops.dream.run_delete() == {"FINISHED"} and not run.folder.exists()


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_delete_follows_no_link(dream, root, tmp_path):
    (root / "link").symlink_to(put(tmp_path, "elsewhere"))
    bpy.ops.dream.runs_refresh()
    choose(dream, "link")
    with pytest.raises(RuntimeError, match="link to another place"):
        bpy.ops.dream.run_delete()
    assert (tmp_path / "elsewhere" / "settings.json").exists()


def test_the_folder_of_a_run_that_is_gone_is_not_opened(dream, root):
    folder = put(root, "20260101-120000-gone")
    bpy.ops.dream.runs_refresh()
    (folder / "settings.json").unlink()
    with pytest.raises(RuntimeError, match="press Refresh"):
        bpy.ops.dream.run_folder()


def test_resume_takes_the_object_that_cannot_be_selected_too(dream, root):
    put(root, "20260101-120000-begin", steps=2)
    bpy.ops.dream.runs_refresh()
    assert bpy.ops.dream.run_resume(wait=True) == {"FINISHED"}
    obj = bpy.context.object
    obj.hide_select = True
    assert bpy.ops.dream.run_resume(wait=True) == {"FINISHED"}
    assert [other for other in bpy.context.scene.objects if other.dream.run_id] == [obj]


def test_resume_begins_a_run_in_the_list_and_the_list_shows_how_it_stands(dream, root):
    folder = put(root, "20260101-120000-begin", steps=2)
    bpy.ops.dream.runs_refresh()
    listed = dream.module("bridge.run_list")
    assert listed.standing(listed.chosen(bpy.context))[0] == "not begun"
    assert bpy.ops.dream.run_resume(wait=True) == {"FINISHED"}
    assert bpy.context.object.dream.run_id == folder.name and bpy.context.object.data.polygons
    assert listed.standing(listed.chosen(bpy.context))[0] == "finished"
    assert bpy.ops.dream.open(directory=str(folder)) == {"FINISHED"}
    assert len([obj for obj in bpy.data.objects if obj.dream.run_id == folder.name]) == 2


def test_resume_goes_on_with_the_object_that_is_there(dream, root):
    put(root, "20260101-120000-begin", steps=100_000)
    bpy.ops.dream.runs_refresh()
    assert bpy.ops.dream.run_resume() == {"FINISHED"}
    obj, run = bpy.context.object, dream.run()
    dream.tick_until(lambda: obj.dream.snapshots > 0)
    bpy.ops.dream.pause()
    dream.tick_until(lambda: run.state.paused)
    bpy.ops.mesh.primitive_cube_add()
    assert bpy.ops.dream.run_resume() == {"FINISHED"}
    dream.tick_until(lambda: not run.state.paused)
    assert bpy.context.object == obj and len(bpy.data.objects) == 2
    bpy.ops.dream.stop()
    dream.tick_until(lambda: run.over)
    assert bpy.ops.dream.run_resume() == {"FINISHED"}
    assert len(bpy.data.objects) == 2 and dream.run() is not run


def test_a_run_that_cannot_be_read_is_not_resumed_and_leaves_no_object(dream, root):
    (put(root, "20260101-120000-broken") / "settings.json").write_text("{", encoding="utf-8")
    bpy.ops.dream.runs_refresh()
    with pytest.raises(RuntimeError, match="is broken"):
        bpy.ops.dream.run_resume()
    assert not bpy.data.objects
