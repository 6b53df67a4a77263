"""Make a virtual environment, or bring it up to date, from locked requirements.

    python tools/environment.py .venv requirements/engine.txt requirements/test.txt

The environment's file `ready` says, to make, that all of it is there; `pip.log` is what pip said.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from logged import run_logged

LAST_WORDS = 15
"""How many of pip's lines are shown where it fails."""


def python_of(folder: Path) -> Path:
    """The environment's Python."""
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def install(folder: Path, requirements: list[str]) -> None:
    """Have the environment's pip install what the files lock; SystemExit with its last words if it cannot."""
    options = [part for file in requirements for part in ("-r", file)]
    log = folder / "pip.log"
    log.unlink(missing_ok=True)
    pip = (python_of(folder), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off")
    try:
        run_logged((*pip, *options), log)
    except subprocess.CalledProcessError:
        print(*log.read_text(encoding="utf-8").splitlines()[-LAST_WORDS:], sep="\n", file=sys.stderr)
        raise SystemExit(f"pip could not fill {folder}: more in {log}. Then run the same command again.") from None



def main(folder: Path, requirements: list[str]) -> None:
    """Create the environment if there is none, then install what the requirement files lock."""
    if sys.version_info[:2] != (3, 11):
        raise SystemExit(
            f"This is Python {sys.version.split()[0]}, but Blender's modules need 3.11: install it, or name it with"
            " `make PYTHON=/path/to/python3.11`."
        )
    if not (folder / "ready").exists():  # one that was begun may have a Python and no pip
        print(f"== making {folder}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    if requirements:
        print(f"== installing {' and '.join(requirements)} into {folder} (large downloads the first time)", flush=True)
        install(folder, requirements)
    (folder / "ready").touch()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
