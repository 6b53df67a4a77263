"""The steps of a set-up, each of which finds done what an earlier attempt did."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from ..run.exits import REQUIREMENTS
from ..run.state import read_state
from . import network
from .console import Console
from .errors import CommandFailed, SetupError
from .pip_wheel import pip_command
from .place import python_path
from .progress import Progress

INSTALLER = REQUIREMENTS.with_name("setup.txt")
"""The version of uv that the rest is done with."""
PYTHONS = "3.12"
"""The Python that is fetched: PyMCubes has wheels for 3.11 and 3.12 only."""
FITTING = ">=3.11,<3.13"
"""Those that may be here and will do."""


class Steps:
    """What they share: the folder, the console, and how uv is told where everything is."""

    def __init__(self, folder: Path, console: Console, progress: Progress) -> None:
        self.folder, self.console, self.progress = folder, console, progress
        self._uv = folder / "uv" / "bin" / ("uv.exe" if os.name == "nt" else "uv")
        self._options: list[str] = []
        self._variables: dict[str, str] = {}

    def fetch_installer(self) -> None:
        """Have pip put uv into the folder, and learn pip's settings. Raises SetupError, OSError."""
        pip = pip_command(self.folder)
        quiet = {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "NO_COLOR": "1"}
        settings = network.pip_settings(self.console.run(*pip, "config", "list", environment=quiet, tolerant=True))
        self._options = network.options(settings)
        self._variables = network.handed_on(settings, os.environ) | {
            "UV_CACHE_DIR": str(self.folder / "cache"),
            "UV_PYTHON_INSTALL_DIR": str(self.folder / "python"),
            "UV_NO_PROGRESS": "1",
            "NO_COLOR": "1",
        }
        target = self.folder / "uv"
        command = ("install", "--upgrade", "--progress-bar", "off", "--target", target, "-r", INSTALLER)
        self.console.run(*pip, *command, environment=quiet)

    def make_environment(self, environment: Path) -> None:
        """An empty environment in the place of a half-made one: of a Python that uv brings, else of one that is here.

        Raises SetupError with what kept uv from bringing one where none fits, OSError.
        """
        if environment.exists():
            shutil.rmtree(environment)
        here = [["--no-managed-python", "--python", FITTING]]
        if sys.version_info[:2] in ((3, 11), (3, 12)):
            here.append(["--python", sys.executable])
        try:
            self._run_uv("venv", environment, "--managed-python", "--python", PYTHONS)
        except CommandFailed as error:
            if not any(self._succeeds("venv", environment, "--no-python-downloads", *choice) for choice in here):
                raise error from None
            self.progress.note(
                f"Python {PYTHONS} could not be fetched, so the engine uses one that was here: should that one go away,"
                " Repair makes the engine anew."
            )

    def install_packages(self, environment: Path) -> None:
        """Install what is locked, with the torch that fits the graphics card, fetching what is not in the cache.

        Raises SetupError, OSError.
        """
        install = (
            "pip", "install", "--python", python_path(environment), "--only-binary", ":all:", *self._options,
            "-r", REQUIREMENTS,
        )
        with self.progress.measured(self.folder / "cache"):
            try:
                self._run_uv(*install, "--torch-backend", os.environ.get("UV_TORCH_BACKEND", "auto"))
            except CommandFailed as error:
                if "pytorch.org" not in error.output:
                    raise
                self.progress.note(
                    "PyTorch's own package index cannot be reached, so torch comes from the ordinary one: it may be"
                    " larger, or not know this machine's graphics card."
                )
                self._run_uv(*install)

    def try_engine(self, environment: Path) -> str:
        """Have the engine log what it finds, then take three steps; the name of the device that it computed on.

        Raises SetupError with the engine's own sentence, OSError.
        """
        engine, run = (python_path(environment), "-m", "engine"), self.folder / "test"
        self.console.run(*engine, "doctor", tolerant=True)
        shutil.rmtree(run, ignore_errors=True)
        try:
            self.console.run(*engine, "generate", "a red cube", "--preset", "draft", "--steps", "3", "--output", run)
        except CommandFailed:
            if sentence := read_state(run).error:
                raise SetupError(sentence) from None
            raise
        device = read_state(run).device
        shutil.rmtree(run, ignore_errors=True)
        return device

    def _run_uv(self, *arguments: object) -> None:
        self.console.run(self._uv, *arguments, environment=self._variables)

    def _succeeds(self, *arguments: object) -> bool:
        try:
            self._run_uv(*arguments)
        except CommandFailed:
            return False
        return True
