"""Every panel and the preferences, drawn in every state that an artist may see them in."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest

from tests.blender.layout import Drawing, draw, draw_panel

pytestmark = pytest.mark.blender
MODULE = "bl_ext.user_default.dreamfusion"
INSTALLER = """
import json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
folder.mkdir(exist_ok=True)
(folder / "setup.log").touch()
said = [{"event": "stage", "name": "Fetching packages", "number": 2, "of": 4, "share": 0.2}]
said += [{"event": "progress", "share": 0.4, "remaining": 90.0, "done": 4e8, "total": 1e9}]
said += [{"event": "warning", "message": "The disk is nearly full."}]
(folder / "events.jsonl").write_text("".join(json.dumps(event) + "\\n" for event in said), encoding="utf-8")
sys.stdin.read()
if (folder / "well").exists():
    (folder / "events.jsonl").open("a").write(json.dumps({"event": "done", "device": "a card"}) + "\\n")
    sys.exit(0)
sys.exit("The network went away: press Set Up again.")
"""


def preferences() -> bpy.types.AddonPreferences:
    return bpy.context.preferences.addons[MODULE].preferences


def draw_preferences() -> Drawing:
    return draw(type(preferences()).draw, preferences())


@pytest.fixture
def no_engine(dream, tmp_path, monkeypatch) -> Path:
    """Where an engine would be set up; Blender may go online."""
    monkeypatch.setenv("DREAMFUSION_ENGINE", str(tmp_path / "engine"))
    monkeypatch.delenv("DREAMFUSION_ENGINE_PYTHON")
    monkeypatch.setattr(bpy.context.preferences.system, "use_online_access", True)
    dream.module("preferences").check_engine()
    yield tmp_path / "engine"
    monkeypatch.undo()
    dream.module("bridge.setup").forget()
    dream.module("preferences").check_engine()


def test_the_layout_of_these_tests_refuses_what_blender_would(dream):
    layout, scene = Drawing().layout, bpy.context.scene.dream
    for wrong in (
        lambda: layout.operator("dream.no_such_button"),
        lambda: layout.operator("dream.generate", icon="NO_SUCH_ICON"),
        lambda: setattr(layout.operator("dream.queue_move"), "no_such_property", 1),
        lambda: setattr(layout.operator("dream.queue_move"), "to", "SIDEWAYS"),
        lambda: layout.prop(scene, "no_such_property"),
        lambda: layout.label(test="a word"),
        lambda: layout.label("a word", "", True, "NONE", 0, 1),
        lambda: layout.label(text=None),
        lambda: layout.box(align=True),
        lambda: layout.template_list("NO_SUCH_LIST", "", scene, "prompt", scene, "prompt"),
        lambda: layout.template_icon(),
        lambda: layout.no_such_function(),
        lambda: setattr(layout.row(), "no_such_property", 1),
    ):
        with pytest.raises((AttributeError, KeyError, TypeError)):
            wrong()


def test_without_an_engine_there_is_one_button_to_press(no_engine, monkeypatch):
    for drawn in (draw_panel("DREAM_PT_sidebar"), draw_preferences()):
        assert "The engine is not set up" in drawn.words and "is fetched once" in drawn.words
        assert drawn.button("dream.setup").text == "Set Up" and not hasattr(drawn.button("dream.setup").told, "anew")
    monkeypatch.setattr(bpy.context.preferences.system, "use_online_access", False)
    drawn = draw_panel("DREAM_PT_sidebar")
    assert "dream.setup" not in drawn.buttons and "Blender may not go online" in drawn.words
    assert drawn.button("screen.userpref_show").told.section == "SYSTEM"
    assert drawn.button("preferences.addon_show").told.module == MODULE


def test_a_python_that_was_named_is_mended_in_the_preferences(no_engine):
    preferences().engine_python = str(no_engine / "no python")
    try:
        drawn = draw_panel("DREAM_PT_sidebar")
        assert "There is no engine Python" in drawn.words and "dream.setup" not in drawn.buttons
        assert drawn.button("preferences.addon_show").text == "Open Preferences"
    finally:
        preferences().engine_python = ""


def test_an_outdated_engine_is_updated(dream, no_engine):
    place = dream.module("engine.setup.place")
    older = no_engine / "env-older"
    place.python_path(older).parent.mkdir(parents=True)
    place.python_path(older).touch(mode=0o755)
    place.log_path(no_engine).touch()
    place.mark_ready(older, "0", "cpu")
    dream.module("preferences").check_engine()
    assert draw_panel("DREAM_PT_sidebar").button("dream.setup").text == "Update"
    drawn = draw_preferences()
    texts = [button.text for button in drawn if getattr(button, "operator", "") == "dream.setup"]
    assert texts == ["Update", "Repair"] and {"dream.setup_remove", "dream.setup_log"} <= set(drawn.buttons)


def test_a_set_up_shows_how_far_it_is_and_how_it_ended(dream, no_engine, fake_engine, monkeypatch):
    setup, status_bar = dream.module("bridge.setup"), dream.module("panels.status_bar")
    installer = fake_engine() / "engine" / "setup"
    installer.mkdir()
    (installer / "__main__.py").write_text(INSTALLER, encoding="utf-8")
    monkeypatch.delenv("DREAMFUSION_ENGINE_PYTHON")
    assert bpy.ops.dream.setup() == {"FINISHED"}
    dream.tick_until(lambda: setup.live().notes)
    for drawn in (draw_panel("DREAM_PT_sidebar"), draw_preferences()):
        assert "40%" in drawn.words and "Fetching packages (2 of 4), 400 MB of about 1.0 GB, 2 min left" in drawn.words
        assert "The disk is nearly full." in drawn.words and "dream.setup_cancel" in drawn.buttons
        assert "is not set up" not in drawn.words
    (bar,) = (drawn for drawn in draw(status_bar._draw) if drawn.function == "progress")
    assert bar.factor == 0.4 and bar.text.startswith("Engine: Fetching packages")
    bpy.ops.dream.setup_cancel()
    dream.tick_until(lambda: setup.live() is None)
    drawn = draw_panel("DREAM_PT_sidebar")
    assert "The network went away" in drawn.words and "dream.setup_log" in drawn.buttons
    assert drawn.button("dream.setup").text == "Set Up"
    (no_engine / "well").touch()
    bpy.ops.dream.setup()
    bpy.ops.dream.setup_cancel()
    dream.tick_until(lambda: setup.live() is None)
    assert "The engine is set up and works, on a card." in draw_panel("DREAM_PT_sidebar").words


def test_the_preferences_show_what_check_found_and_every_prior_with_weights(dream, monkeypatch):
    module = dream.module("preferences")
    monkeypatch.setattr(module, "engine_findings", ["Python 3.12", "Device: a card"])
    drawn = draw_preferences()
    assert "Device: a card" in drawn.words and "ray_address" not in drawn.fields
    assert {module.weights_name(name) for name, prior in dream.module("engine.run.priors").PRIORS.items()
            if prior.source} <= set(drawn.fields)  # fmt: skip
    preferences().compute_on = "RAY"
    try:
        assert "ray_address" in draw_preferences().fields
    finally:
        preferences().compute_on = "HERE"
