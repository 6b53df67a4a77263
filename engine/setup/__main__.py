"""What Blender starts: python -m engine.setup FOLDER [OFFLINE FOLDER]

With a second folder, one that `make offline` made, everything is taken from there. The engine's folder tells in
events.jsonl how far it is, in setup.log what was done; what went wrong is the last line of standard error. It ends when
its standard input does.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

from .. import __version__
from ..run import exits
from ..run.lock import FolderBusy, sole_process
from .console import Console
from .cost import check_room, expected
from .errors import SetupError, explain
from .offline import OfflineFolder, open_offline
from .place import check_is_usable, environment_path, is_ready, log_path, mark_ready, remove_unused
from .progress import Progress
from .steps import Steps


def set_up(folder: Path, console: Console, offline: OfflineFolder | None) -> None:
    """Make this version's environment in the folder, or do what is left of it.

    Raises SetupError, OSError.
    """
    disk = offline.manifest.disk if offline else expected().disk
    environment, progress = environment_path(folder), Progress(folder, disk)
    steps = Steps(folder, console, progress, offline)
    remove_unused(folder)
    if not is_ready(environment):
        check_room(folder, disk)
        progress.stage("Fetching the installer")
        steps.fetch_installer()
        progress.stage("Preparing Python")
        steps.make_environment(environment)
        progress.stage("Fetching packages")
        steps.install_packages(environment)
    progress.stage("Testing the engine")
    device = steps.try_engine(environment)
    mark_ready(environment, __version__, device)
    progress.done(device)


def main(folder: Path, offline: Path | None = None) -> int:
    """Set up; the exit code. What went wrong is one sentence on standard error."""
    try:
        check_is_usable(folder)
        source = open_offline(offline) if offline else None
        folder.mkdir(parents=True, exist_ok=True)
        with sole_process(folder):
            console = Console(log_path(folder))
            console.follow(sys.stdin.fileno())
            set_up(folder, console, source)
        return exits.OK
    except FolderBusy:
        sentence = f"Another Blender is setting the engine up in {folder}: wait until it is done."
        code = exits.FOLDER_BUSY
    except SetupError as error:
        sentence, code = str(error), error.exit_code
    except OSError as error:
        sentence, code = explain(str(error)), exits.OUTPUT_NOT_WRITABLE
    except Exception as error:  # noqa: BLE001 - the one place where every error becomes a sentence and an exit code
        traceback.print_exception(error)
        sentence, code = explain(str(error)), exits.FAILED
    print(sentence, file=sys.stderr, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
