"""Setting up a tiny engine for real, with pip and uv, from a folder of packages: the network is not asked."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dreamfusion.bridge import engine_process, setup
from dreamfusion.bridge.engine_process import EngineMissing, find_engine_python
from dreamfusion.engine.setup import place
from dreamfusion.engine.setup.errors import SetupError

from tests import tiny_engine
from tests.waiting import until


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Path:
    return tiny_engine.make_index(tmp_path_factory.mktemp("packages") / "index")


@pytest.fixture
def home(tmp_path, monkeypatch, index) -> Path:
    """The tiny engine's, which the set-ups of this test are of."""
    made = tiny_engine.make_home(tmp_path / "home")
    monkeypatch.setattr(engine_process, "ENGINE_HOME", made)
    monkeypatch.setattr(place, "REQUIREMENTS", made / "requirements" / "engine.txt")
    tiny_engine.stay_offline(monkeypatch, index)
    yield made
    setup.cancel()
    tick_until(lambda: setup.live() is None)


def tick_until(condition) -> None:
    def look() -> bool:
        setup.poll()
        return condition()

    until(look)


def set_up(folder: Path) -> setup.Setup:
    made = setup.start(folder, lambda: None)
    tick_until(lambda: made.over)
    return made


def version_in(environment: Path) -> str:
    """Of the engine's package, as the environment's own Python has it."""
    command = [place.python_path(environment), "-c", "import dreamfusion_tiny; print(dreamfusion_tiny.VERSION)"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_set_up_used_updated_and_removed(home, tmp_path):
    folder = tmp_path / "an engine’s folder"
    heard = []
    made = setup.start(folder, lambda: heard.append(place.find(folder)))
    tick_until(lambda: made.over)
    first = place.find(folder)
    assert made.problem == "" and made.share == 1.0 and "a tiny processor" in made.sentence
    assert heard == [first] == [place.environment_path(folder)]
    assert find_engine_python("", {}, place.python_path(first)) == place.python_path(first)
    assert version_in(first) == "1" and not (folder / "test").exists()

    tiny_engine.need(home, "2")
    assert place.find(folder) == first != place.environment_path(folder), "the older one is used until there is a newer"
    assert set_up(folder).problem == ""
    assert version_in(place.find(folder)) == "2"
    assert version_in(first) == "1", "a run that goes on may need it"

    (folder / "mine.txt").touch()
    place.remove(folder)
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


def test_a_set_up_that_was_killed_is_not_whole_and_goes_on(home, tmp_path):
    hold = home / "engine" / "hold"
    hold.touch()
    cut = setup.start(tmp_path / "engine", lambda: None)
    tick_until(lambda: (tmp_path / "engine" / "test").exists())
    assert cut.stage.startswith("Testing the engine")
    cut.process.kill()
    hold.unlink()
    tick_until(lambda: cut.over)
    assert cut.problem.startswith("The set-up ended early") and place.find(tmp_path / "engine") is None
    assert set_up(tmp_path / "engine").problem == "" and place.find(tmp_path / "engine")


def test_cancel_ends_what_runs_and_the_next_one_goes_on(home, tmp_path):
    hold = home / "engine" / "hold"
    hold.touch()
    cut = setup.start(tmp_path / "engine", lambda: None)
    with pytest.raises(EngineMissing, match="already"):
        setup.start(tmp_path / "other", lambda: None)
    tick_until(lambda: (tmp_path / "engine" / "test").exists())
    setup.cancel()
    tick_until(lambda: cut.over)
    assert cut.problem == "Cancelled: Set Up goes on from where it was." and place.find(tmp_path / "engine") is None
    hold.unlink()
    assert set_up(tmp_path / "engine").problem == ""


def test_an_engine_that_does_not_work_is_not_whole(home, tmp_path):
    (home / "engine" / "__main__.py").write_text("raise SystemExit('No device would do.')", encoding="utf-8")
    assert "No device would do" in set_up(tmp_path / "engine").problem
    assert place.find(tmp_path / "engine") is None


def test_a_package_that_no_index_has_is_named(home, tmp_path):
    tiny_engine.need(home, "3")
    assert "no build of the package dreamfusion-tiny for this system" in set_up(tmp_path / "engine").problem


def test_a_folder_of_the_artists_is_left_alone(home, tmp_path):
    (tmp_path / "Documents").mkdir()
    (tmp_path / "Documents" / "python").touch()
    assert "holds other files" in set_up(tmp_path / "Documents").problem
    with pytest.raises(SetupError, match="no engine"):
        place.remove(tmp_path / "Documents")
    assert [path.name for path in (tmp_path / "Documents").iterdir()] == ["python"]


def test_the_log_has_the_commands_and_what_they_said(home, tmp_path):
    set_up(tmp_path / "engine")
    log = place.log_path(tmp_path / "engine").read_text(encoding="utf-8")
    commands = [line for line in log.splitlines() if line.startswith("$ ")]
    assert any(" pip install " in command for command in commands) and any(" venv " in command for command in commands)
    assert "dreamfusion-tiny==1" in log


def test_a_second_blender_waits(home, tmp_path):
    from dreamfusion.engine.run.lock import sole_process

    (tmp_path / "engine").mkdir()
    with sole_process(tmp_path / "engine"):
        assert "Another Blender is setting the engine up" in set_up(tmp_path / "engine").problem


def test_a_python_that_is_blenders_own_is_found(tmp_path):
    assert setup.own_python() == Path(sys.executable)
    home = tmp_path / "4.5" / "python"
    python = home / Path("python.exe" if sys.platform == "win32" else "bin/python3")
    python.parent.mkdir(parents=True)
    shutil.copy(sys.executable, python)
    assert setup.own_python(str(tmp_path / "blender"), str(home)) == python
    with pytest.raises(EngineMissing, match="existing Python"):
        setup.own_python(str(tmp_path / "blender"), str(tmp_path))
