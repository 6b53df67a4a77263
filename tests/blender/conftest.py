"""Headless Blender (the bpy module) with the extension installed from its built zip, in a user folder of its own.

The runs are real: the engine's Python is DREAMFUSION_ENGINE_PYTHON, or the one in the project's .venv.
"""

from __future__ import annotations

import atexit
import importlib
import importlib.util
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE = "bl_ext.user_default.dreamfusion"
PATIENCE = 120.0
"""Seconds until a test gives up waiting for what should take a few: no figure, only an end."""
LONG = 100_000
"""Steps of a run that never finishes by itself."""
WAITS = "import os\nwhile os.read(0, 1):\n    pass\n"
"""An engine that does nothing until it is let go."""

if importlib.util.find_spec("bpy") is None:
    collect_ignore_glob = ["test_*.py"]
else:
    # Blender reads this once, when bpy is imported; so it must be set before any test module is.
    USER_FOLDER = Path(tempfile.mkdtemp(prefix="dreamfusion-"))
    atexit.register(shutil.rmtree, USER_FOLDER, True)
    os.environ["BLENDER_USER_RESOURCES"] = str(USER_FOLDER)
    os.environ["DREAMFUSION_RUNS"] = str(USER_FOLDER / "runs")
    _engine = ROOT / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    os.environ.setdefault("DREAMFUSION_ENGINE_PYTHON", str(_engine))


class Dream:
    """The installed extension, as scripts reach it, and how to wait for its runs."""

    user_folder = None if importlib.util.find_spec("bpy") is None else USER_FOLDER

    def module(self, name: str) -> ModuleType:
        """A module of the installed extension, for example "bridge.follower"."""
        return importlib.import_module(f"{MODULE}.{name}")

    def run(self):
        """The newest run of the active object."""
        import bpy

        return self.module("bridge.runs").of(bpy.context.object.session_uid)

    def tick_until(self, condition: Callable[[], object]) -> None:
        """Follow the runs, as the timer does in a window, until the condition holds."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(
                    f"waited in vain; {[(run.status, run.sentence) for run in self.module('bridge.runs').live()]}"
                )
            self.module("bridge.follower").tick()
            time.sleep(0.02)

    def new_mesh(self) -> None:
        """Wait for the next live update of the active object."""
        import bpy

        obj = bpy.context.object
        seen = obj.dream.snapshots
        self.tick_until(lambda: obj.dream.snapshots > seen)

    def describe(self, prompt: str = "a red cube", *, steps: int = 30, snapshot_every: float = 0.0) -> None:
        """Set up a tiny run in the scene."""
        import bpy

        dream = bpy.context.scene.dream
        dream.prompt, dream.preset, dream.device = prompt, "draft", "cpu"
        dream.steps, dream.snapshot_every = steps, snapshot_every


@pytest.fixture(scope="session")
def extension() -> Dream:
    """Build the zip, install and enable it; disabled again at the end, so that nothing outlives Blender's Python."""
    import bpy

    py_compile.compile(str(ROOT / "engine" / "errors.py"))  # a cache, which the zip must leave out
    build = [sys.executable, ROOT / "tools" / "build_extension.py", "--bpy", sys.prefix, "--output", USER_FOLDER]
    subprocess.run(build, check=True)
    package = next(USER_FOLDER.glob("dreamfusion-*.zip"))
    bpy.ops.extensions.package_install_files(filepath=str(package), repo="user_default", enable_on_install=True)
    yield Dream()
    bpy.ops.preferences.addon_disable(module=MODULE)


@pytest.fixture
def dream(extension: Dream) -> Dream:
    """The extension in an empty file; loading it has let all earlier runs go."""
    import bpy

    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    return extension


@pytest.fixture(scope="module")
def live(extension: Dream) -> Dream:
    """The extension, with a run that is at work and has shown a mesh."""
    import bpy

    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    extension.describe(steps=LONG)
    bpy.ops.dream.generate()
    extension.tick_until(lambda: bpy.context.object.dream.snapshots > 0)
    yield extension
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)


@pytest.fixture
def plain(dream: Dream) -> Callable:
    """A function that makes a material of one colour, (r, g, b) linear."""
    import bpy

    def make(*colour: float):
        material = bpy.data.materials.new("plain")
        dream.module("bridge.compat").use_nodes(material)
        material.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (*colour, 1.0)
        return material

    return make


def png(path: Path, colour: tuple, size: int) -> bytes:
    """A picture of one colour."""
    import bpy

    image = bpy.data.images.new("plain", size, size)
    image.generated_color = (*colour, 1.0)
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)
    return path.read_bytes()


