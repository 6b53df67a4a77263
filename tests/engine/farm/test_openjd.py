"""The template is one that the specification's own program reads, and has a task for each run."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.farm.openjd import MOST
from engine.farm.write import Job, openjd

PROGRAM = shutil.which("openjd", path=str(Path(sys.executable).parent))


def openjd_cli(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run(
        [PROGRAM, *map(str, arguments)], capture_output=True, encoding="utf-8", check=False, timeout=300
    )


@pytest.mark.parametrize("count", [1, MOST, MOST + 1])
def test_any_number_of_runs_is_a_valid_template_with_as_many_tasks(tmp_path: Path, count: int):
    runs = [f"a-mug-{number}-0123abcd" for number in range(count)]
    name, data = openjd(Job(tmp_path, runs))
    (tmp_path / name).write_bytes(data)
    done = openjd_cli("summary", tmp_path / name, "--output", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["total_tasks"] == count
    steps = json.loads(data)["steps"]
    spaces = [step["parameterSpace"]["taskParameterDefinitions"][0]["range"] for step in steps]
    assert [run for space in spaces for run in space] == runs and max(map(len, spaces)) <= MOST


def test_it_is_checked_at_all(tmp_path: Path):
    name, data = openjd(Job(tmp_path, ["a"]))
    (tmp_path / name).write_bytes(data.replace(b"onRun", b"onWalk"))
    assert openjd_cli("check", tmp_path / name).returncode != 0
