"""Names for files, from the names that things have in Blender."""

from __future__ import annotations

import bpy

MOST = 100
"""Bytes of a file's name before its ending: systems take 255, Windows 260 for the whole path."""


def file_name(name: str) -> str:
    """The name without what a file's must not hold, and not too long for one.

    Blender's names have up to 255 bytes (5.0), a letter of which may take four.
    """
    cleaned = bpy.path.clean_name(name).encode("utf-8", "ignore")
    return cleaned[:MOST].decode("utf-8", "ignore")
