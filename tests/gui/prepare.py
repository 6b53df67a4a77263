"""Make a place where a real Blender window can run, once: a Debian folder with Blender, Xvfb and xdotool.

    python -m tests.gui.prepare

Needs Linux, root, and debootstrap or the means to install it. Where these are missing, or where this machine has a
Blender with a window of its own, it says so and does nothing; tests/gui then uses that one, or is skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.gui.desktop import DEBIAN, HIDES_PYTHON, own_blender
from tools.logged import run_logged

SUITE = "trixie"  # Blender 4.3
PACKAGES = ("blender", "python3-numpy", "xvfb", "libgl1-mesa-dri", "xdotool", "imagemagick")
LOG = DEBIAN.with_suffix(".log")


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


def run(*command: object) -> None:
    """Run a command that asks nothing, its output in the log."""
    run_logged(command, LOG, {"DEBIAN_FRONTEND": "noninteractive"})


def make() -> None:
    """Fill a folder beside the final one, then rename it: a half-made one is never taken for ready."""
    unfinished = DEBIAN.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    LOG.unlink(missing_ok=True)
    if not shutil.which("debootstrap"):
        print("== installing debootstrap", flush=True)
        run("apt-get", "update")
        run("apt-get", "install", "-y", "--no-install-recommends", "debootstrap", "debian-archive-keyring")
    print(f"== making {DEBIAN.name} (1.4 GB, a minute or two, once): Debian", flush=True)
    run("debootstrap", "--variant=minbase", SUITE, unfinished)
    print("   Blender, a virtual screen, keyboard and mouse", flush=True)
    run("chroot", unfinished, "apt-get", "install", "-y", "--no-install-recommends", *PACKAGES)
    run("chroot", unfinished, "apt-get", "clean")
    unfinished.rename(DEBIAN)


def main() -> None:
    """Say what is there, or make it; never fail for want of a window."""
    if DEBIAN.exists():
        print(f"   Blender's window: {DEBIAN.name}")
    elif own := own_blender():
        print(f"   Blender's window: {own}")
    elif reason := hindrance():
        print(f"   no window: there is no Blender 4.2 or later with Xvfb here, and to make a place for one, {reason}")
    else:
        try:
            make()
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"   no window: {error}; more in {LOG}")


if __name__ == "__main__":
    main()
