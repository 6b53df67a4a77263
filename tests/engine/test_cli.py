"""The command line in real processes: a whole run, what can be done with it, and bad input in one sentence each."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from weakref import WeakKeyDictionary

import pytest
from PIL import Image

import engine
from engine.run import exits
from engine.run.commands import send_command
from engine.run.folder import checkpoint_path, events_path, preview_path
from engine.run.settings import RunSettings, read_settings, write_settings
from engine.run.snapshots import read_snapshot
from engine.run.state import newest_snapshot
from engine.run.tail import TailReader
from tests.waiting import until

ROOT = Path(engine.__file__).parents[1]
QUICK = ("--preset", "draft", "--steps", "12", "--snapshot-every", "0", "--device", "cpu")
SMALL = ("--set", "resolutions=[[0,16]]", "--set", "render.samples=24", "--set", "mesh_resolution=32")

# One thread: tiny tensors gain nothing from more, and lose much where the machine is busy.
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def run(*arguments, **options) -> subprocess.CompletedProcess:
    environment = ENVIRONMENT | options.pop("environment", {})
    return subprocess.run(
        [sys.executable, "-m", "engine", *map(str, arguments)],
        check=False,
        capture_output=True,
        encoding="utf-8",
        env=environment,
        cwd=options.pop("cwd", ROOT),
        timeout=300,
        stdin=subprocess.DEVNULL,
        **options,
    )


def events(folder, kind=None) -> list[dict]:
    return [event for event in TailReader(events_path(folder)).read() if kind in (None, event["event"])]


def refused(done: subprocess.CompletedProcess, code: int) -> str:
    """The one sentence with which a command ended."""
    assert done.returncode == code, done.stderr
    (sentence,) = done.stderr.strip().splitlines()
    assert "Traceback" not in done.stdout and sentence.endswith(".")
    return sentence


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A finished run of a prompt with all that shells stumble over, on a console that knows no emoji."""
    folder = tmp_path_factory.mktemp("runs") / 'a run, 車 & "more"'
    prompt = "a red\nmug; wug 🦆 $(touch gone) `x` \"quoted\" 'too'"
    done = run(
        "generate",
        prompt,
        "--output",
        folder,
        *QUICK,
        *SMALL,
        cwd=folder.parent,
        environment={"PYTHONIOENCODING": "ascii:strict"},
    )
    assert done.returncode == 0, done.stderr
    assert not (folder.parent / "gone").exists()
    (folder / "stdout").write_text(done.stdout, encoding="utf-8")
    return folder


def test_generate_leaves_everything_in_its_folder(finished):
    assert read_settings(finished).prompt == "a red mug; wug 🦆 $(touch gone) `x` \"quoted\" 'too'"
    said = events(finished)
    assert said[0]["event"] == "hello" and said[-1]["event"] == "done" and said[-1]["reason"] == "finished"
    assert {"stage", "progress", "preview", "snapshot", "warning"} <= {event["event"] for event in said}
    assert len([event for event in said if event["event"] == "snapshot"]) >= 2
    step, path = newest_snapshot(finished)
    assert step == 12 and len(read_snapshot(path).faces) > 100
    assert Image.open(preview_path(finished)).size == (96, 96)
    assert (checkpoint_path(finished) / "checkpoint.json").exists()


def test_unknown_words_are_named_before_the_first_step(finished):
    (warning,) = events(finished, "warning")
    assert warning["message"] == 'Toybox does not know "wug", "🦆" or 6 more.'
    kinds = [event["event"] for event in events(finished)]
    assert kinds.index("warning") < kinds.index("progress")
    printed = warning["message"].encode("ascii", "backslashreplace").decode()
    assert printed in (finished / "stdout").read_text(encoding="utf-8")


@pytest.mark.parametrize("format, magic", [("glb", rb"glTF"), ("obj", rb"(#.*\n)*mtllib"), ("stl", rb"")])
def test_export(finished, tmp_path, format, magic):
    output = tmp_path / f"mug.{format}"
    done = run("export", finished, "--output", output)
    assert done.returncode == 0, done.stderr
    assert re.match(magic, output.read_bytes()) and output.stat().st_size > 1000
    assert str(output) in done.stdout


