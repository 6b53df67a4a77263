"""The table of priors in Blender: another entry there is all that the sidebar and the preferences need."""

from __future__ import annotations

import importlib

import bpy
import pytest

pytestmark = pytest.mark.blender


@pytest.fixture
def added(dream):
    """The modules that read the table, read again with one more prior in it."""
    table = dream.module("engine.run.priors")
    readers = [dream.module("properties"), dream.module("panels.preferences")]
    source = table.Source(name="delphi/ball", networks=("unet",), size=4, licence="none")
    table.PRIORS["crystal-ball"] = table.PriorEntry(
        title="Crystal Ball", sentence="Knows what will be", sampling_scale=3.0, memory=8, source=source
    )
    try:
        yield [importlib.reload(reader) for reader in readers]
    finally:
        del table.PRIORS["crystal-ball"]
        for reader in readers:
            importlib.reload(reader)


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
    assert chosen.settings().overrides == {}


def test_a_method_that_a_prior_lacks_is_refused_in_one_sentence(dream):
    chosen = bpy.context.scene.dream
    chosen.prompt, chosen.prior, chosen.method = "a mug", "deepfloyd-if", "sdi"
    with pytest.raises(RuntimeError, match="DeepFloyd IF has no settings for the method 'sdi': choose one of sds, csd"):
        bpy.ops.dream.generate()
