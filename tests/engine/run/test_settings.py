"""Settings survive the way through settings.json, and bad ones are refused with one sentence."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.run.folder import SCHEMA, settings_path
from engine.run.priors import PRIORS
from engine.run.settings import (
    DEVICES,
    MAX_PROMPT,
    MAX_SEED,
    PRESETS,
    RunSettings,
    SettingsError,
    check_settings,
    clean_prompt,
    read_settings,
    write_settings,
)

ROOT = Path(engine.__file__).parents[1]
CAR = RunSettings("a red car")

prompts = st.text(max_size=100).filter(clean_prompt)
valid_settings = st.builds(
    RunSettings,
    prompt=prompts,
    prior=st.sampled_from(list(PRIORS)),
    weights=st.text(),
    preset=st.sampled_from(PRESETS),
    seed=st.integers(0, MAX_SEED),
    device=st.sampled_from(DEVICES),
    steps=st.none() | st.integers(1, 100_000),
    snapshot_every=st.floats(0, 1e6),
    preview_every=st.integers(0, 100),
    face_budget=st.integers(4, 1_000_000),
    texture_size=st.integers(8, 8192),
    final_texture_size=st.integers(8, 8192),
    overrides=st.dictionaries(
        st.text(min_size=1), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.floats(-1, 1))
    ),
)


def sentence(error) -> str:
    """The error's message, checked to be one sentence on one line."""
    text = str(error.value)
    assert text.endswith(".") and "\n" not in text
    return text


@given(valid_settings)
def test_round_trip(tmp_path_factory, settings):
    folder = tmp_path_factory.mktemp("run")
    write_settings(folder, settings)
    assert read_settings(folder) == replace(settings, prompt=clean_prompt(settings.prompt))


def test_file_is_readable_and_names_its_schema(tmp_path):
    write_settings(tmp_path, RunSettings("une voiture rouge à Orléans 🚗"))
    text = settings_path(tmp_path).read_text(encoding="utf-8")
    assert "à Orléans 🚗" in text
    assert json.loads(text)["schema"] == SCHEMA


def test_hand_written_file_needs_only_a_prompt(tmp_path):
    settings_path(tmp_path).write_text('{"schema": 1, "prompt": " a\\nred  car "}', encoding="utf-8-sig")
    assert read_settings(tmp_path) == CAR


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a red car", "a red car"),
        ("  a\nred\r\n\tcar\x00\x1b[31m\u2028 ", "a red car [31m"),
        ("a\u00a0red\u3000car\x7f\x85", "a red car"),
        ("\udcff a car \ud83d", "a car"),
        ("👩‍🚀 on a 🏳️‍🌈", "👩‍🚀 on a 🏳️‍🌈"),
        ("一只猫 кошка قطة", "一只猫 кошка قطة"),
        ("""it's "quoted" `x` $(rm -rf ~); a | b > c & %PATH% \\ *?""",) * 2,
        ("\n\t ", ""),
    ],
)
def test_clean_prompt(text, cleaned):
    assert clean_prompt(text) == cleaned


@given(st.text(st.characters()))
def test_clean_prompt_is_one_tidy_line(text):
    cleaned = clean_prompt(text)
    assert clean_prompt(cleaned) == cleaned == cleaned.strip()
    assert len(cleaned.splitlines()) <= 1 and "  " not in cleaned
    cleaned.encode("utf-8")


@pytest.mark.parametrize("prompt", ["", " ", "\n\t\r\n", "\u3000", "\x00", "\ud83d"])
def test_empty_prompt(prompt):
    with pytest.raises(SettingsError) as error:
        check_settings(RunSettings(prompt))
    assert "empty" in sentence(error)


