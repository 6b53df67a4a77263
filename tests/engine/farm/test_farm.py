"""Farms in real processes, begun in folders of their own: what was ended goes on, what is finished is left alone."""

import os
import re
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from engine.farm.write import Job
from engine.run import exits
from engine.run.folder import checkpoint_path, events_path
from engine.run.lock import sole_engine
from engine.run.owner import owners
from engine.run.settings import read_settings, write_settings
from engine.run.tail import TailReader
from tests.engine.batch.test_batch import OPTIONS, SMALL, folder, shorten, table
from tests.engine.farm.test_flamenco import Manager
from tests.engine.farm.test_openjd import PROGRAM, openjd_cli
from tests.engine.test_cli import ROOT, events, run, wait_for
from tests.waiting import until

pytestmark = pytest.mark.slow
ALONE = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"OMP_NUM_THREADS": "1"}
needs_signals = pytest.mark.skipif(os.name == "nt", reason="no process can be told to end here")


def farm(form: str, file: Path):
    """Written in the table's folder, as an artist would, not in the project's."""
    done = run("farm", form, file.name, "--output", "library", *OPTIONS, *SMALL, cwd=file.parent)
    assert done.returncode == exits.OK, done.stderr
    return file.with_name("library")


@needs_signals
def test_openjd_runs_a_template_as_it_is_and_goes_on_after_a_crash(tmp_path):
    file = table(tmp_path, ("a red ball", 100_000), ("a mug", 2))
    template = farm("openjd", file) / "template.json"
    ball, mug = folder(file, "a red ball", 100_000), folder(file, "a mug", 2)
    with subprocess.Popen([PROGRAM, "run", template], env=ALONE, cwd=tmp_path, stdout=subprocess.PIPE) as job:
        engine = wait_for(job, reader := TailReader(events_path(ball)), "hello")["pid"]
        wait_for(job, reader, "progress")
        until((checkpoint_path(ball) / "checkpoint.json").exists)
        os.kill(engine, signal.SIGKILL)
        said = job.communicate()[0].decode()
    assert job.returncode != 0 and "The engine stopped unexpectedly" in said
    write_settings(ball, replace(read_settings(ball), steps=3))
    done = openjd_cli("run", template)
    assert done.returncode == 0, done.stdout
    assert events(ball, "hello")[1]["resumed"]
    assert [events(made)[-1]["reason"] for made in (ball, mug)] == ["finished", "finished"]


@needs_signals
def test_a_flamenco_worker_goes_on_with_what_another_was_told_to_leave(tmp_path):
    file = table(tmp_path, ("a red ball", 100_000))
    (ball,) = [folder(file, "a red ball", 100_000)]
    root = farm("flamenco", file)
    (command,) = Manager(Job(root, [ball.name], project=str(ROOT))).commands()
    with subprocess.Popen(command, env=ALONE, cwd=tmp_path, stderr=subprocess.PIPE) as worker:
        engine = wait_for(worker, reader := TailReader(events_path(ball)), "hello")["pid"]
        wait_for(worker, reader, "progress")
        os.kill(engine, signal.SIGTERM)  # some farms tell all that a task has started
        worker.terminate()
        said = worker.communicate()[1].decode()
    assert worker.returncode == 130 and "is not finished: Stopped" in said and not owners(ball)
    shorten(ball)
    for _ in range(2):
        assert subprocess.run(command, env=ALONE, cwd=tmp_path, check=False).returncode == exits.OK
        assert len(events(ball, "hello")) == 2 and events(ball)[-1]["reason"] == "finished"
    assert array_task(tmp_path, root, command[0]).returncode == exits.OK


def array_task(tmp_path: Path, root: Path, python: str) -> subprocess.CompletedProcess:
    """The page's script as Slurm runs a task of its array."""
    (script,) = re.findall(r"```bash\n(.*?)```", (ROOT / "docs" / "slurm.md").read_text(encoding="utf-8"), re.DOTALL)
    for name, value in {"python": python, "project": ROOT, "runs": root}.items():
        script, count = re.subn(rf"^{name}=.*$", f"{name}='{value}'", script, flags=re.MULTILINE)
        assert count == 1
    (tmp_path / "array.sh").write_text(script)
    (root / "runs.txt").write_text(f"none\n{next(root.glob('*-*-*')).name}\n")
    environment = ALONE | {"SLURM_ARRAY_TASK_ID": "2"}
    return subprocess.run(["bash", tmp_path / "array.sh"], env=environment, cwd=tmp_path, check=False)


def test_bad_lines_are_named_and_the_job_has_the_others(tmp_path):
    file = table(tmp_path, ("a red ball", 2), ("a mug", -1))
    done = run("farm", "list", file, "--output", tmp_path / "library", *OPTIONS, *SMALL)
    assert done.returncode == exits.FAILED and "1 line cannot be used" in done.stderr
    assert "prompts.csv, line 3: The number of steps must be from 1" in done.stdout
    assert (tmp_path / "library" / "runs.txt").read_text() == f"{folder(file, 'a red ball', 2).name}\n"
    assert run("task", tmp_path).returncode == exits.BAD_INPUT


def test_a_task_waits_for_an_engine_that_is_leaving(tmp_path):
    file = table(tmp_path, ("a red ball", 2))
    root = farm("list", file)
    ball = root / (root / "runs.txt").read_text().strip()
    with sole_engine(ball):
        waiting = subprocess.Popen(Manager(Job(root, [ball.name], project=str(ROOT))).commands()[0], env=ALONE)
        time.sleep(5)
        assert waiting.poll() is None and not events(ball)
    assert waiting.wait(120) == exits.OK and events(ball)[-1]["reason"] == "finished"
