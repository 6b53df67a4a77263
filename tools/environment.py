"""Make a virtual environment, or bring it up to date, from locked requirements.

    python tools/environment.py .venv requirements/engine.txt requirements/test.txt

The environment's file `ready` says, to make, that all of it is there.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def python_of(folder: Path) -> Path:
    """The environment's Python."""
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def main(folder: Path, requirements: list[str]) -> None:
    """Create the environment if there is none, then install what the requirement files lock."""
    if sys.version_info[:2] != (3, 11):
        raise SystemExit(
            f"This is Python {sys.version.split()[0]}, but Blender's modules need 3.11: install it, or name it with"
            " `make PYTHON=/path/to/python3.11`."
        )
    if not python_of(folder).exists():
        print(f"== making {folder}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    if requirements:
        print(f"== installing {' and '.join(requirements)} into {folder} (large downloads the first time)", flush=True)
        options = [part for file in requirements for part in ("-r", file)]
        command = [python_of(folder), "-m", "pip", "install", "--disable-pip-version-check", *options]
        if subprocess.run(command, check=False).returncode:
            raise SystemExit(f"pip could not fill {folder}; what it said is above. Then run the same command again.")
    (folder / "ready").touch()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
