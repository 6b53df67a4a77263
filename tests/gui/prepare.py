"""Make a place where a real Blender window can run, once: a Debian folder with Blender, Xvfb and xdotool.

    python -m tests.gui.prepare           # Blender 4.3, unless this machine has a Blender with a window of its own
    python -m tests.gui.prepare sid       # Blender 5.2, or whichever Debian's suite of that name has

Needs Linux, root, and debootstrap or the means to install it. Where these are missing it says so and does nothing;
tests/gui is then skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from pathlib import Path

from tests.gui.place import HIDES_PYTHON, debian, own_blender
from tools.logged import run_logged

PACKAGES = (
    "blender", "python3-numpy", "python3-cattr", "python3-requests", "xvfb", "libgl1-mesa-dri", "xdotool", "imagemagick"
)
"""Blender 5.2 imports cattr and requests, which Debian only recommends with it."""


def hindrance() -> str:
    """Why the folder cannot be made here, or nothing."""
    if sys.platform != "linux":
        return "it needs Linux"
    if os.geteuid() != 0:
        return "it needs root"
    if HIDES_PYTHON:
        return "it needs a Python that is not in /usr"
    if not shutil.which("debootstrap") and not shutil.which("apt-get"):
        return "it needs debootstrap"
    return ""


def make(suite: str, log: Path) -> None:
    """Fill a folder beside the final one, then rename it: a half-made one is never taken for ready.

    Raises OSError, CalledProcessError.
    """

    def run(*command: object) -> None:
        run_logged(command, log, {"DEBIAN_FRONTEND": "noninteractive"})

    made = debian(suite)
    unfinished = made.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    log.unlink(missing_ok=True)
    if not shutil.which("debootstrap"):
        print("== installing debootstrap", flush=True)
        run("apt-get", "update")
        run("apt-get", "install", "-y", "--no-install-recommends", "debootstrap", "debian-archive-keyring")
    print(f"== making {made.name} (1.4 GB, a minute or two, once): Debian", flush=True)
    run("debootstrap", "--variant=minbase", suite, unfinished)
    print("   Blender, a virtual screen, keyboard and mouse", flush=True)
    run("chroot", unfinished, "apt-get", "install", "-y", "--no-install-recommends", *PACKAGES)
    run("chroot", unfinished, "apt-get", "clean")
    unfinished.rename(made)


def main(chosen: str | None) -> None:
    """Say what is there, or make it; never fail for want of a window."""
    suite = chosen or "trixie"
    log = debian(suite).with_suffix(".log")
    if debian(suite).exists():
        print(f"   Blender's window: {debian(suite).name}")
    elif not chosen and (own := own_blender()):
        print(f"   Blender's window: {own}")
    elif reason := hindrance():
        print(f"   no window: there is no Blender 4.2 or later with Xvfb here, and to make a place for one, {reason}")
    else:
        try:
            make(suite, log)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"   no window: {error}; more in {log}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
