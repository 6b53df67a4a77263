"""Where a Blender with a window can run: on this machine, or in the Debian folder that prepare.py makes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("blender", "Xvfb", "xdotool", "import")

HIDES_PYTHON = sys.base_prefix == "/usr"
"""Whether the Debian folder's own /usr hides the Python that runs this."""

# In a mount namespace of its own, so that the folder's mounts end with the command, however it ends.
ENTER = """
root=$1; shift
while [ "$1" != -- ]; do mkdir -p "$root$1"; mount --rbind "$1" "$root$1"; shift; done
shift
exec chroot "$root" "$@"
"""


def debian(suite: str) -> Path:
    """The folder that prepare.py makes of a suite of Debian's: trixie has Blender 4.3, sid has 5.2."""
    return ROOT / f".blender-{suite}"


def own_blender() -> str | None:
    """The path of this machine's Blender, if it is new enough and there is a virtual screen for it."""
    if not all(shutil.which(tool) for tool in TOOLS):
        return None
    answer = subprocess.run(["blender", "--version"], check=False, capture_output=True, text=True, timeout=120).stdout
    version = re.match(r"Blender (\d+)\.(\d+)", answer)
    return shutil.which("blender") if version and tuple(map(int, version.groups())) >= (4, 2) else None


def way_in(suite: str | None = None) -> list[str] | str:
    """What to put before a command so that it runs where Blender is, in the folder of that suite if one is asked for;
    or, as a string, why there is no such place."""
    if suite is None and own_blender():
        return []
    folder = debian(suite or "trixie")
    if not folder.exists():
        return f"no Blender with a window: `python -m tests.gui.prepare {suite or ''}` makes one, as root on Linux"
    if os.geteuid() != 0:
        return f"only root can enter {folder.name}"
    if HIDES_PYTHON:
        return f"{folder.name} has a /usr of its own, which hides this Python: use one that is elsewhere"
    shared = ["/proc", "/dev", str(ROOT), sys.base_prefix, tempfile.gettempdir()]
    return ["unshare", "--mount", "sh", "-euc", ENTER, "enter", str(folder), *shared, "--"]
