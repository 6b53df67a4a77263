"""Faults of Blender's side: a real Blender without a window, whose runs are finished outside of it afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

from tests.faults.engines import ROOT
from tests.faults.judge import ORPHANED, Verdict, finish
from tests.faults.trial import NotSurvived, Trial

KINDS = {"blender_killed": 10, "object_deleted": 15, "undone": 15, "file_loaded": 15}
"""Every kind, with the number of its trials; what each does is in `in_blender.py`."""
PYTHON = Path(os.environ.get("DREAMFUSION_FAULTS_BLENDER", ROOT / ".venv-bpy45" / "bin" / "python"))
"""A Python that has bpy."""


def attempt_all(kind: str, seeds: list[int]) -> Iterator[Verdict]:
    """Do many trials of a kind: in one Blender, but for those that kill it."""
    batches: Iterable[list[int]] = [[seed] for seed in seeds] if kind == "blender_killed" else [seeds]
    for batch in batches:
        with tempfile.TemporaryDirectory(prefix="dreamfusion-fault-", ignore_cleanup_errors=True) as home:
            yield from _in_one_blender(kind, batch, Path(home))


def _in_one_blender(kind: str, seeds: list[int], home: Path) -> Iterator[Verdict]:
    left = list(seeds)
    with (home / "errors").open("wb") as errors:
        blender = subprocess.Popen(
            [PYTHON, "-m", "tests.faults.in_blender", kind, *map(str, seeds)],
            cwd=ROOT, env=_environment(home), stdout=subprocess.PIPE, stderr=errors, encoding="utf-8",
        )  # fmt: skip
    for line in blender.stdout:
        if line.startswith('{"seed"'):
            found = json.loads(line)
            left.remove(found["seed"])
            if kind == "blender_killed":
                blender.kill()
            yield _judge(kind, found)
    blender.wait()
    said = (home / "errors").read_text(encoding="utf-8", errors="replace").strip()
    for seed in left:
        yield Verdict(kind, seed, why=f"Blender ended before (exit code {blender.returncode}): {said[-600:]}")
    if "Traceback" in said and not left:
        yield Verdict(kind, seeds[-1], why=f"Blender's console said: {said[-600:]}")


def _environment(home: Path) -> dict[str, str]:
    """Of a Blender of its own, with the extension as it is in this checkout."""
    extensions = home / "extensions" / "user_default"
    extensions.mkdir(parents=True)
    (extensions / "dreamfusion").symlink_to(ROOT, target_is_directory=True)
    python = ROOT / ".venv" / "bin" / "python"
    ours = {"BLENDER_USER_RESOURCES": str(home), "DREAMFUSION_RUNS": str(home / "runs")}
    return {"DREAMFUSION_ENGINE_PYTHON": str(python)} | os.environ | ours


def _judge(kind: str, found: dict) -> Verdict:
    """Whether the engine is gone soon, and the run can be finished."""
    trial = Trial(kind, found["seed"])
    trial.folder = Path(found["folder"])
    with trial.cleaning:
        try:
            if found["why"]:
                raise NotSurvived(found["why"])
            _wait_for_the_end(found["pid"])
            trial.events()
            return Verdict(kind, found["seed"], lost=finish(trial))
        except NotSurvived as lost:
            return Verdict(kind, found["seed"], why=str(lost))


def _wait_for_the_end(pid: int) -> None:
    """Raise NotSurvived for an engine that outlives whoever needed it."""
    end = time.monotonic() + ORPHANED
    while _is_alive(pid):
        if time.monotonic() > end:
            psutil.Process(pid).kill()
            raise NotSurvived(f"the engine was still there {ORPHANED:.0f} s later")
        time.sleep(0.05)


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
