"""The command line in real processes: what cannot be done is told in one sentence, and nothing is lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine import __main__ as command_line
from engine.__main__ import main
from engine.meshing import clean
from engine.meshing.atlas import triangle_atlas
from engine.meshing.images import encode_png
from engine.run import exits
from engine.run.events import EventWriter
from engine.run.folder import checkpoint_path, events_path, lock_path, log_path, settings_path
from engine.run.owner import owners
from engine.run.settings import RunSettings, read_settings, write_settings
from engine.run.snapshots import SnapshotMesh, write_snapshot
from tests.engine.test_cli import ENVIRONMENT, ROOT, events, refused, run


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
        (
            ("generate", "a mug", "--prior", "deepfloyd-if", "--method", "sdi"), exits.BAD_INPUT,
            "no settings for the method",
        ),
        (("generate", "a mug", "--set", "steps"), exits.BAD_INPUT, "NAME=VALUE"),
    ],
)
def test_bad_settings_are_refused_before_anything_is_made(tmp_path, arguments, code, words):
    sentence = refused(run(*arguments, "--output", tmp_path / "run"), code)
    assert words in sentence and not (tmp_path / "run").exists()


def test_settings_that_only_the_engine_knows_are_refused_in_words(tmp_path):
    done = run("generate", "a mug", "--output", tmp_path / "run", "--set", "guidance.strength=7")
    assert "'guidance.strength' does not exist: those beside it are method, scale" in refused(done, exits.BAD_INPUT)
    assert events(tmp_path / "run", "error")[0]["message"] in done.stderr


def test_a_method_goes_into_the_settings_unless_it_is_left_to_the_engine(tmp_path, monkeypatch):
    monkeypatch.setattr(command_line, "_start", lambda *_, **__: None)
    for named, expected in (([], {}), (["auto"], {}), (["csd"], {"guidance.method": "csd"})):
        folder = tmp_path / "-".join(["run", *named])
        arguments = ["generate", "a mug", "--prior", "stable-diffusion", "--output", str(folder)]
        assert main([*arguments, *(["--method", *named] if named else [])]) == exits.OK
        assert read_settings(folder).overrides == expected


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
    for left in (lock_path(tmp_path), *(owner.path for owner in owners(tmp_path))):
        left.unlink()
    assert (sorted(tmp_path.iterdir()), settings_path(tmp_path).read_bytes()) == before


@pytest.fixture
def tetrahedron(tmp_path) -> Path:
    """A run folder with one live mesh."""
    faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], dtype=np.int32)
    vertices = np.eye(4, 3, dtype=np.float32)
    uvs, normals = triangle_atlas(4, 8), clean.vertex_normals(vertices, faces)
    mesh = SnapshotMesh(vertices, faces, uvs, normals, *clean.unique_edges(faces))
    write_snapshot(tmp_path, 3, mesh, encode_png(np.zeros((8, 8, 3), dtype=np.uint8)))
    EventWriter(tmp_path).write("snapshot", step=3, vertices=4, faces=4, final=False)
    return tmp_path


def test_export_asks_before_it_replaces_a_strangers_file(tetrahedron):
    arguments = ("export", tetrahedron, "--format", "obj", "--output", tetrahedron / "thing.obj")
    (tetrahedron / "thing.mtl").write_text("a stranger's")
    assert "thing.mtl is there" in refused(run(*arguments), exits.BAD_INPUT)
    assert (tetrahedron / "thing.mtl").read_text() == "a stranger's" and not (tetrahedron / "thing.obj").exists()
    (tetrahedron / "thing.mtl").unlink()
    assert [run(*arguments).returncode for _ in range(2)] == [exits.OK, exits.OK]


def test_export_to_a_file_of_another_kind(tetrahedron):
    unknown = refused(run("export", tetrahedron, "--output", tetrahedron / "x.fbx"), exits.BAD_INPUT)
    assert "x.fbx is not a supported file type: choose one of glb, obj, stl" in unknown


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


@pytest.mark.parametrize(
    "module, words",
    [
        ("engine", ("generate", "run", "resume", "export", "sample", "distill2d", "doctor")),
        ("engine.evaluation", ("usage: python -m engine.evaluation", "samples", "meshes", "ablation", "variants")),
        ("engine.toybox", ("usage: python -m engine.toybox", "--minutes", "--start")),
    ],
)
def test_help_names_what_there_is(module, words):
    command = [sys.executable, "-m", module, "--help"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=ENVIRONMENT, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    for word in words:
        assert word in done.stdout
