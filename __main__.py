"""The engine's command line from any folder: `python path/to/this COMMAND` is `python -m engine COMMAND` in this
one."""

import os
import runpy
from pathlib import Path

# The engine starts others of its kind, and a farm starts it wherever it likes.
_known = filter(None, (str(Path(__file__).resolve().parent), os.environ.get("PYTHONPATH")))
os.environ["PYTHONPATH"] = os.pathsep.join(_known)
runpy.run_module("engine", run_name="__main__", alter_sys=True)
