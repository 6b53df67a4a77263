"""A batch in real processes: it ends what it began, whatever ends it."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from engine.batch.plan import folder_name
from engine.batch.scores import FILE
from engine.run import exits
from engine.run.folder import checkpoint_path, commands_path, events_path
from engine.run.lock import sole_engine
from engine.run.settings import RunSettings, read_settings, write_settings
from engine.run.state import newest_snapshot
from engine.run.tail import TailReader
from tests.engine.test_cli import ENVIRONMENT, ROOT, events, run, wait_for
from tests.waiting import until

pytestmark = pytest.mark.slow

OPTIONS = ("--preset", "draft", "--device", "cpu", "--snapshot-every", "0", "--set", "resolutions=[[0,16]]")
SMALL = ("--set", "render.samples=24", "--set", "mesh_resolution=32")
COMMON = RunSettings(
    "-", preset="draft", device="cpu", snapshot_every=0.0,
    overrides={"resolutions": [[0, 16]], "render.samples": 24, "mesh_resolution": 32},
)
needs_signals = pytest.mark.skipif(os.name == "nt", reason="Ctrl+C is no signal that another process can send here")


def arguments(file: Path) -> tuple:
    return ("batch", file, "--output", file.with_name("library"), *OPTIONS, *SMALL)


def folder(file: Path, prompt: str, steps: int) -> Path:
    return file.with_name("library") / folder_name(replace(COMMON, prompt=prompt, steps=steps))


def table(tmp_path: Path, *rows: tuple[str, int]) -> Path:
    file = tmp_path / "prompts.csv"
    file.write_text("prompt,steps\n" + "".join(f"{prompt},{steps}\n" for prompt, steps in rows))
    return file


def start(file: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "engine", *map(str, arguments(file))],
        env=ENVIRONMENT, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip


def shorten(run_folder: Path) -> int:
    """Have a long run end two steps after its checkpoint; returns its steps."""
    steps = TailReader(events_path(run_folder)).read()[-1].get("step", 0) + 2
    write_settings(run_folder, replace(read_settings(run_folder), steps=steps))
    return steps


def test_good_lines_are_run_bad_ones_named_and_done_ones_passed_over(tmp_path):
    file = table(tmp_path, ("a red ball", 2), ("a mug", -1), ("a wug", 2))
    done = run(*arguments(file))
    assert done.returncode == exits.FAILED, done.stderr
    assert "prompts.csv, line 3: The number of steps must be from 1" in done.stdout
    assert done.stderr.startswith("2 of 2 runs are done, and 1 line cannot be used")
    ball, wug = folder(file, "a red ball", 2), folder(file, "a wug", 2)
    assert [events(made)[-1]["reason"] for made in (ball, wug)] == ["finished", "finished"]
    assert (ball / FILE).exists() and not (wug / FILE).exists()
    page = (tmp_path / "library" / "sheet.html").read_text(encoding="utf-8")
    assert "F-score" in page and "Line 3: " in page and "refresh" not in page and f"{ball.name}/preview.png" in page
    assert Image.open(tmp_path / "library" / "sheet.png").width > 5 * 144
    before = events(ball)
    file.write_text("prompt,steps\na red ball,2\na wug,2\n")
    again = run(*arguments(file))
    assert again.returncode == exits.OK, again.stderr
    assert "2 of 2 runs are done" in again.stdout and "All 2 runs are done." in again.stdout
    assert events(ball) == before


@needs_signals
def test_a_run_that_crashes_costs_no_other_and_goes_on_at_the_next_command(tmp_path):
    file = table(tmp_path, ("a red ball", 100_000), ("a mug", 2))
    ball, mug = folder(file, "a red ball", 100_000), folder(file, "a mug", 2)
    reader = TailReader(events_path(ball))
    with start(file) as process:
        hello = wait_for(process, reader, "hello")
        wait_for(process, reader, "progress")
        until((checkpoint_path(ball) / "checkpoint.json").exists)
        os.kill(hello["pid"], signal.SIGKILL)
        said = process.communicate()[0].decode()
        assert process.returncode == exits.FAILED and "1 of 2 runs are done" in said, said
        assert "1/2 a red ball, seed 0: The engine stopped unexpectedly" in said
    assert events(mug)[-1]["reason"] == "finished"
    write_settings(ball, replace(read_settings(ball), steps=(steps := 3)))
    with sole_engine(ball):
        assert "Another engine is at work on it." in run(*arguments(file)).stdout
    again = run(*arguments(file))
    assert again.returncode == exits.OK, again.stdout + again.stderr
    first, second = events(ball, "hello")
    assert second["resumed"] and events(ball)[-1]["reason"] == "finished" and newest_snapshot(ball)[0] >= steps


@needs_signals
def test_ctrl_c_stops_in_good_order_and_the_same_command_goes_on(tmp_path):
    file = table(tmp_path, ("a red ball", 100_000), ("a mug", 2))
    ball, mug = folder(file, "a red ball", 100_000), folder(file, "a mug", 2)
    reader = TailReader(events_path(ball))
    with start(file) as process:
        wait_for(process, reader, "progress")
        process.send_signal(signal.SIGINT)
        said = process.communicate()[0].decode()
    assert process.returncode == 130 and "Stopped: 0 of 2 runs are done; the same command goes on." in said, said
    left = events(ball)[-1]
    assert left["reason"] == "stopped" and newest_snapshot(ball)[0] == left["step"] and not events_path(mug).exists()
    assert "stopped" in (tmp_path / "library" / "sheet.html").read_text()
    steps = shorten(ball)
    with start(file) as process:  # before the first step there is nothing to lose
        assert wait_for(process, reader, "hello")["step"] == left["step"]
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode == 130 and events(ball)[-1]["reason"] in ("abandoned", "stopped")
    assert run(*arguments(file)).returncode == exits.OK
    assert events(ball)[-1]["reason"] == "finished" and newest_snapshot(ball)[0] == steps


def test_a_checkpoint_that_is_broken_costs_its_steps_alone(tmp_path):
    file = table(tmp_path, ("a red ball", 2))
    ball = folder(file, "a red ball", 2)
    ball.mkdir(parents=True)
    write_settings(ball, replace(COMMON, prompt="a red ball", steps=2))
    checkpoint_path(ball).mkdir()
    (checkpoint_path(ball) / "checkpoint.json").write_text('{"schema": 1, "ste', encoding="utf-8")
    done = run(*arguments(file))
    assert done.returncode == exits.OK, done.stdout + done.stderr
    assert len(events(ball, "error")) == 1 and events(ball)[-1]["reason"] == "finished"


def test_a_run_that_fails_is_told_and_the_next_one_made(tmp_path):
    file = tmp_path / "prompts.jsonl"
    prior = '"prior": "mvdream", "weights": "gone"'
    file.write_text(f'{{"prompt": "a mug", {prior}}}\n{{"prompt": "a red ball", "steps": 2}}\n')
    done = run(*arguments(file))
    assert done.returncode == exits.FAILED and done.stderr.startswith("1 of 2 runs are done;")
    assert "gone" in done.stdout.splitlines()[1] and "2/2 a red ball, seed 0: Finished after 2 steps." in done.stdout


@needs_signals
def test_ctrl_c_twice_ends_the_run_at_once(tmp_path):
    file = table(tmp_path, ("a red ball", 100_000))
    ball = folder(file, "a red ball", 100_000)
    reader = TailReader(events_path(ball))
    with start(file) as process:
        engine = wait_for(process, reader, "hello")["pid"]
        wait_for(process, reader, "progress")
        os.kill(engine, signal.SIGSTOP)  # it hears nothing any more
        process.send_signal(signal.SIGINT)
        until(commands_path(ball).exists)
        process.send_signal(signal.SIGINT)
        said = process.communicate()[0].decode()
    assert process.returncode == 130 and "Ended at once: the same command goes on with it." in said, said
    assert events(ball)[-1]["event"] != "done"
