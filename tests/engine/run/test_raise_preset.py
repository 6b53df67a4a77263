"""A run may go on under a higher preset; everything else that was asked stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.run.settings import LADDER, PRESETS, RunSettings, SettingsError, raise_preset, read_settings, write_settings

DRAFT = RunSettings("a red car", preset="draft", seed=7, steps=12, overrides={"views": 1})


@given(before=st.sampled_from(PRESETS), after=st.sampled_from([*PRESETS, "unheard of"]), steps=st.none() | st.just(40))
def test_only_upwards_and_nothing_else_changes(tmp_path_factory, before, after, steps):
    folder = tmp_path_factory.mktemp("run")
    asked = replace(DRAFT, preset=before)
    write_settings(folder, asked)
    if before in LADDER and after in LADDER and LADDER.index(before) <= LADDER.index(after):
        raise_preset(folder, after, steps)
        assert read_settings(folder) == replace(asked, preset=after, steps=steps)
        return
    with pytest.raises(SettingsError) as refused:
        raise_preset(folder, after, steps)
    assert str(refused.value).endswith(".") and read_settings(folder) == asked


def test_the_ladder_has_all_presets_but_the_papers():
    assert (*LADDER, "paper") == PRESETS


def test_steps_are_more_than_are_done(tmp_path):
    write_settings(tmp_path, DRAFT)
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / "checkpoint" / "checkpoint.json").write_text('{"step": 40}')
    with pytest.raises(SettingsError, match="has done 40 steps already"):
        raise_preset(tmp_path, "standard", 40)
    assert read_settings(tmp_path) == DRAFT
    raise_preset(tmp_path, "standard", 41)
    assert read_settings(tmp_path).steps == 41
