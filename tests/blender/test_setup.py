"""Set Up from inside Blender: a tiny engine, cut once, gone on with, used, removed."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest

from tests import tiny_engine

pytestmark = [pytest.mark.blender, pytest.mark.slow]


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Path:
    """The folder that all packages come from."""
    return tiny_engine.make_index(tmp_path_factory.mktemp("packages") / "index")


@pytest.fixture
def home(dream, index, tmp_path, monkeypatch) -> Path:
    """The tiny engine's; Blender may go online, but need not."""
    made = tiny_engine.make_home(tmp_path / "home")
    monkeypatch.setattr(dream.module("bridge.engine_process"), "ENGINE_HOME", made)
    monkeypatch.setattr(dream.module("engine.setup.place"), "REQUIREMENTS", made / "requirements" / "engine.txt")
    monkeypatch.setenv("DREAMFUSION_ENGINE", str(tmp_path / "engine"))
    monkeypatch.delenv("DREAMFUSION_ENGINE_PYTHON")
    tiny_engine.stay_offline(monkeypatch, index)
    monkeypatch.setattr(bpy.context.preferences.system, "use_online_access", True)
    dream.module("preferences").check_engine()
    yield made
    monkeypatch.undo()
    dream.module("preferences").check_engine()


def test_cut_gone_on_with_used_and_removed(dream, home, tmp_path, monkeypatch):
    setup, preferences = dream.module("bridge.setup"), dream.module("preferences")
    assert preferences.engine_problem.startswith("The engine is not set up")
    cost = dream.module("engine.setup.cost").expected()
    assert preferences.engine_offer == f"About {cost}, in {tmp_path / 'engine'}."
    hold = home / "engine" / "hold"
    hold.touch()
    assert bpy.ops.dream.setup() == {"FINISHED"}
    assert not bpy.ops.dream.setup.poll() and not bpy.ops.dream.setup_remove.poll()
    dream.tick_until(lambda: setup.live().stage.startswith("Testing the engine"))
    bpy.ops.dream.setup_cancel()
    dream.tick_until(lambda: setup.live() is None)
    assert setup.newest().problem.startswith("Cancelled") and preferences.engine_problem

    hold.unlink()
    assert bpy.ops.dream.setup(wait=True) == {"FINISHED"}
    assert setup.newest().sentence == "The engine is set up and works, on a tiny processor."
    assert preferences.engine_problem == "" and not preferences.engine_outdated
    python = preferences.engine_python(bpy.context)
    assert dream.module("bridge.engine_process").run_engine(python, ["doctor"], online=False).strip() == "1"

    tiny_engine.need(home, "2")
    preferences.check_engine()
    assert preferences.engine_outdated and preferences.engine_problem == ""
    assert bpy.ops.dream.setup(wait=True) == {"FINISHED"}
    assert not preferences.engine_outdated
    assert bpy.ops.dream.setup(anew=True, wait=True) == {"FINISHED"}

    kept = tmp_path / "runs" / "kept"
    kept.mkdir(parents=True)
    monkeypatch.setenv("DREAMFUSION_RUNS", str(kept.parent))
    with dream.module("engine.run.lock").sole_engine(kept), pytest.raises(RuntimeError, match="The run kept is being"):
        bpy.ops.dream.setup_remove()
    assert bpy.ops.dream.setup_remove() == {"FINISHED"}
    assert setup.newest() is None, "that all is well is true no more"
    assert not (tmp_path / "engine").exists() and preferences.engine_problem.startswith("The engine is not set up")


def test_where_blender_may_not_go_online_nothing_is_fetched(dream, home, monkeypatch):
    monkeypatch.setattr(bpy.context.preferences.system, "use_online_access", False)
    assert not bpy.ops.dream.setup.poll()


def test_an_offline_folder_will_do_where_blender_may_not_go_online(dream, home, monkeypatch, tmp_path):
    monkeypatch.setattr(bpy.context.preferences.system, "use_online_access", False)
    chosen = bpy.context.preferences.addons[dream.module("preferences").__package__].preferences
    chosen.offline_folder = str(tmp_path)
    try:
        assert bpy.ops.dream.setup.poll()
        missing = f"There is no offline.json in {tmp_path}"
        assert dream.module("preferences").engine_offer.startswith(missing)
        with pytest.raises(RuntimeError, match=missing):
            bpy.ops.dream.setup(wait=True)
    finally:
        chosen.offline_folder = ""


def test_disabling_the_extension_ends_a_set_up(dream, home, monkeypatch):
    setup = dream.module("bridge.setup")
    (home / "engine" / "hold").touch()
    bpy.ops.dream.setup()
    process = setup.live().process
    follower, followed = dream.module("bridge.follower"), []
    monkeypatch.setattr(follower, "follow", lambda: followed.append(True))
    follower.unregister()
    try:
        dream.tick_until(lambda: process.poll() is not None)
    finally:
        follower.register()
    assert followed, "enabled again, it sees the end of what it has told to end"
    dream.tick_until(lambda: setup.live() is None)
