"""A run may be planned longer; everything else that was asked stays."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.run.folder import checkpoint_path
from engine.run.settings import MAX_SEED, RunSettings, SettingsError, read_settings, set_steps, write_settings

ASKED = RunSettings("a red car", preset="paper", seed=7, overrides={"views": 1})


@given(done=st.integers(0, 1000), steps=st.integers(-10, 2000) | st.just(MAX_SEED + 1))
def test_only_to_more_than_is_done_and_nothing_else_changes(tmp_path_factory, done, steps):
    folder = tmp_path_factory.mktemp("run")
    write_settings(folder, ASKED)
    checkpoint_path(folder).mkdir()
    (checkpoint_path(folder) / "checkpoint.json").write_text(json.dumps({"step": done}), encoding="utf-8")
    if done < steps <= MAX_SEED:
        set_steps(folder, steps)
        assert read_settings(folder) == replace(ASKED, steps=steps)
        return
    with pytest.raises(SettingsError) as refused:
        set_steps(folder, steps)
    assert str(refused.value).endswith(".") and read_settings(folder) == ASKED
