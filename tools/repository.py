"""Make a static extension repository, which any web server or shared folder can hold: dist/repository.

    python tools/repository.py --bpy .venv-bpy45

Blender asks its index.json for new versions; its index.html is for people.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from build_extension import ROOT, build, find

PAGE = Path(__file__).with_suffix(".html")
"""The page around Blender's own table of what is there."""


def make(bpy_folder: Path, output: Path) -> None:
    """Fill the folder anew. Raises CalledProcessError with the tool's own words, OSError."""
    shutil.rmtree(output, ignore_errors=True)
    build(bpy_folder, output)
    tool = find(bpy_folder, "bl_pkg/cli/blender_ext.py")
    options = ("--repo-dir", output, "--html", "--html-template", PAGE)
    subprocess.run([sys.executable, tool, "server-generate", *options], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Make a static repository of the extension.")
    parser.add_argument("--bpy", type=Path, default=ROOT / ".venv-bpy45", help="folder with bpy or Blender")
    parser.add_argument("--output", type=Path, default=ROOT / "dist" / "repository", help="folder to fill anew")
    arguments = parser.parse_args()
    make(arguments.bpy, arguments.output)
    print(f"{arguments.output}: {', '.join(sorted(path.name for path in arguments.output.iterdir()))}")


if __name__ == "__main__":
    main()
