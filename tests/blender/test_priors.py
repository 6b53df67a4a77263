"""The table of priors in Blender: another entry there is all that the sidebar and the preferences need."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import bpy
import pytest

from tests.blender.layout import draw_panel

pytestmark = pytest.mark.blender


def read_again(module: ModuleType) -> ModuleType:
    """A second module of the same file; the registered classes are still the first one's."""
    spec = importlib.util.spec_from_file_location(f"{module.__name__}_again", module.__file__)
    fresh = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fresh)
    return fresh


@pytest.fixture
def added(dream):
    """The modules that read the table, read again with one more prior in it."""
    table = dream.module("engine.run.priors")
    source = table.Source(name="delphi/ball", networks=("unet",), size=4, licence="none")
    table.PRIORS["crystal-ball"] = table.PriorEntry(
        title="Crystal Ball", sentence="Knows what will be", sampling_scale=3.0, cards={"sds": 8}, source=source
    )
    try:
        yield [read_again(dream.module(name)) for name in ("properties", "panels.preferences")]
    finally:
        del table.PRIORS["crystal-ball"]


def test_an_entry_alone_is_in_sidebar_and_preferences(added, dream):
    properties, panels = added
    items = properties.DreamScene.__annotations__["prior"].keywords["items"]
    assert items[-1][:2] == ("crystal-ball", "Crystal Ball")
    assert "needs a graphics card with 8 GB, and weights of 4 GB" in items[-1][2]
    folder = panels.DreamPreferences.__annotations__["crystal_ball"].keywords
    assert folder["name"] == "Crystal Ball" and folder["description"].endswith("empty for delphi/ball")


def test_a_method_goes_to_the_run_only_where_the_prior_has_a_choice(dream):
    chosen = bpy.context.scene.dream
    chosen.method = "csd"
    assert chosen.prior == "toybox" and chosen.settings().overrides == {}
    chosen.prior = "stable-diffusion"
    assert chosen.settings().overrides == {"guidance.method": "csd"}
    chosen.preset = "paper"
    assert chosen.settings().overrides == {}
    chosen.preset, chosen.method = "standard", "sds"
    assert chosen.settings().overrides == {"guidance.method": "sds"}


def test_where_no_method_is_chosen_the_engine_chooses(dream):
    chosen = bpy.context.scene.dream
    chosen.prior = "stable-diffusion"
    assert chosen.method == "auto" and chosen.settings().overrides == {}


def test_the_sidebar_says_what_is_taken_and_what_it_costs(dream):
    chosen, choice = bpy.context.scene.dream, "SDI on a card with 12 GB, in twice the time of SDS; SDS on any other."
    assert not {"method", "weights"} & set(draw_panel("DREAM_PT_sidebar").fields)
    chosen.prior = "stable-diffusion"
    drawn = draw_panel("DREAM_PT_sidebar")
    assert choice in drawn.words and {"method", "weights"} <= set(drawn.fields)
    assert "dream.find_weights" in drawn.buttons
    chosen.method = "sds"
    assert choice not in draw_panel("DREAM_PT_sidebar").words


def test_a_method_that_a_prior_lacks_is_refused_in_one_sentence(dream):
    chosen = bpy.context.scene.dream
    chosen.prompt, chosen.prior, chosen.method = "a mug", "deepfloyd-if", "sdi"
    with pytest.raises(RuntimeError, match="DeepFloyd IF has no settings for the method 'sdi': choose one of sds, csd"):
        bpy.ops.dream.generate()


def test_weights_are_found_and_suggested(dream, tmp_path):
    (tmp_path / "old.ckpt").write_bytes(b"PK\x03\x04" + bytes(20))
    for name in ("scheduler/scheduler_config.json", "tokenizer/tokenizer_config.json", "tokenizer/tokenizer.json",
                 "unet/config.json", "unet/model.safetensors", "vae/config.json", "vae/model.safetensors",
                 "text_encoder/config.json", "text_encoder/model.safetensors"):  # fmt: skip
        file = tmp_path / "my model" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"0")
    addon = bpy.context.preferences.addons["bl_ext.user_default.dreamfusion"]
    try:
        addon.preferences.models_folder = str(tmp_path)
        addon.preferences.downloads_folder = str(tmp_path / "downloads")
        assert bpy.ops.dream.find_weights() == {"FINISHED"}
    finally:
        addon.preferences.models_folder = addon.preferences.downloads_folder = ""
    found = dream.module("bridge.found_weights")
    assert found.suggest("stable-diffusion", "MY mod") == [str(tmp_path / "my model")]
    assert found.suggest("stable-diffusion", "wug") == found.suggest("mvdream", "") == []
    assert found.suggest("toybox", "") == []


def test_what_the_scene_names_comes_before_the_preferences(dream, tmp_path):
    chosen = bpy.context.scene.dream
    chosen.weights = f' "{tmp_path / "mine.safetensors"}" '
    assert chosen.settings().weights == "" and not chosen.has_weights
    dream.describe()
    chosen.prior = "stable-diffusion"
    bpy.ops.dream.generate()
    settings = dream.module("engine.run.settings").read_settings(dream.run().folder)
    assert settings.weights == str(tmp_path / "mine.safetensors")


def test_downloads_go_to_the_folder_that_was_chosen(dream, tmp_path):
    environment = dream.module("bridge.engine_process").engine_environment(True, {}, tmp_path)
    assert environment["HF_HUB_CACHE"] == str(tmp_path)
    assert "HF_HUB_CACHE" not in dream.module("bridge.engine_process").engine_environment(True, {})
