"""The command line's commands that are about many runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.asking import AGREED, Command, add_place, add_run, asked

FORMATS = ("openjd", "flamenco", "list")
"""What farms read; `engine.farm.write` knows how."""


def add_many(command: Command) -> None:
    """Add them."""
    batch = command("batch", _batch, "make a mesh from each line of a file; again: go on with what is not done")
    batch.add_argument("file", type=Path, help="a prompt a line (.txt), or a run's settings a line (.csv, .jsonl)")
    batch.add_argument("--output", dest="folder", type=Path, required=True, help="the folder of all run folders")
    add_run(batch)
    add_place(batch)
    farm = command("farm", _farm, "make the run folders of a file's lines, and a render farm's job that runs them")
    farm.add_argument("format", choices=FORMATS, help="Open Job Description, Flamenco, or a list of the run folders")
    farm.add_argument("file", type=Path, help="as for batch")
    farm.add_argument("--output", dest="folder", type=Path, required=True, help="the folder of all run folders, shared")
    add_run(farm)
    task = command("task", _task, "a farm's task: begin a folder's run, or continue it, to its end")
    task.add_argument("folder", type=Path)
    task.add_argument("--download", action="store_true", help=AGREED)
    library = command("library", _library, "make a Blender asset library of all finished runs in a folder")
    library.add_argument("folder", type=Path, help="the folder of all run folders")
    library.add_argument("--output", type=Path, required=True, help="the library's folder")
    library.add_argument("--blender", type=Path, help="Blender's program or folder; default: where it usually is")


def _batch(options: argparse.Namespace) -> None:
    from engine.batch.loop import run_batch
    from engine.batch.runner import EngineFlags

    flags = EngineFlags(options.download, options.ray, options.cores)
    run_batch(options.file, options.folder, asked(options, "-"), flags)


def _farm(options: argparse.Namespace) -> None:
    from engine.farm.write import write_farm

    write_farm(options.format, options.file, options.folder, asked(options, "-"), options.download)


def _task(options: argparse.Namespace) -> None:
    from engine.farm.task import run_task

    run_task(options.folder, options.download)


def _library(options: argparse.Namespace) -> None:
    from engine.library import make_library

    make_library(options.folder, options.output, options.blender)
