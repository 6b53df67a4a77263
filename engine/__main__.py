"""The engine's command line: python -m engine --help"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.errors import explain
from engine.listener import Listener
from engine.looks import Command, add_looks
from engine.neighbour import behave
from engine.overrides import parse_overrides
from engine.run import exits
from engine.run.events import EventWriter
from engine.run.folder import has_checkpoint, log_path
from engine.run.lock import sole_engine
from engine.run.owner import Ownership
from engine.run.priors import AUTOMATIC, METHOD, METHODS, PRIORS
from engine.run.settings import (
    DEVICES, LADDER, PRESETS, RunSettings, SettingsError, check_settings, raise_preset, set_steps,
    write_settings,
)
from engine.team import Team
from engine.team.gather import gather

FORMATS = ("openjd", "flamenco", "list")
"""What farms read; `engine.farm.write` knows how."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code (`engine.run.exits`). Errors are one sentence on standard error."""
    options = _parser().parse_args(arguments)
    sys.stdout.reconfigure(errors="backslashreplace")  # a prompt may hold what a console's encoding does not
    try:
        options.command(options)
        return exits.OK
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except Exception as error:  # noqa: BLE001 - the one place where every error becomes a sentence and an exit code
        return _fail(error, getattr(options, "started", None))


def _fail(error: Exception, folder: Path | None) -> int:
    """Say what happened: a sentence on standard error and, in a started run's folder, as an event and in engine.log."""
    explained = explain(error)
    if folder is not None and folder.is_dir():
        try:
            with log_path(folder).open("a", encoding="utf-8") as log:
                log.write("".join(traceback.format_exception(error)))
            EventWriter(folder).write("error", message=str(explained))
        except OSError as second:
            print(f"(The run folder can not be written: {second.strerror}.)", file=sys.stderr)
    elif explained is not error and explained.exit_code == exits.FAILED:
        traceback.print_exception(error)
    print(explained, file=sys.stderr, flush=True)
    return explained.exit_code


def _generate(options: argparse.Namespace) -> None:
    settings = _asked(options, options.prompt)
    check_settings(settings)
    start = None
    if options.start:  # imported here: the doctor must work where numpy is missing
        from engine.run.start import write_start
        from engine.start.read import load_start

        start = load_start(options.start)
    with gather() as team:
        if team.rank:
            return _follow(options, team, resume=False)
        options.folder.mkdir(parents=True, exist_ok=True)
        with sole_engine(options.folder) as ownership:
            _check_is_new(options.folder)
            if start is not None:
                settings = replace(settings, start=write_start(options.folder, start))
            write_settings(options.folder, settings)
            _start(options, team, ownership, resume=False)


def _asked(options: argparse.Namespace, prompt: str) -> RunSettings:
    """The settings that options tell; nothing is checked."""
    named = {} if options.method == AUTOMATIC else {METHOD: options.method}
    return RunSettings(
        prompt=prompt, prior=options.prior, preset=options.preset, seed=options.seed, device=options.device,
        steps=options.steps, snapshot_every=options.snapshot_every, overrides=named | parse_overrides(options.set),
        weights=options.weights,
    )


def _batch(options: argparse.Namespace) -> None:
    from engine.batch.loop import run_batch

    run_batch(options.file, options.folder, _asked(options, "-"), options.download)


def _farm(options: argparse.Namespace) -> None:
    from engine.farm.write import write_farm

    write_farm(options.format, options.file, options.folder, _asked(options, "-"), options.download)


def _task(options: argparse.Namespace) -> None:
    from engine.farm.task import run_task

    run_task(options.folder, options.download)


def _library(options: argparse.Namespace) -> None:
    from engine.library import make_library

    make_library(options.folder, options.output, options.blender)


def _check_is_new(folder: Path) -> None:
    """Raise SettingsError for a folder whose progress a new run would overwrite."""
    if has_checkpoint(folder):
        raise SettingsError(f"{folder} holds a run: resume it, or choose another folder.")


def _run(options: argparse.Namespace) -> None:
    _start_in_run_folder(options, resume=False)


def _resume(options: argparse.Namespace) -> None:
    _start_in_run_folder(options, resume=True)


def _start_in_run_folder(options: argparse.Namespace, resume: bool) -> None:
    if not options.folder.is_dir():
        raise SettingsError(f"There is no folder {options.folder}: choose the folder of a run.")
    with gather() as team:
        if team.rank:
            return _follow(options, team, resume)
        with sole_engine(options.folder) as ownership:
            if not resume:
                _check_is_new(options.folder)
            elif options.preset:
                raise_preset(options.folder, options.preset, options.steps)
            elif options.steps is not None:
                set_steps(options.folder, options.steps)
            _start(options, team, ownership, resume)


def _follow(options: argparse.Namespace, team: Team, resume: bool) -> None:
    """Take part in what the first of several processes does with the folder."""
    from engine.session.follow import follow

    follow(options.folder, resume, options.download, team)


def _start(options: argparse.Namespace, team: Team, ownership: Ownership, resume: bool) -> None:
    """Work on a folder that is this engine's: from here on, what goes wrong is written into it."""
    options.started = options.folder
    if team.size == 1:  # else torchrun's signal is heard, see `gather`
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # at a log-off, or by a farm: keep what there is
    lifeline = getattr(options, "lifeline", False)
    with Listener(options.folder, resume, lifeline, ownership.release) as listener:
        # Until the loop begins: what imports make is no garbage, and looking for some among it takes half a second.
        gc.disable()
        from engine.session import Session

        session = Session(options.folder, listener, options.download, team)
        try:
            session.start(resume)
        except KeyboardInterrupt:
            session.interrupt()
            raise


