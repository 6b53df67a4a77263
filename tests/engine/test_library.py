"""The command that has a Blender make an asset library; the library itself is tested in Blender (tests/blender)."""

import os
from pathlib import Path

import pytest

from engine.library import MARK, SCRIPT, find_blender, make_library
from engine.run import exits
from engine.run.exits import EngineError
from engine.run.settings import SettingsError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins for Blender's program are shell scripts")


@pytest.fixture
def blender(tmp_path):
    """A function that makes a program in the place of Blender's."""

    def make(script: str, place: str = "blender") -> Path:
        path = tmp_path / "Blender" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return make


def test_the_script_speaks_as_the_command_listens():
    assert f'MARK = "{MARK}"' in SCRIPT.read_text(encoding="utf-8")


@pytest.mark.parametrize("place", ["blender", "Contents/MacOS/Blender"])
def test_a_folder_will_do_for_its_program(blender, place):
    program = blender("", place)
    assert find_blender(program) == find_blender(program.parents[place.count("/")]) == program


def test_without_one_named_it_is_looked_for(blender, monkeypatch, tmp_path):
    monkeypatch.setattr("engine.library.USUAL", ())
    monkeypatch.setenv("PATH", str(tmp_path / "Blender"))
    with pytest.raises(EngineError, match="No Blender was found on this computer: name the program") as caught:
        find_blender(None)
    assert caught.value.exit_code == exits.BAD_INPUT
    program = blender("")
    assert find_blender(None) == program
    program.chmod(0o644)
    if os.geteuid():  # root may execute what somebody else may
        with pytest.raises(EngineError):
            find_blender(program)


def test_how_far_it_is_is_told_and_blenders_own_words_are_not(blender, tmp_path, capsys):
    program = blender(f"echo 'Blender 4.5'; echo '{MARK}1 of 1: 빨간 컵'; echo \"$@\" > {tmp_path}/arguments")
    make_library(tmp_path, tmp_path / "out", program)
    assert capsys.readouterr().out.splitlines() == ["1 of 1: 빨간 컵", str(tmp_path / "out")]
    arguments = (tmp_path / "arguments").read_text().strip()
    assert arguments.startswith("--background --factory-startup --python-exit-code 1 --python")
    assert arguments.endswith(f"{SCRIPT} -- {tmp_path} {tmp_path / 'out'}")


@pytest.mark.parametrize(
    "script, words",
    [
        (f"echo '{MARK}a run is left out'; echo bye; exit 1", "a run is left out"),
        ("echo 'unknown option'; exit 1", "unknown option"),
        (f"echo '{MARK}1 of 9: a mug'; kill -SEGV $$", "a memory fault"),
    ],
)
def test_a_blender_that_fails_is_told_of(blender, tmp_path, script, words):
    with pytest.raises(EngineError, match=words):
        make_library(tmp_path, tmp_path / "out", blender(script))


def test_a_folder_of_runs_that_is_not_there(tmp_path, blender):
    with pytest.raises(SettingsError, match="choose a folder of runs"):
        make_library(tmp_path / "none", tmp_path / "out", blender(""))
