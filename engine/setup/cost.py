"""What a set-up costs: bytes to download, and on disk."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from .errors import AGAIN, SetupError

MEGABYTE, GIGABYTE = 10**6, 10**9


@dataclass(frozen=True)
class Cost:
    """About what it takes, in bytes."""

    download: int
    """From the network."""
    disk: int
    """In the engine's folder."""

    def __str__(self) -> str:
        return f"{in_units(self.download)} to download, {in_units(self.disk)} on disk"


PLAIN = Cost(400 * MEGABYTE, 1600 * MEGABYTE)
"""With torch for the processor alone, or for an Apple chip."""
NVIDIA = Cost(3000 * MEGABYTE, 7 * GIGABYTE)
"""With torch for NVIDIA's cards, and NVIDIA's libraries."""


def expected() -> Cost:
    """What it takes on this machine."""
    return NVIDIA if sys.platform != "darwin" and shutil.which("nvidia-smi") else PLAIN


def in_units(size: float) -> str:
    """Bytes for people.

    >>> in_units(1_550_000_000), in_units(400_000_000)
    ('1.6 GB', '400 MB')
    """
    return f"{size / GIGABYTE:.1f} GB" if size >= GIGABYTE else f"{size / MEGABYTE:.0f} MB"


def check_room(folder: Path, disk: int) -> None:
    """Raise SetupError if the disk has no room for what is still missing in the folder, which need not exist yet, of
    that many bytes."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free, needed = shutil.disk_usage(there).free, disk - size_of(folder)
    if free < needed:
        raise SetupError(
            f"The engine needs {in_units(needed)}, but only {in_units(free)} are free where {folder} is: free some"
            f" space, or choose another folder in the preferences, {AGAIN}"
        )


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder, one with several names counted once; 0 where there is none.

    It may change meanwhile: what goes away is not counted.
    """
    total, seen, folders = 0, set(), [os.fspath(folder)]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                        continue
                    found = entry.stat(follow_symlinks=False)
                    if found.st_nlink < 2 or found.st_ino not in seen:
                        seen.add(found.st_ino)
                        total += found.st_size
        except OSError:
            continue
    return total
