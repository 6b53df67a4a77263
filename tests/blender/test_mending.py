"""What helps a run that failed, and the die beside the seed."""

from __future__ import annotations

import bpy
import pytest

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


@pytest.mark.parametrize("code", range(10))
def test_a_failure_has_one_sentence_and_the_button_that_helps(dream, failed, code):
    run = failed(code)
    mend = dream.module("panels.mending").mend_for(run)
    helps = {3: "preferences.addon_show", 4: "preferences.addon_show", 5: "dream.again", 6: "dream.again",
             7: "preferences.addon_show"}  # fmt: skip
    assert (mend.operator if mend else None) == helps.get(code)
    assert run.sentence.endswith(".") and (mend is None or run.status == "failed")


def test_every_button_can_be_pressed_as_the_table_says(dream):
    mending = dream.module("panels.mending")
    icons = bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items
    for operator, text, icon, told in (mending.SETTINGS, *mending.MENDS.values()):
        group, name = operator.split(".")
        properties = getattr(getattr(bpy.ops, group), name).get_rna_type().properties
        assert text and icon in icons and set(told) <= set(properties.keys())


def test_an_engine_of_ours_that_lacks_a_package_is_repaired(dream, failed, monkeypatch):
    run = failed(7)
    monkeypatch.setattr(dream.module("preferences"), "engine_offer", "About 2 GB.")
    assert dream.module("panels.mending").mend_for(run).operator == "dream.setup"


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
