"""What `python -m engine farm` writes into the folder of runs: run folders, and a job for one kind of farm."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from engine.batch.lines import read_lines
from engine.batch.plan import plan
from engine.farm.openjd import template
from engine.run.atomic import atomic_write_bytes, encode_json
from engine.run.exits import EngineError
from engine.run.settings import RunSettings, SettingsError

PROJECT = Path(__file__).resolve().parents[2]
"""What a farm's computers run with their engine's Python: `python PROJECT task FOLDER`."""


@dataclass(frozen=True)
class Job:
    """What a farm has to know."""

    root: Path
    """The folder of runs, absolute."""
    runs: list[str]
    """Names of the run folders in it."""
    python: str = sys.executable
    """The engine's Python, where the computers have it."""
    project: str = str(PROJECT)
    """The folder with the engine, where they have it."""
    download: bool = False
    """Whether somebody has agreed to a download of the priors' weights on every computer."""


def openjd(job: Job) -> tuple[str, bytes]:
    """A file's name, and an Open Job Description template: JSON, which it may be in."""
    made = template(job.runs, job.python, job.project, job.download)
    return "template.json", encode_json(made, indent=2) + b"\n"


def flamenco(job: Job) -> tuple[str, bytes]:
    """A file's name, and a job type for the folder `scripts` of a Flamenco Manager."""
    script = resources.files("engine.farm").joinpath("flamenco.js").read_text(encoding="utf-8")
    values = {
        "PYTHON": job.python, "PROJECT": job.project, "ROOT": str(job.root), "RUNS": " ".join(job.runs),
        "DOWNLOAD": job.download,
    }  # fmt: skip
    for name, value in values.items():
        script = script.replace(f'"${name}"', encode_json(value).decode())
    return "dreamfusion.js", script.encode()


def names(job: Job) -> tuple[str, bytes]:
    """A file's name, and a run folder's name on each line, for a scheduler that counts its tasks."""
    return "runs.txt", "".join(f"{run}\n" for run in job.runs).encode()


FORMATS = {"openjd": openjd, "flamenco": flamenco, "list": names}


def write_farm(form: str, file: Path, root: Path, common: RunSettings, download: bool = False) -> None:
    """Make the run folders that the lines of a file ask for, and a job of them.

    Args:
        form: one of FORMATS.
        file: .txt, .csv or .jsonl, see `engine.batch.lines`.
        root: the folder of runs, which all computers of the farm share; the job is written there.
        common: what holds where a line says nothing else.
        download: whether somebody has agreed to a download of the priors' weights.

    Raises:
        SettingsError: the file cannot be read as what it is, or asks for nothing that can be run.
        EngineError: the job is written, but some lines cannot be used.
        OSError: the file cannot be read, or `root` not written.
    """
    tasks, bad = plan(read_lines(file), common, file.absolute().parent, root)
    for line in bad:
        print(f"{file.name}, line {line.number}: {line.sentence}", flush=True)
    if not tasks:
        raise SettingsError(f"{file} asks for nothing that can be run: write a prompt on each line.")
    job = Job(root.absolute(), [task.folder.name for task in tasks], download=download)
    name, data = FORMATS[form](job)
    atomic_write_bytes(root / name, data)
    print(f"{root / name} has {len(tasks)} tasks.", flush=True)
    if bad:
        lines = "1 line" if len(bad) == 1 else f"{len(bad)} lines"
        raise EngineError(f"{lines} cannot be used: mend them, and the same command writes the job with their runs.")
