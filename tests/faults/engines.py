"""Engines to be hurt: real processes, most of them forked from one that has imported all, which saves seconds."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# One thread: tiny tensors gain nothing from more, and a process with several must not be forked.
os.environ["OMP_NUM_THREADS"] = "1"
# Engines leave without taking their semaphores apart, and an import starts a process: the forking one would complain.
os.environ["PYTHONWARNINGS"] = ",".join(
    f"ignore::UserWarning:multiprocessing.{module}" for module in ("resource_tracker", "forkserver")
)
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["engine.__main__", "engine.session", "engine.toybox.graph"])


def leave_as_it_is() -> None:
    """Hampers an engine in no way."""


class Engine:
    """`python -m engine VERB FOLDER --lifeline`, as Blender starts it.

    Args:
        verb: run or resume.
        folder: the run folder.
        output: a path; what the process prints goes into the files PATH.out and PATH.err.
        whole: whether to start a new Python, imports and all, instead of forking one that has done them.
        hamper: called in the forked process before the engine's main function.
    """

    def __init__(
        self, verb: str, folder: Path, output: Path, whole: bool = False, hamper: Callable[[], None] = leave_as_it_is
    ) -> None:
        self.whole = whole
        arguments = [verb, str(folder), "--lifeline"]
        self.errors = output.with_suffix(".err")
        if whole:
            streams = {"stdout": output.with_suffix(".out").open("wb"), "stderr": self.errors.open("wb")}
            environment = os.environ | {"PYTHONPATH": str(ROOT)}
            command = [sys.executable, "-m", "engine", *arguments]
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, cwd=ROOT, **streams)
            self.lifeline = self.process.stdin
        else:
            theirs, self.lifeline = FORKS.Pipe(duplex=False)
            self.process = FORKS.Process(target=_work, args=(arguments, theirs, output, hamper))
            self.process.start()
            theirs.close()

    @property
    def code(self) -> int | None:
        """As subprocess has it: None while alive, minus the signal's number where one ended it."""
        return self.process.poll() if self.whole else self.process.exitcode

    def wait(self, seconds: float) -> bool:
        """Whether it has ended within some seconds."""
        if self.whole:
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                return False
        else:
            self.process.join(seconds)
        return self.code is not None

    def signal(self, number: int) -> None:
        """Send it a signal, if it is still there."""
        if self.code is None:
            os.kill(self.process.pid, number)

    def said(self) -> str:
        """What it has printed to standard error."""
        return self.errors.read_text(encoding="utf-8", errors="replace") if self.errors.exists() else ""


def _work(arguments: list[str], lifeline: Connection, output: Path, hamper: Callable[[], None]) -> None:
    """The engine's main function in a forked process, with its streams where a process of its own has them."""
    os.dup2(lifeline.fileno(), 0)
    lifeline.close()
    for stream, suffix in ((1, ".out"), (2, ".err")):
        os.dup2(os.open(output.with_suffix(suffix), os.O_CREAT | os.O_WRONLY | os.O_APPEND), stream)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - the process's own, to its end
    from engine.__main__ import main

    hamper()
    code = main(arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
