"""The engine's command line: python -m engine --help"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import traceback
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from engine.asking import AGREED, Command, add_place, add_prior, add_run, asked, asked_of_prior
from engine.errors import explain
from engine.listener import Listener
from engine.looks import add_looks
from engine.many import add_many
from engine.neighbour import behave
from engine.run import exits
from engine.run.events import EventWriter
from engine.run.folder import has_checkpoint, log_path
from engine.run.lock import sole_engine
from engine.run.owner import Ownership
from engine.run.settings import (
    LADDER, SettingsError, check_settings, raise_preset, read_settings, set_steps, write_settings,
)
from engine.team import Team
from engine.team.gather import gather


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
            print(f"(The run folder cannot be written: {second.strerror}.)", file=sys.stderr)
    elif explained is not error and explained.exit_code == exits.FAILED:
        traceback.print_exception(error)
    print(explained, file=sys.stderr, flush=True)
    return explained.exit_code


def _generate(options: argparse.Namespace) -> None:
    settings = asked(options, options.prompt)
    check_settings(settings)
    start = None
    if options.start:  # imported here: the doctor must work where numpy is missing
        from engine.run.start import write_start
        from engine.start.read import load_start

        start = load_start(options.start)
    with gather() as team:
        _check_place(options, team)
        if team.rank:
            return _follow(options, team, resume=False)
        options.folder.mkdir(parents=True, exist_ok=True)
        with sole_engine(options.folder) as ownership:
            _check_is_new(options.folder)
            if start is not None:
                settings = replace(settings, start=write_start(options.folder, start))
            write_settings(options.folder, settings)
            _start(options, team, ownership, resume=False)


def _check_is_new(folder: Path) -> None:
    """Raise SettingsError for a folder whose progress a new run would overwrite."""
    if has_checkpoint(folder):
        raise SettingsError(f"{folder} holds a run: resume it, or choose another folder.")


def _start_in_run_folder(options: argparse.Namespace, resume: bool) -> None:
    if not options.folder.is_dir():
        raise SettingsError(f"There is no folder {options.folder}: choose the folder of a run.")
    with gather() as team:
        _check_place(options, team)
        if team.rank:
            return _follow(options, team, resume)
        with sole_engine(options.folder) as ownership:
            if not resume:
                _check_is_new(options.folder)
            elif options.preset:
                raise_preset(options.folder, options.preset, options.steps or _steps_under(options))
            elif options.steps is not None:
                set_steps(options.folder, options.steps)
            _start(options, team, ownership, resume)


def _steps_under(options: argparse.Namespace) -> int:
    """How many steps the run has under the preset that it shall go on with. Raises SettingsError."""
    from engine.settings import engine_settings

    return engine_settings(replace(read_settings(options.folder), preset=options.preset, steps=None)).steps


def _check_place(options: argparse.Namespace, team: Team) -> None:
    """Raise SettingsError for a Ray cluster that cannot be meant."""
    if options.ray:
        from engine.cluster.connection import check_address

        check_address(options.ray)
        if team.size > 1:
            raise SettingsError("A Ray cluster takes one process: start the engine without torchrun, or without --ray.")


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
        if options.ray:
            from engine.cluster.session import work_elsewhere

            return work_elsewhere(options.folder, listener, options.ray, options.cores, resume, options.download)
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
    from engine.meshing.export import FORMATS, export_snapshot
    from engine.run.state import newest_snapshot

    newest = newest_snapshot(options.folder)
    if newest is None:
        raise SettingsError(f"There is no mesh in {options.folder}: choose the folder of a run that has made one.")
    chosen = options.format or options.output.suffix.lower().removeprefix(".")
    if chosen not in FORMATS:
        known = ", ".join(FORMATS)
        raise SettingsError(f"{options.output} is not a supported file type: choose one of {known}, or --format.")
    for note in export_snapshot(newest[1], options.output, chosen):
        print(note, file=sys.stderr)
    print(options.output)


def _sample(options: argparse.Namespace) -> None:
    from engine.guidance.download import Downloads
    from engine.sample import sample_sheet

    run = asked_of_prior(options, options.prompt)
    sample_sheet(run, options.count, options.output, Downloads(options.download))
    print(options.output)


def _distill2d(options: argparse.Namespace) -> None:
    from engine.distill2d import distill2d
    from engine.guidance.download import Downloads

    run = replace(asked_of_prior(options, options.prompt), steps=options.steps)
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
    add_many(command)
    add_looks(command)
    return parser


def _add_runs(command: Command) -> None:
    """Commands that make something with a prior, and what goes on from that."""
    generate = command("generate", _generate, "make a textured mesh from a prompt")
    generate.add_argument("prompt")
    generate.add_argument("--output", dest="folder", type=Path, required=True, help="the run folder")
    shapes = "a mesh to start from: .glb, .obj, .stl or a run's mesh.npz; default: a ball"
    generate.add_argument("--start", type=Path, metavar="FILE", help=shapes)
    add_run(generate)
    start, go_on = (partial(_start_in_run_folder, resume=resume) for resume in (False, True))
    run = command("run", start, "start the run that a folder's settings.json describes")
    resume = command("resume", go_on, "continue a run from its checkpoint")
    for started in (run, resume):
        started.add_argument("folder", type=Path)
        started.add_argument("--download", action="store_true", help=AGREED)
        started.add_argument("--lifeline", action="store_true", help="leave when standard input ends")
    resume.add_argument("--preset", help=f"go on under this one, not lower than before: {', '.join(LADDER)}")
    resume.add_argument("--steps", type=int, help="steps in all, more than are done; default: as before")
    for placed in (generate, run, resume):
        add_place(placed)
    export = command("export", _export, "write a run's newest mesh to a file")
    export.add_argument("folder", type=Path)
    export.add_argument("--format", choices=("glb", "obj", "stl"), help="default: by the ending of --output")
    export.add_argument("--output", type=Path, required=True)
    sample = command("sample", _sample, "plain samples of a prior, to see what it knows")
    sample.add_argument("prompt")
    sample.add_argument("--count", type=int, default=8)
    sample.add_argument("--output", type=Path, required=True)
    add_prior(sample)
    plain = command("distill2d", _distill2d, "score distillation of a plain image, to see what guidance makes of it")
    plain.add_argument("prompt")
    plain.add_argument("--output", type=Path, required=True, help="a PNG of the image on its way, and a curve")
    plain.add_argument("--steps", type=int, default=300, help="optimisation steps")
    add_prior(plain)


if __name__ == "__main__":
    behave()
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: taking torch and diffusers apart takes more than a second, and nothing is left to be kept.
    os._exit(code)
