"""What a run is told of its meshes while it goes on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.run.meshes import SIZES, MeshSettings
from engine.run.settings import RunSettings, check_settings

BEGUN = MeshSettings(RunSettings("a mug"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner), max_leaves=3
)
FIELDS = st.dictionaries(st.sampled_from([*SIZES, "value", "prompt", "run"]), JSON)
SIZE = st.integers(8, 8192)


@given(st.sampled_from(["threshold", "mesh", "stop", "dance", None]) | JSON, FIELDS)
def test_whatever_is_told_meshes_can_be_made(command, fields):
    settings = BEGUN.after({"command": command} | fields)
    check_settings(settings.run)
    assert settings.threshold is None or 0 < settings.threshold < float("inf")
    assert settings.run.prompt == "a mug"
    assert settings == BEGUN or command in ("threshold", "mesh")


@given(st.lists(st.dictionaries(st.sampled_from(list(SIZES)), SIZE), max_size=4))
def test_the_last_word_on_each_size_counts(told):
    settings, expected = BEGUN, BEGUN.sizes
    for sizes in told:
        settings, expected = settings.after({"command": "mesh"} | sizes), expected | sizes
    assert settings.sizes == expected


def test_one_bad_size_spoils_its_command_and_none_before_it():
    changed = BEGUN.after({"command": "mesh", "faces": 500})
    assert changed.after({"command": "mesh", "faces": 400, "texture": 7}) is changed
