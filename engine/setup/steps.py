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
from .errors import AGAIN, CommandFailed, SetupError
from .offline import OfflineFolder
from .pip_wheel import pip_command
from .place import python_path
from .progress import Progress

INSTALLER = REQUIREMENTS.with_name("setup.txt")
"""The version of uv that the rest is done with."""
PYTHONS = ("3.12", "3.11")
"""The Python that is fetched, and those that will do where they are here: PyMCubes has wheels for no others."""


class Steps:
    """What they share: the folder, the console, and how uv is told where everything is: on the network, or in an
    offline folder."""

    def __init__(
        self, folder: Path, console: Console, progress: Progress, offline: OfflineFolder | None = None
    ) -> None:
        self.folder, self.console, self.progress, self.offline = folder, console, progress, offline
        self._installer = folder / "uv" / "bin" / ("uv.exe" if os.name == "nt" else "uv")
        self.options: list[str] = []
        self._variables: dict[str, str] = {}

    def fetch_installer(self) -> None:
        """Have pip put uv into the folder, and learn where the rest comes from. Raises SetupError, OSError."""
        quiet = {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "NO_COLOR": "1"}
        if self.offline:
            pip, where, self.options = self.offline.pip_command(), self.offline.variables(), self.offline.options()
            quiet["PIP_CONFIG_FILE"] = os.devnull
        else:
            pip = pip_command(self.folder)
            settings = network.pip_settings(self.console.run(*pip, "config", "list", environment=quiet, tolerant=True))
            where, self.options = network.handed_on(settings, os.environ), network.options(settings)
        self._variables = where | {
            "UV_CACHE_DIR": str(self.folder / "cache"),
            "UV_PYTHON_INSTALL_DIR": str(self.folder / "python"),
            "UV_NO_PROGRESS": "1",
            "NO_COLOR": "1",
        }
        target = self.folder / "uv"
        command = ("install", "--upgrade", "--progress-bar", "off", "--target", target, "-r", INSTALLER)
        self.console.run(*pip, *command, *self.options, environment=quiet)

    def uv(self, *arguments: object) -> str:
        """Run the installer to its end; what it said. Raises CommandFailed, Cancelled, OSError."""
        return self.console.run(self._installer, *arguments, environment=self._variables)

    def make_environment(self, environment: Path) -> None:
        """An empty environment in the place of a half-made one: of a Python that uv brings, else of one that is here.

        Raises SetupError with what kept uv from bringing one where none fits, OSError.
        """
        if environment.exists():
            shutil.rmtree(environment)
        fitting = (self.offline.manifest.python,) if self.offline else PYTHONS
        reason = self._bring_python(environment, fitting[0])
        if reason is None:
            return
        here = [["--no-managed-python", "--python", version] for version in fitting]
        if f"{sys.version_info.major}.{sys.version_info.minor}" in fitting:
            here.append(["--python", sys.executable])
        if not any(self._succeeds("venv", environment, "--no-python-downloads", *choice) for choice in here):
            raise reason
        self.progress.note(
            f"Python {fitting[0]} could not be fetched, so the engine uses one that was here: should that one go away,"
            " Repair makes the engine anew."
        )

    def _bring_python(self, environment: Path, version: str) -> SetupError | None:
        """Make the environment of a Python that uv fetches, or say what is in the way. Raises Cancelled, OSError."""
        if self.offline and not self.offline.manifest.brings_python:
            return SetupError(
                f"The offline folder brings no Python, and none of version {version} is here: install one, {AGAIN}"
            )
        try:
            if self.offline:  # only when it is told to does uv, offline, look into the folder
                self.uv("python", "install", "--no-bin", "--no-registry", version)
            self.uv("venv", environment, "--managed-python", "--python", version)
        except CommandFailed as error:
            return error
        return None

    def install_packages(self, environment: Path) -> None:
        """Install what is locked, with the torch that fits the graphics card, fetching what is not in the cache.

        Raises SetupError, OSError.
        """
        install = (
            "pip", "install", "--python", python_path(environment), "--only-binary", ":all:", *self.options,
            "-r", REQUIREMENTS,
        )
        with self.progress.measured(self.folder / "cache"):
            if self.offline:
                self.uv(*install)
                return
            try:
                self.uv(*install, "--torch-backend", os.environ.get("UV_TORCH_BACKEND", "auto"))
            except CommandFailed as error:
                if "pytorch.org" not in error.output:
                    raise
                self.progress.note(
                    "PyTorch's own package index cannot be reached, so torch comes from the ordinary one: it may be"
                    " larger, or not know this machine's graphics card."
                )
                self.uv(*install)

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

    def _succeeds(self, *arguments: object) -> bool:
        try:
            self.uv(*arguments)
        except CommandFailed:
            return False
        return True