def test_long_prompt():
    check_settings(RunSettings("🚗" * MAX_PROMPT))
    with pytest.raises(SettingsError) as error:
        check_settings(RunSettings("x" * 5000))
    assert "5,000 characters" in sentence(error) and "1,000" in sentence(error)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("prompt", None, "must be text"),
        ("prior", "dall-e", "'dall-e' is not known: choose one of toybox"),
        ("prior", ["toybox"], "is not known"),
        ("weights", None, "must be a folder or a name, not None"),
        ("preset", "Standard", "choose one of draft, standard, fine"),
        ("device", "tpu", "choose one of auto, cpu, cuda, mps"),
        ("seed", -1, "from 0 to 2147483647, not -1"),
        ("seed", MAX_SEED + 1, "from 0 to 2147483647, not 2147483648"),
        ("seed", 1.0, "whole number"),
        ("seed", True, "whole number"),
        ("seed", "1", "whole number"),
        ("steps", 0, "from 1"),
        ("steps", 1.5, "whole number"),
        ("snapshot_every", -0.1, "seconds"),
        ("snapshot_every", float("nan"), "seconds"),
        ("snapshot_every", float("inf"), "seconds"),
        ("preview_every", "2", "seconds"),
        ("preview_every", False, "seconds"),
        ("face_budget", 3, "from 4"),
        ("texture_size", 0, "from 8 to 8192"),
        ("final_texture_size", 100_000, "from 8 to 8192"),
        ("overrides", ["a=1"], "table"),
        ("overrides", {"": 1}, "table"),
        ("overrides", {1: 1}, "table"),
        ("overrides", {"a.b": object()}, "override a.b cannot be saved"),
        ("overrides", {"a.b": float("nan")}, "override a.b cannot be saved"),
    ],
)
def test_bad_value_is_refused_and_not_written(tmp_path, name, value, said):
    with pytest.raises(SettingsError) as error:
        write_settings(tmp_path, replace(CAR, **{name: value}))
    assert said in sentence(error)
    assert not settings_path(tmp_path).exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "broken"),
        (b'{"schema": 1, "prompt": "a c', "broken"),
        (b"\xff\xfe\x00", "broken"),
        (b"[" * 100_000, "broken"),
        (b"[]", "holds no settings"),
        (b"{}", "no schema version"),
        (b'{"schema": "1", "prompt": "a car"}', "no schema version"),
        (b'{"schema": true, "prompt": "a car"}', "no schema version"),
        (b'{"schema": 2, "prompt": "a car", "colour": "red"}', "newer version (schema 2"),
        (b'{"schema": 1}', "no prompt"),
        (b'{"schema": 1, "prompt": ""}', "prompt is empty"),
        (b'{"schema": 1, "prompt": 5}', "must be text"),
        (b'{"schema": 1, "prompt": "a car", "colour": "red"}', "unknown setting, 'colour'"),
        (b'{"schema": 1, "prompt": "a car", "seed": -1}', "seed must be from 0"),
        (b'{"schema": 1, "prompt": "a car", "snapshot_every": NaN}', "seconds"),
        (b'{"schema": 1, "prompt": "a car", "overrides": null}', "table"),
    ],
)
def test_unusable_file(tmp_path, content, said):
    settings_path(tmp_path).write_bytes(content)
    with pytest.raises(SettingsError) as error:
        read_settings(tmp_path)
    assert said in sentence(error)


def test_missing_file(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path, tmp_path / "gone", tmp_path / "file"):
        with pytest.raises(SettingsError) as error:
            read_settings(folder)
        assert "no settings.json" in sentence(error)


def test_folder_in_place_of_the_file(tmp_path):
    settings_path(tmp_path).mkdir()
    with pytest.raises(SettingsError) as error:
        read_settings(tmp_path)
    assert "cannot be read" in sentence(error)


def test_write_raises_where_it_cannot_write(tmp_path):
    with pytest.raises(OSError):
        write_settings(tmp_path / "gone", CAR)


@pytest.mark.skipif(os.name == "nt", reason="Windows arguments are always text")
def test_undecodable_argument_of_a_shell(tmp_path):
    """A prompt in another encoding arrives with lone surrogates; it is cleaned, not a crash while writing."""
    code = "import sys; from engine.run.settings import *; write_settings(sys.argv[1], RunSettings(sys.argv[2]))"
    subprocess.run([sys.executable, "-c", code, tmp_path, b"caf\xe9 table"], cwd=ROOT, check=True)
    assert read_settings(tmp_path).prompt == "caf table"
