"""Build dist/dreamfusion-VERSION.zip with Blender's own extension tool, and validate it.

    python tools/build_extension.py --bpy .venv-bpy45

The tool (blender_ext.py) is plain Python inside Blender or the bpy module; `--bpy` is any folder that holds it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def find(folder: Path, pattern: str) -> Path:
    """The first file below `folder` that matches; SystemExit if there is none."""
    found = next(folder.glob(f"**/{pattern}"), None)
    if found is None:
        raise SystemExit(f"There is no {pattern} in {folder}: give --bpy an environment with bpy, or Blender's folder.")
    return found


def build(bpy_folder: Path, output: Path) -> Path:
    """Build and validate (tags included); the zip's path. Raises CalledProcessError with the tool's own words."""
    tool = find(bpy_folder, "bl_pkg/cli/blender_ext.py")
    tags = find(bpy_folder, "_bpy_internal/extensions/tags.py")
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    package = output / f"{manifest['id']}-{manifest['version']}.zip"
    output.mkdir(parents=True, exist_ok=True)
    commands = (
        ["build", "--source-dir", ROOT, "--output-filepath", package, "--valid-tags", tags],
        ["validate", package, "--valid-tags", tags],
    )
    for command in commands:
        subprocess.run([sys.executable, tool, *command], check=True, stdout=subprocess.DEVNULL)
    return package


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Build and validate the extension's zip.")
    parser.add_argument("--bpy", type=Path, default=ROOT / ".venv-bpy45", help="folder with bpy or Blender")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="folder for the zip")
    arguments = parser.parse_args()
    package = build(arguments.bpy, arguments.output)
    print(f"{package}: {package.stat().st_size / 2**20:.1f} MiB, valid")


if __name__ == "__main__":
    main()