def test_a_failed_export_leaves_the_run_as_it_is(finished, tmp_path):
    before = events(finished)
    sentence = refused(run("export", finished, "--output", tmp_path / "no" / "where.glb"), exits.OUTPUT_NOT_WRITABLE)
    assert "where.glb" in sentence or "no" in sentence
    assert events(finished) == before


def test_a_finished_run_is_not_overwritten(finished):
    before = events(finished)
    sentence = refused(run("generate", "a blue chair", "--output", finished, *QUICK), exits.BAD_INPUT)
    assert "holds a run: resume it, or choose another folder" in sentence
    assert "resume it" in refused(run("run", finished), exits.BAD_INPUT)
    assert events(finished) == before and read_settings(finished).prompt.startswith("a red mug")


def test_a_draft_goes_on_under_a_higher_preset(finished, tmp_path):
    folder = copytree(finished, tmp_path / "run")
    draft = read_settings(folder)
    assert "choose among draft, standard, fine" in refused(run("resume", folder, "--preset", "paper"), exits.BAD_INPUT)
    assert read_settings(folder) == draft
    write_settings(folder, replace(draft, overrides=draft.overrides | {"steps": 15}))
    done = run("resume", folder, "--preset", "standard")
    assert done.returncode == 0, done.stderr
    assert read_settings(folder).preset == "standard"
    assert [(hello["step"], hello["steps"]) for hello in events(folder, "hello")] == [(0, 12), (12, 15)]
    assert events(folder)[-1]["step"] == newest_snapshot(folder)[0] == 15


def test_sample(tmp_path):
    output = tmp_path / "sample.png"
    done = run("sample", "a red mug", "--count", "2", "--output", output, "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert Image.open(output).size == (256, 128)


def test_doctor():
    done = run("doctor", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 0 and found["problems"] == [] and found["packages"]["torch"]
    assert found["devices"] and found["disk_free"] > 0 and 0 < found["memory"]["free"] <= found["memory"]["total"]
    assert found["priors"]["toybox"].startswith("ready, knows")


def start_with_lifeline(folder: Path, command: str = "run", **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "engine", command, str(folder), "--lifeline"],
        stdin=subprocess.PIPE,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=ENVIRONMENT | environment,
    )


_LEFT: WeakKeyDictionary[TailReader, list[dict]] = WeakKeyDictionary()


def wait_for(process: subprocess.Popen, reader: TailReader, kind: str) -> dict:
    """The next event of a kind, while the process lives; those after it are left for the next call."""
    left = _LEFT.setdefault(reader, [])

    def look() -> dict | None:
        ended = process.poll() is not None
        left.extend(reader.read())
        while left:
            if (event := left.pop(0))["event"] == kind:
                return event
        assert not ended, process.stdout.read()
        return None

    return until(look, seconds=300)


@pytest.mark.slow
def test_a_run_that_is_told_things_left_by_its_parent_and_resumed(tmp_path):
    overrides = {"resolutions": [[0, 16]], "render.samples": 24, "mesh_resolution": 32}
    write_settings(
        tmp_path,
        RunSettings(
            "a red ball", preset="draft", steps=100_000, device="cpu", snapshot_every=1000.0, overrides=overrides
        ),
    )
    reader = TailReader(events_path(tmp_path))
    with start_with_lifeline(tmp_path) as process:
        wait_for(process, reader, "progress")
        send_command(tmp_path, "pause")
        wait_for(process, reader, "paused")
        send_command(tmp_path, "threshold", value=5.0)
        assert not wait_for(process, reader, "snapshot")["final"]
        send_command(tmp_path, "resume")
        wait_for(process, reader, "resumed")
        wait_for(process, reader, "progress")
        process.stdin.close()
        left = wait_for(process, reader, "done")
        assert process.wait() == exits.OK
    assert left["reason"] == "abandoned"
    with start_with_lifeline(tmp_path, "resume") as process:
        assert wait_for(process, reader, "hello")["step"] == left["step"] > 0
        wait_for(process, reader, "progress")
        send_command(tmp_path, "stop")
        assert wait_for(process, reader, "done")["reason"] == "stopped"
        # The lifeline is still held: the process ends by itself and without a complaint.
        assert process.wait() == exits.OK
        assert b"Fatal" not in process.stdout.read()
