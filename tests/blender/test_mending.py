"""What helps a run that failed, and the die beside the seed."""

from __future__ import annotations

import bpy
import pytest

from tests.blender.layout import draw_panel

pytestmark = pytest.mark.blender


@pytest.fixture
def failed(dream, fake_engine):
    """A function that begins a run whose engine leaves with a code, and waits for that; later engines are real."""

    def begin(code: int):
        with pytest.MonkeyPatch.context() as patch:
            fake_engine(f"raise SystemExit({code})", patch)
            dream.describe(steps=30)
            bpy.ops.dream.generate()
        run = dream.run()
        dream.tick_until(lambda: run.over)
        return run

    return begin


HELPS = {3: "Open Preferences", 4: "Open Preferences", 5: "Use CPU", 6: "Generate Anew", 7: "Open Preferences"}


@pytest.mark.parametrize("code", range(10))
def test_a_failure_has_one_sentence_and_the_button_that_helps(dream, failed, code):
    run = failed(code)
    drawn = draw_panel("DREAM_PT_sidebar")
    texts = {button.text for button in drawn if button.function == "operator" and hasattr(button, "text")}
    assert texts & {*HELPS.values(), "Repair Engine"} == ({HELPS[code]} if code in HELPS else set())
    assert run.sentence.endswith(".") and (code not in HELPS or run.status == "failed")
    if code == 5:
        assert drawn.button("dream.again").told.device == "cpu"


def test_an_engine_of_ours_that_lacks_a_package_is_repaired(dream, failed, monkeypatch):
    failed(7)
    monkeypatch.setattr(dream.module("preferences"), "engine_offer", "About 2 GB.")
    repair = draw_panel("DREAM_PT_sidebar").button("dream.setup")
    assert repair.text == "Repair Engine" and repair.told.anew is True


def test_begun_again_on_the_processor_it_makes_what_the_scene_had_asked_for(dream, failed):
    scene = bpy.context.scene.dream
    scene.faces, scene.texture, scene.final_texture = 300, 32, 64
    first = failed(5)
    obj = bpy.context.object
    with pytest.raises(RuntimeError, match="device 'abacus' is not known"):
        bpy.ops.dream.again(device="abacus")
    assert bpy.ops.dream.again(device="cpu", wait=True) == {"FINISHED"}
    second = dream.run()
    assert len(bpy.data.objects) == 1 and 0 < len(obj.data.polygons) <= 300
    assert tuple(obj.dream.image.size) == (64, 64)
    assert (obj.dream.faces, obj.dream.texture, obj.dream.final_texture) == (300, 32, 64)
    assert second.folder != first.folder and obj.dream.run_id == second.folder.name
    settings = dream.module("engine.run.settings").read_settings
    assert settings(second.folder).device == "cpu" and settings(second.folder).prompt == settings(first.folder).prompt


def test_the_die_rolls_another_seed(dream):
    seeds = set()
    for _ in range(5):
        assert bpy.ops.dream.roll_seed() == {"FINISHED"}
        seeds.add(bpy.context.scene.dream.seed)
    assert len(seeds) == 5


def test_a_run_whose_engine_never_started_has_nothing_to_mend(dream, tmp_path):
    runs = dream.module("bridge.runs")
    run = runs.LiveRun(tmp_path, 0, None)
    runs.fail(run, "There is no engine.")
    assert dream.module("panels.mending").mend_for(run) is None


def test_begun_anew_it_replaces_what_its_former_run_made(dream):
    dream.describe(steps=2)
    assert bpy.ops.dream.generate(wait=True) == {"FINISHED"}
    obj, first = bpy.context.object, dream.run()
    obj.dream.faces = 200
    assert bpy.ops.dream.again(wait=True) == {"FINISHED"}
    second = dream.run()
    assert second.folder != first.folder and obj.data.dream.run_id == second.folder.name
    assert obj.dream.snapshots == second.state.snapshots and not second.note
