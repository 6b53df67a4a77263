"""The picture of what a run's NeRF looks like now, for the sidebar."""

from __future__ import annotations

import tempfile
from pathlib import Path

import bpy
import bpy.utils.previews
import numpy as np

from ..engine.run.folder import preview_path
from ..engine.run.png import check_png
from ..engine.run.reading import read_bounded
from . import runs

MOST_BYTES, LARGEST = 1 << 20, 512
"""Of a preview's file, and its side in pixels; the engine's are far smaller."""

LOADED = "loaded"
"""What an icon is called until a run's has its pixels; those of runs have numbers."""

_icons: bpy.utils.previews.ImagePreviewCollection | None = None
_shown: dict[int, int] = {}
"""How many previews there had been when a run's picture was last read, by its object's session_uid."""


def icon_of(run: runs.LiveRun) -> int:
    """The icon of the run's picture; 0 where there is none."""
    name = str(run.object_uid)
    return _icons[name].icon_id if _icons is not None and name in _icons else 0


def refresh(run: runs.LiveRun) -> bool:
    """Read the run's picture if the engine has made a new one; whether it has changed. What is broken is left out."""
    if not run.alive or _shown.get(run.object_uid, 0) == run.state.previews:
        return False
    _shown[run.object_uid] = run.state.previews
    try:
        data = read_bounded(preview_path(run.folder), run.folder, MOST_BYTES)
        check_png(data, LARGEST)
    except (OSError, ValueError) as error:
        print(f"The preview in {run.folder} is left out: {error}.")
        return False
    _put(str(run.object_uid), data)
    return True


def free(keep: tuple[int, ...] = ()) -> None:
    """Let go of the pictures of all runs but those of these objects."""
    global _icons
    for uid in _shown.keys() - set(keep):
        del _shown[uid]
        if _icons is not None and str(uid) in _icons:
            del _icons[str(uid)]  # not pop, which would leave the picture with Blender, to be found again by its name
    if _icons is not None and not _shown:
        bpy.utils.previews.remove(_icons)
        _icons = None


def _put(name: str, data: bytes) -> None:
    """Make an icon of a PNG that was checked. An image of the file's would do, too, but removing one has Blender look
    through the whole scene: half a second beside 10,000 objects."""
    global _icons
    if _icons is None:
        _icons = bpy.utils.previews.new()
    with tempfile.TemporaryDirectory(prefix="dreamfusion-") as folder:
        path = Path(folder) / "preview.png"
        path.write_bytes(data)
        loaded = _icons.load(LOADED, str(path), "IMAGE")
        size = tuple(loaded.image_size)  # Blender opens the file now
    pixels = np.empty(4 * size[0] * size[1], np.float32)
    loaded.image_pixels_float.foreach_get(pixels)
    del _icons[LOADED]
    icon = _icons[name] if name in _icons else _icons.new(name)
    icon.image_size = size
    icon.image_pixels_float.foreach_set(pixels)