def _export(options: argparse.Namespace) -> None:
    from engine.meshing.export import export_snapshot
    from engine.run.state import newest_snapshot

    newest = newest_snapshot(options.folder)
    if newest is None:
        raise SettingsError(f"There is no mesh in {options.folder}: choose the folder of a run that has made one.")
    for note in export_snapshot(newest[1], options.output, options.format):
        print(note, file=sys.stderr)
    print(options.output)


def _sample(options: argparse.Namespace) -> None:
    from engine.guidance.download import Downloads
    from engine.sample import sample_sheet

    run = RunSettings(
        prompt=options.prompt, prior=options.prior, seed=options.seed, device=options.device,
        overrides=parse_overrides(options.set), weights=options.weights,
    )
    sample_sheet(run, options.count, options.output, Downloads(options.download))
    print(options.output)


def _distill2d(options: argparse.Namespace) -> None:
    from engine.distill2d import distill2d
    from engine.guidance.download import Downloads

    run = RunSettings(
        prompt=options.prompt, prior=options.prior, seed=options.seed, device=options.device, steps=options.steps,
        overrides=parse_overrides(options.set), weights=options.weights,
    )
    distill2d(run, options.output, Downloads(options.download))
    print(options.output)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m engine", description="Text to 3D by score distillation.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: Any, words: str) -> argparse.ArgumentParser:
        """A command that calls `function` with its options."""
        added = commands.add_parser(name, help=words, description=words)
        added.set_defaults(command=function)
        return added

    _add_runs(command)
    add_looks(command)
    return parser


def _add_runs(command: Command) -> None:
    """Commands that make something with a prior, and what goes on from that."""
    generate = command("generate", _generate, "make a textured mesh from a prompt")
    generate.add_argument("prompt")
    generate.add_argument("--output", dest="folder", type=Path, required=True, help="the run folder")
    batch = command("batch", _batch, "make a mesh from each line of a file; again: go on with what is not done")
    batch.add_argument("file", type=Path, help="a prompt a line (.txt), or a run's settings a line (.csv, .jsonl)")
    batch.add_argument("--output", dest="folder", type=Path, required=True, help="the folder of all run folders")
    farm = command("farm", _farm, "make the run folders of a file's lines, and a render farm's job that runs them")
    farm.add_argument("format", choices=FORMATS, help="Open Job Description, Flamenco, or a list of the run folders")
    farm.add_argument("file", type=Path, help="as for batch")
    farm.add_argument("--output", dest="folder", type=Path, required=True, help="the folder of all run folders, shared")
    best = "the best published one that the card has room for, where the prior has several"
    methods = f"{', '.join([AUTOMATIC, *METHODS])}; default: {AUTOMATIC}, {best}"
    for made in (generate, batch, farm):
        made.add_argument("--preset", default="standard", help=", ".join(PRESETS))
        made.add_argument("--steps", type=int, help="optimisation steps; default: the preset's")
        made.add_argument("--snapshot-every", type=float, default=5.0, metavar="SECONDS")
        made.add_argument("--method", default=AUTOMATIC, metavar="NAME", help=methods)
    shapes = "a mesh to start from: .glb, .obj, .stl or a run's mesh.npz; default: a ball"
    generate.add_argument("--start", type=Path, metavar="FILE", help=shapes)
    agreed = "download the prior's weights, if they are not here, without asking"
    for name, function, words in (
        ("run", _run, "start the run that a folder's settings.json describes"),
        ("resume", _resume, "continue a run from its checkpoint"),
        ("task", _task, "a farm's task: begin a folder's run, or continue it, to its end"),
    ):
        started = command(name, function, words)
        started.add_argument("folder", type=Path)
        started.add_argument("--download", action="store_true", help=agreed)
        if name != "task":
            started.add_argument("--lifeline", action="store_true", help="leave when standard input ends")
        if name == "resume":
            started.add_argument("--preset", help=f"go on under this one, not lower than before: {', '.join(LADDER)}")
            started.add_argument("--steps", type=int, help="steps in all, more than are done; default: as before")
    export = command("export", _export, "write a run's newest mesh to a file")
    export.add_argument("folder", type=Path)
    export.add_argument("--format", choices=("glb", "obj", "stl"), default="glb")
    export.add_argument("--output", type=Path, required=True)
    library = command("library", _library, "make a Blender asset library of all finished runs in a folder")
    library.add_argument("folder", type=Path, help="the folder of all run folders")
    library.add_argument("--output", type=Path, required=True, help="the library's folder")
    library.add_argument("--blender", type=Path, help="Blender's program or folder; default: where it usually is")
    sample = command("sample", _sample, "plain samples of a prior, to see what it knows")
    sample.add_argument("prompt")
    sample.add_argument("--count", type=int, default=8)
    sample.add_argument("--output", type=Path, required=True)
    plain = command("distill2d", _distill2d, "score distillation of a plain image, to see what guidance makes of it")
    plain.add_argument("prompt")
    plain.add_argument("--output", type=Path, required=True, help="a PNG of the image on its way, and a curve")
    plain.add_argument("--steps", type=int, default=300, help="optimisation steps")
    weights = "a folder or a file with the prior's weights, or their name on Hugging Face; default: the prior's own"
    for taken in (generate, batch, farm, sample, plain):
        taken.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="any engine setting")
        taken.add_argument("--prior", default="toybox", help=", ".join(PRIORS))
        taken.add_argument("--weights", default="", metavar="PLACE", help=weights)
        taken.add_argument("--download", action="store_true", help=agreed)
        taken.add_argument("--seed", type=int, default=0)
        taken.add_argument("--device", default="auto", help=", ".join(DEVICES))


if __name__ == "__main__":
    behave()
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: taking torch and diffusers apart takes more than a second, and nothing is left to be kept.
    os._exit(code)
