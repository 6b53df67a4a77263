"""Telling Blender's asset browser of a library."""

from __future__ import annotations

import os
from pathlib import Path

import bpy

NAME = "Dreamfusion"
"""What the asset browser calls a library of ours."""


def show_library(context: bpy.types.Context, folder: Path) -> None:
    """Have the preferences list a folder among the asset libraries, once, and asset browsers look again."""
    libraries = context.preferences.filepaths.asset_libraries
    place = os.path.realpath(folder)
    if not any(os.path.realpath(bpy.path.abspath(library.path)) == place for library in libraries):
        libraries.new(name=NAME, directory=str(folder))
        context.preferences.is_dirty = True  # saved when Blender closes
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.ui_type == "ASSETS":
                with context.temp_override(window=window, area=area, region=area.regions[-1]):
                    bpy.ops.asset.library_refresh()
