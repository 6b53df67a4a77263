"""Headless Blender (the bpy module) with the extension installed from its built zip, in a user folder of its own.

The runs are real: the engine's Python is DREAMFUSION_ENGINE_PYTHON, or the one in the project's .venv.
"""

from __future__ import annotations

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

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE = "bl_ext.user_default.dreamfusion"
PATIENCE = 120.0
"""Seconds until a test gives up waiting for what should take a few: no figure, only an end."""

if importlib.util.find_spec("bpy") is None:
    collect_ignore_glob = ["test_*.py"]
else:
    # Blender reads this once, when bpy is imported; so it must be set before any test module is.
    USER_FOLDER = Path(tempfile.mkdtemp(prefix="dreamfusion-"))
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
    shutil.rmtree(USER_FOLDER, ignore_errors=True)


@pytest.fixture
def dream(extension: Dream) -> Dream:
    """The extension in an empty file; loading it has let all earlier runs go."""
    import bpy

    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    return extension
