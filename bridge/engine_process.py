"""The engine's process: finding its Python, starting it with a lifeline, letting it go. Needs no bpy."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..engine.run.processes import engine_arguments, open_log, process_options

ENGINE_HOME = Path(__file__).resolve().parents[1]
"""The folder that holds `engine/`: it travels with the extension."""
PYTHON_VARIABLE = "DREAMFUSION_ENGINE_PYTHON"
"""Environment variable with the engine's Python, where the preferences name none."""

PATIENCE = 120.0
"""Seconds that a short command may take."""

_CONTAINERS = ("SNAP", "APPDIR", "STEAM_RUNTIME")
"""Environment variables with the folder that Blender and libraries for it alone were delivered in."""


class EngineMissing(RuntimeError):
    """The engine cannot be started; the message is one sentence that says what to do."""


def find_engine_python(chosen: str, environment: Mapping[str, str] = os.environ, set_up: Path | None = None) -> Path:
    """The Python executable that runs the engine: the `chosen` one (from the preferences), else the environment's, else
    the one that was `set_up`.

    Raises EngineMissing if there is none of them or the first that is named cannot be executed.
    """
    chosen = chosen.strip().strip('"')  # Windows copies paths with quotes around them
    path, place = (chosen, "the preferences") if chosen else (environment.get(PYTHON_VARIABLE, ""), PYTHON_VARIABLE)
    if not path and set_up is not None:
        path, place = str(set_up), "it with Repair in this extension's preferences"
    if not path:
        raise EngineMissing(
            "The engine is not set up: press Set Up, or choose an existing Python in this extension's preferences."
        )
    # Not resolved: a virtual environment's Python is a link, and its own place is how it finds its packages.
    # os.path's functions answer where Path's raise: for ~nobody, or a folder that may not be entered.
    python = Path(os.path.expanduser(path)).absolute()
    if os.path.islink(python) and not os.path.exists(python):
        raise EngineMissing(
            f"The engine Python {python} is a link to {os.path.realpath(python)}, which is not there: correct {place}."
            " A Blender from Flatpak or Snap does not see the system's own Python; one from blender.org does."
        )
    if not os.path.isfile(python):
        raise EngineMissing(f"There is no engine Python at {python}: correct {place}.")
    if not os.access(python, os.X_OK):
        raise EngineMissing(f"{python} cannot be executed: name the engine's Python in {place}.")
    return python


def engine_environment(
    online: bool, environment: Mapping[str, str] = os.environ, downloads: Path | None = None
) -> dict[str, str]:
    """The environment variables of the engine: without what tells Python how to be Blender's and without paths into
    Blender's own folder (its libraries are not the engine's), with this extension's `engine/`.

    `online` is Blender's own switch; off means that no model is looked for on the network. `downloads` is the folder of
    models from there, if it is not Hugging Face's own.
    """
    homes, ours = _homes_of_blender(environment), {}
    for name, value in environment.items():
        entries = value.split(os.pathsep)
        kept = [entry for entry in entries if not any(Path(entry).is_relative_to(home) for home in homes)]
        if kept and not name.startswith(("PYTHON", "__PYVENV_LAUNCHER__")):
            ours[name] = os.pathsep.join(kept)
    # Not PYTHONNOUSERSITE: an engine Python outside of a virtual environment may have its packages there.
    ours |= {"PYTHONPATH": str(ENGINE_HOME), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
    # Without it, a folder called engine where Blender was started would be taken for ours.
    ours["PYTHONSAFEPATH"] = "1"
    if not online:
        ours["HF_HUB_OFFLINE"] = "1"
    if downloads is not None:
        ours["HF_HUB_CACHE"] = str(downloads)
    return ours


def _homes_of_blender(environment: Mapping[str, str]) -> list[Path]:
    """The folders that Blender came in. A distribution's package is in none of its own: it shares the system's."""
    homes = [Path(environment.get(name, "")) for name in _CONTAINERS]
    python = Path(sys.prefix)
    if python.name == "python":  # BLENDER/4.5/python
        homes.append(python.parents[1])
    return [home for home in homes if home.is_absolute() and home.parent != home]


class CommandFailed(RuntimeError):
    """A short command of the engine's did not go well; the message is its last sentence."""


@dataclass(frozen=True)
class EngineOptions:
    """How an engine is started."""

    python: Path
    """The engine's Python."""
    online: Callable[[], bool]
    """Whether it may use the network; asked when it starts, which may be hours later."""
    download: bool = False
    """Whether the artist has agreed to a download of the prior's weights."""
    keep: bool = False
    """Whether it goes on after Blender."""
    downloads: Path | None = None
    """Where weights are downloaded to; None: Hugging Face's own folder."""
    ray: str = ""
    """Address of the Ray cluster that computes; empty: this machine does."""


class EngineProcess:
    """A running engine. It lives as long as its standard input, the lifeline, stays open.

    When this process ends in any way, the system closes the pipe, and the engine saves a checkpoint and leaves. One
    that is to be kept has no lifeline, and goes on.
    """

    def __init__(self, options: EngineOptions, verb: str, folder: Path) -> None:
        """Start `python -m engine VERB FOLDER`; what it prints is appended to the folder's engine.log.

        Raises EngineMissing if the executable cannot be started, OSError if the log cannot be written.
        """
        self.has_lifeline = not options.keep
        arguments = engine_arguments(verb, folder, self.has_lifeline, options.download, options.ray)
        with open_log(folder) as log:
            try:
                self._process = subprocess.Popen(
                    [options.python, *arguments],
                    stdin=subprocess.DEVNULL if options.keep else subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    cwd=folder,
                    env=engine_environment(options.online(), downloads=options.downloads),
                    **process_options(),
                )
            except OSError as error:
                raise EngineMissing(
                    f"The engine's Python {options.python} could not be started ({error.strerror}): choose another one"
                    " in this extension's preferences."
                ) from error

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self.exit_code is None

    @property
    def exit_code(self) -> int | None:
        """As subprocess has it: None while alive, minus the signal's number where one ended it."""
        return self._process.poll()

    def release(self) -> None:
        """Close the lifeline: the engine saves a checkpoint and leaves by itself, within a step or two. One that is
        to be kept goes on."""
        if self.has_lifeline:
            self._process.stdin.close()

    def kill(self) -> None:
        """End the process at once; what it wrote to the run folder stays."""
        self._process.kill()


def run_engine(python: Path, arguments: list[str], online: bool, downloads: Path | None = None) -> str:
    """Run a short engine command to its end and return what it printed.

    Raises CommandFailed if it did not go well, EngineMissing if the executable cannot be started.
    """
    try:
        result = subprocess.run(
            [python, "-m", "engine", *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env=engine_environment(online, downloads=downloads),
            timeout=PATIENCE,
            **process_options(),
        )
    except subprocess.TimeoutExpired:
        raise CommandFailed(f"The engine did not answer for {PATIENCE:.0f} seconds and was ended: try again.") from None
    except OSError as error:
        raise EngineMissing(f"The engine's Python {python} could not be started ({error.strerror}).") from error
    if result.returncode:
        lines = result.stderr.strip().splitlines()
        raise CommandFailed(lines[-1] if lines else f"The engine left with exit code {result.returncode}.")
    return result.stdout
