"""Make an asset library in a Blender of its own, without a window:

    blender --background --factory-startup --python-exit-code 1 --python library_main.py -- RUNS FOLDER

The extension is taken from where this file is, whether it is installed or not. What is for the one who waits is on
standard output, after MARK; Blender's own words are there too.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MARK = "Dream library: "
"""How a line begins that tells how far it is, or what went wrong."""


def main(root: str, folder: str) -> int:
    """Make it; 1 if a run is left out, or all are, otherwise 0."""
    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)  # as a module of Python, Blender has read somebody's own
    specification = importlib.util.spec_from_file_location("dreamfusion", ROOT / "__init__.py")
    extension = sys.modules["dreamfusion"] = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(extension)
    extension.register()
    try:
        library = importlib.import_module("dreamfusion.bridge.library")
        runs = importlib.import_module("dreamfusion.bridge.runs")
        try:
            left_out = library.build(Path(root).absolute(), Path(folder).absolute(), _tell)
        except (runs.RunRefused, OSError, ValueError, RuntimeError) as error:
            left_out = [str(error)]
        for sentence in left_out:
            _tell(sentence)
    finally:
        extension.unregister()
    return 1 if left_out else 0


def _tell(words: str) -> None:
    sys.stdout.flush()
    os.write(1, f"{MARK}{' '.join(words.split())}\n".encode("utf-8", "replace"))  # whatever the console's encoding is


if __name__ == "__main__":
    code = main(*sys.argv[sys.argv.index("--") + 1 :])
    sys.stdout.flush()
    os._exit(code)  # Blender 4.5, leaving as a module of Python, may wait for a thread of its own for ever
