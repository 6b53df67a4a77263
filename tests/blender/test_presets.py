"""An artist's own presets: added, applied and removed as Blender's are."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest

pytestmark = pytest.mark.blender


def test_settings_are_kept_applied_and_forgotten(dream):
    chosen = bpy.context.scene.dream
    chosen.prompt, chosen.preset, chosen.seed, chosen.steps, chosen.snapshot_every = "빨간 공", "fine", 42, 77, 1.5
    assert bpy.ops.dream.preset_add(name="Night Run") == {"FINISHED"}
    kept = Path(bpy.utils.preset_find("Night_Run", "dreamfusion"))
    assert kept.is_relative_to(dream.user_folder) and "prompt" not in kept.read_text(encoding="utf-8")

    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    chosen = bpy.context.scene.dream
    chosen.prompt = "a cat"
    bpy.ops.script.execute_preset(filepath=str(kept), menu_idname="DREAM_PT_presets")
    assert (chosen.prompt, chosen.prior, chosen.preset, chosen.device) == ("a cat", "toybox", "fine", "auto")
    assert (chosen.seed, chosen.steps, chosen.snapshot_every) == (42, 77, 1.5)

    assert bpy.ops.dream.preset_add(name="Night Run", remove_name=True) == {"FINISHED"}
    assert not kept.exists()


def test_all_settings_of_a_run_but_the_prompt_are_kept(dream):
    values = dream.module("operators.presets").DREAM_OT_preset_add.preset_values
    kept = {value.removeprefix("dream.") for value in values}
    properties = bpy.types.Scene.bl_rna.properties["dream"].fixed_type.properties
    simple = {one.identifier for one in properties if one.type not in ("POINTER", "COLLECTION")}
    assert kept == simple - {"prompt", "name", "is_turntable"}  # which is no setting