class ByHand:
    """A run whose engine only waits, so that the test says what it makes."""

    def __init__(self, dream: Dream, folder: Path) -> None:
        import bpy

        self.dream, self.folder, self.snapshots = dream, folder, dream.module("engine.run.snapshots")
        self.obj = bpy.data.objects.new("made", bpy.data.meshes.new("made"))
        bpy.context.collection.objects.link(self.obj)
        self.obj.dream.run_id, self.obj.dream.folder = folder.name, str(folder)
        options = dream.module("bridge.engine_process").EngineOptions(Path(sys.executable), online=lambda: False)
        self.run = dream.module("bridge.runs").start(options, "run", folder, self.obj.session_uid)

    def update(self, step: int, colour: tuple, faces: int, size: int = 8) -> None:
        """The engine makes a fan of triangles in one colour; the object shows it."""
        self.make(step, colour, faces, size)
        seen = self.obj.dream.snapshots
        self.dream.tick_until(lambda: self.obj.dream.snapshots > seen or self.run.note)
        assert self.run.note == ""

    def make(self, step: int, colour: tuple, faces: int, size: int = 8) -> None:
        """The engine makes it; whether the object shows it is another matter."""
        make_fan(self.dream, self.folder, step, colour, faces, size)


def make_fan(dream: Dream, folder: Path, step: int, colour: tuple, faces: int, size: int = 8) -> None:
    """What an engine leaves in a run folder that makes a fan of triangles in one colour."""
    snapshots, events = dream.module("engine.run.snapshots"), dream.module("engine.run.events")
    around = np.linspace(0, 1, faces + 1)
    rim = np.stack([np.cos(around), np.sin(around), 0 * around], -1)
    vertices = np.concatenate([np.zeros((1, 3)), rim]).astype(np.float32)
    index = np.arange(faces, dtype=np.int32)
    corners = np.stack([0 * index, index + 1, index + 2], -1)
    spokes = np.stack([0 * around, np.arange(faces + 1) + 1], -1)
    edges = np.concatenate([spokes, corners[:, 1:]]).astype(np.int32)
    mesh = snapshots.SnapshotMesh(
        vertices=vertices, faces=corners, uvs=np.full((faces, 3, 2), 0.5, np.float32),
        normals=np.tile(np.array([0, 0, 1], np.float32), (len(vertices), 1)), edges=edges,
        corner_edges=np.stack([index, index + faces + 1, index + 1], -1).astype(np.int32),
    )
    snapshots.write_snapshot(folder, step, mesh, png(folder / "plain.png", colour, size))
    events.EventWriter(folder).write(
        "snapshot", step=step, vertices=len(vertices), faces=faces,
        mean_albedo=[c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour],
    )


@pytest.fixture
def fake_engine(dream, tmp_path_factory, monkeypatch) -> Callable:
    """A function that puts a program in the engine's place, run by Blender's own Python: by itself one that waits."""

    def make(program: str = WAITS, patch: pytest.MonkeyPatch = monkeypatch) -> Path:
        home = tmp_path_factory.mktemp("home")
        (home / "engine").mkdir()
        (home / "engine" / "__init__.py").touch()
        (home / "engine" / "__main__.py").write_text(program, encoding="utf-8")
        patch.setattr(dream.module("bridge.engine_process"), "ENGINE_HOME", home)
        patch.setenv("DREAMFUSION_ENGINE_PYTHON", sys.executable)
        return home

    return make


@pytest.fixture
def by_hand(dream, fake_engine, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    fake_engine()
    made = ByHand(dream, folder)
    yield made
    made.run.process.kill()
    dream.tick_until(lambda: made.run.over)


class Desk:
    """What an artist does, with an engine that does nothing until it is let go."""

    def __init__(self, dream: Dream) -> None:
        self.dream, self.queue, self.runs = dream, dream.module("bridge.queue"), dream.module("bridge.runs")

    def generate(self, seed: int):
        """Press Generate; the new object's run."""
        import bpy

        self.dream.describe()
        bpy.context.scene.dream.seed = seed
        assert bpy.ops.dream.generate() == {"FINISHED"}
        return self.dream.run()

    def seeds(self) -> list[int]:
        """Of the waiting runs' objects, in their order."""
        find = self.dream.module("bridge.follower").find_object
        return [find(run.object_uid).dream.seed for run in self.queue.waiting()]

    def say(self, run, kind: str, **fields) -> None:
        """The engine of the run says something."""
        self.dream.module("engine.run.events").EventWriter(run.folder).write(kind, **fields)

    def leave(self, run) -> None:
        """The engine of the run is done."""
        self.say(run, "done", reason="finished", step=1)
        run.process.release()
        self.dream.tick_until(lambda: run.over)

    def select(self, run):
        """Choose the run's object, and return it."""
        import bpy

        obj = self.dream.module("bridge.follower").find_object(run.object_uid)
        self.dream.module("bridge.new_object").select_only(bpy.context, obj)
        return obj


@pytest.fixture
def desk(dream, fake_engine, monkeypatch):
    fake_engine()
    monkeypatch.setattr(dream.module("bridge.follower"), "GRACE", 0.3)
    yield Desk(dream)
    dream.module("bridge.runs").release_all()


@pytest.fixture
def finished_run(dream):
    """A function that makes a folder with a finished run in it."""
    settings, events = dream.module("engine.run.settings"), dream.module("engine.run.events")

    def make(folder: Path, prompt: str, colour: tuple, seed: int = 0, step: int = 9, faces: int = 6) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        settings.write_settings(folder, settings.RunSettings(prompt, seed=seed))
        events.EventWriter(folder).write("hello", prompt=prompt, step=step - 1, steps=step, resumed=step > 9)
        make_fan(dream, folder, step, colour, faces)
        events.EventWriter(folder).write("done", reason="finished", step=step)
        return folder

    return make
