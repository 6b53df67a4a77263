"""The command line in real processes: a whole run, what can be done with it, and bad input in one sentence each."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import engine
from engine.__main__ import main
from engine.meshing import clean
from engine.meshing.atlas import triangle_atlas
from engine.meshing.images import encode_png
from engine.run import exits
from engine.run.commands import send_command
from engine.run.folder import checkpoint_path, events_path, lock_path, log_path, preview_path, settings_path
from engine.run.settings import RunSettings, read_settings, write_settings
from engine.run.snapshots import SnapshotMesh, read_snapshot, write_snapshot
from engine.run.state import newest_snapshot
from engine.run.tail import TailReader

ROOT = Path(engine.__file__).parents[1]
QUICK = ("--preset", "draft", "--steps", "12", "--snapshot-every", "0", "--device", "cpu")
SMALL = ("--set", "resolutions=[[0,16]]", "--set", "render.samples=24", "--set", "mesh_resolution=32")

# One thread: tiny tensors gain nothing from more, and lose much where the machine is busy.
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}

needs_weights = pytest.mark.skipif(
    not (ROOT / "engine" / "toybox" / "weights" / "toybox.json").exists(), reason="the Toybox weights are not here"
)


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


@needs_weights
def test_generate_leaves_everything_in_its_folder(finished):
    assert read_settings(finished).prompt == "a red mug; wug 🦆 $(touch gone) `x` \"quoted\" 'too'"
    said = events(finished)
    assert said[0]["event"] == "hello" and said[-1]["event"] == "done" and said[-1]["reason"] == "finished"
    assert {"stage", "progress", "preview", "snapshot", "warning"} <= {event["event"] for event in said}
    assert len([event for event in said if event["event"] == "snapshot"]) >= 2
    step, path = newest_snapshot(finished)
    assert step == 12 and len(read_snapshot(path).faces) > 100
    assert Image.open(preview_path(finished)).size == (32, 16)
    assert (checkpoint_path(finished) / "checkpoint.json").exists()


@needs_weights
def test_unknown_words_are_named_before_the_first_step(finished):
    (warning,) = events(finished, "warning")
    assert warning["message"] == 'Toybox does not know "wug", "🦆" or 6 more.'
    kinds = [event["event"] for event in events(finished)]
    assert kinds.index("warning") < kinds.index("progress")
    printed = warning["message"].encode("ascii", "backslashreplace").decode()
    assert printed in (finished / "stdout").read_text(encoding="utf-8")


@needs_weights
@pytest.mark.parametrize("format, magic", [("glb", rb"glTF"), ("obj", rb"(#.*\n)*mtllib")])
def test_export(finished, tmp_path, format, magic):
    output = tmp_path / f"mug.{format}"
    done = run("export", finished, "--format", format, "--output", output)
    assert done.returncode == 0, done.stderr
    assert re.match(magic, output.read_bytes()) and output.stat().st_size > 1000
    assert str(output) in done.stdout


@needs_weights
def test_a_failed_export_leaves_the_run_as_it_is(finished, tmp_path):
    before = events(finished)
    sentence = refused(run("export", finished, "--output", tmp_path / "no" / "where.glb"), exits.OUTPUT_NOT_WRITABLE)
    assert "where.glb" in sentence or "no" in sentence
    assert events(finished) == before


@needs_weights
def test_a_finished_run_is_not_overwritten(finished):
    before = events(finished)
    sentence = refused(run("generate", "a blue chair", "--output", finished, *QUICK), exits.BAD_INPUT)
    assert "holds a run: resume it, or choose another folder" in sentence
    assert "resume it" in refused(run("run", finished), exits.BAD_INPUT)
    assert events(finished) == before and read_settings(finished).prompt.startswith("a red mug")


@needs_weights
def test_sample(tmp_path):
    output = tmp_path / "sample.png"
    done = run("sample", "a red mug", "--count", "2", "--output", output, "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert Image.open(output).size == (256, 128)


@needs_weights
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


def wait_for(process: subprocess.Popen, reader: TailReader, kind: str) -> dict:
    """The next event of a kind, while the process lives."""
    while True:
        ended = process.poll() is not None
        for event in reader.read():
            if event["event"] == kind:
                return event
        assert not ended, process.stdout.read().decode("utf-8", "replace")


@needs_weights
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


@pytest.mark.parametrize(
    "arguments, code, words",
    [
        (("generate", " \n\t"), exits.BAD_INPUT, "The prompt is empty"),
        (("generate", "mug " * 1250), exits.BAD_INPUT, "shorten it to at most 1,000"),
        (("generate", "a mug", "--prior", "imagen"), exits.BAD_INPUT, "choose one of toybox"),
        (("generate", "a mug", "--preset", "best"), exits.BAD_INPUT, "choose one of draft, standard, fine"),
        (("generate", "a mug", "--seed", "-1"), exits.BAD_INPUT, "seed must be from 0 to 2147483647, not -1"),
        (("generate", "a mug", "--seed", str(2**31)), exits.BAD_INPUT, "seed must be from 0"),
        (("generate", "a mug", "--steps", "0"), exits.BAD_INPUT, "steps"),
        (("generate", "a mug", "--snapshot-every", "nan"), exits.BAD_INPUT, "snapshots"),
        (("generate", "a mug", "--set", "steps"), exits.BAD_INPUT, "NAME=VALUE"),
    ],
)
def test_bad_settings_are_refused_before_anything_is_made(tmp_path, arguments, code, words):
    sentence = refused(run(*arguments, "--output", tmp_path / "run"), code)
    assert words in sentence and not (tmp_path / "run").exists()


def test_settings_that_only_the_engine_knows_are_refused_in_words(tmp_path):
    done = run("generate", "a mug", "--output", tmp_path / "run", "--set", "guidance.strength=7")
    assert "'guidance.strength' does not exist: those beside it are scale" in refused(done, exits.BAD_INPUT)
    assert events(tmp_path / "run", "error")[0]["message"] in done.stderr


def test_an_output_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    sentence = refused(run("generate", "a mug", "--output", tmp_path / "file"), exits.OUTPUT_NOT_WRITABLE)
    assert "choose another folder" in sentence and (tmp_path / "file").read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk(tmp_path):
    write_settings(tmp_path, RunSettings("a mug", device="cpu"))
    events_path(tmp_path).symlink_to("/dev/full")
    done = run("run", tmp_path)
    assert done.returncode == exits.OUTPUT_NOT_WRITABLE
    assert "disk is full" in done.stderr and "Traceback" not in done.stderr
    assert "Traceback" in log_path(tmp_path).read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="every folder is writable here")
def test_an_output_that_is_not_writable(tmp_path):
    tmp_path.chmod(0o500)
    sentence = refused(run("generate", "a mug", "--output", tmp_path / "run"), exits.OUTPUT_NOT_WRITABLE)
    assert "Permission denied" in sentence


def test_resume_without_a_run(tmp_path):
    assert "choose the folder of a run" in refused(run("resume", tmp_path / "nowhere"), exits.BAD_INPUT)
    assert "no settings.json" in refused(run("resume", tmp_path), exits.BAD_INPUT)


def test_resume_with_a_broken_checkpoint(tmp_path):
    write_settings(tmp_path, RunSettings("a mug", device="cpu"))
    checkpoint_path(tmp_path).mkdir()
    (checkpoint_path(tmp_path) / "checkpoint.json").write_text('{"schema": 1, "ste', encoding="utf-8")
    sentence = refused(run("resume", tmp_path), exits.CHECKPOINT_UNUSABLE)
    assert "is broken" in sentence
    assert events(tmp_path)[-1]["event"] == "error" and events(tmp_path)[-1]["message"] == sentence
    assert "Traceback" in log_path(tmp_path).read_text(encoding="utf-8")


@pytest.mark.parametrize("command", [("run",), ("resume",), ("generate", "a blue chair", "--output")])
def test_a_folder_that_another_engine_holds_is_left_alone(tmp_path, command):
    write_settings(tmp_path, RunSettings("a mug", device="cpu"))
    before = sorted(tmp_path.iterdir()), settings_path(tmp_path).read_bytes()
    hold = (
        "import sys; from engine.run.lock import sole_engine\n"
        "with sole_engine(sys.argv[1]): print(flush=True), input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT
    ) as holder:
        holder.stdout.readline()
        sentence = refused(run(*command, tmp_path), exits.FOLDER_BUSY)
        holder.kill()
    assert f"Another engine is at work in {tmp_path}" in sentence
    lock_path(tmp_path).unlink()
    assert (sorted(tmp_path.iterdir()), settings_path(tmp_path).read_bytes()) == before


@pytest.fixture
def tetrahedron(tmp_path) -> Path:
    """A run folder with one live mesh."""
    faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], dtype=np.int32)
    vertices = np.eye(4, 3, dtype=np.float32)
    uvs, normals = triangle_atlas(4, 8), clean.vertex_normals(vertices, faces)
    mesh = SnapshotMesh(vertices, faces, uvs, normals, *clean.unique_edges(faces))
    write_snapshot(tmp_path, 3, mesh, encode_png(np.zeros((8, 8, 3), dtype=np.uint8)))
    return tmp_path


def test_export_asks_before_it_replaces_a_strangers_file(tetrahedron):
    arguments = ("export", tetrahedron, "--format", "obj", "--output", tetrahedron / "thing.obj")
    (tetrahedron / "thing.mtl").write_text("a stranger's")
    assert "thing.mtl is there" in refused(run(*arguments), exits.BAD_INPUT)
    assert (tetrahedron / "thing.mtl").read_text() == "a stranger's" and not (tetrahedron / "thing.obj").exists()
    (tetrahedron / "thing.mtl").unlink()
    assert [run(*arguments).returncode for _ in range(2)] == [exits.OK, exits.OK]


def test_export_without_a_mesh(tmp_path):
    assert "There is no mesh" in refused(run("export", tmp_path, "--output", tmp_path / "x.glb"), exits.BAD_INPUT)


@pytest.mark.parametrize(
    "arguments, words",
    [(("--count", "0"), "count"), (("--seed", "-3"), "seed"), (("--prior", "imagen"), "choose one of toybox")],
)
def test_bad_samples_are_refused(tmp_path, capsys, arguments, words):
    assert main(["sample", "a mug", "--output", str(tmp_path / "x.png"), *arguments]) == exits.BAD_INPUT
    assert words in capsys.readouterr().err and not (tmp_path / "x.png").exists()


@pytest.fixture
def without_packages(tmp_path):
    """The environment of a Python that lacks the named packages: importing them fails as if they were not there."""

    def environment(*names: str) -> dict[str, str]:
        (tmp_path / "site").mkdir()
        (tmp_path / "site" / "sitecustomize.py").write_text(
            "import sys\n"
            "class Missing:\n"
            "    def find_spec(self, name, path=None, target=None):\n"
            f"        if name in {names!r}:\n"
            "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
            "    def find_distributions(self, context):\n"
            "        return ()\n"
            "sys.meta_path.insert(0, Missing())\n"
            "import importlib.metadata as metadata\n"
            "version = metadata.version\n"
            "def installed(name):\n"
            f"    if name in {names!r}:\n"
            "        raise metadata.PackageNotFoundError(name)\n"
            "    return version(name)\n"
            "metadata.version = installed\n",
            encoding="utf-8",
        )
        return {"PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), str(ROOT)])}

    return environment


def test_without_torch(tmp_path, without_packages):
    environment = without_packages("torch")
    done = run("generate", "a mug", "--output", tmp_path / "run", environment=environment)
    sentence = refused(done, exits.PACKAGE_MISSING)
    assert f"lacks the package torch: install {exits.REQUIREMENTS}" in sentence
    assert events(tmp_path / "run")[-1]["message"] == sentence
    found = json.loads(run("doctor", "--json", environment=environment).stdout)
    assert found["packages"]["torch"] is None and found["devices"] == []
    assert any("torch is missing" in problem for problem in found["problems"])


def test_doctor_needs_nothing(without_packages):
    names = ("torch", "psutil", "numpy", "PIL", "diffusers", "transformers", "safetensors", "tqdm", "scipy")
    done = run("doctor", environment=without_packages(*names))
    assert done.returncode == 0, done.stderr
    assert "psutil" in done.stdout and "MISSING" in done.stdout and "Python" in done.stdout


def test_doctor_needs_no_home(tmp_path):
    nowhere = str(tmp_path / "nowhere")
    done = run("doctor", environment={"HOME": nowhere, "USERPROFILE": nowhere})
    assert done.returncode == 0 and "no home folder" in done.stdout, done.stderr


def test_help_names_the_commands():
    done = run("--help")
    assert done.returncode == 0
    for command in ("generate", "run", "resume", "export", "sample", "distill2d", "doctor"):
        assert command in done.stdout
