"""The list of runs as the sidebar shows it: what was found in the folder of runs when it was last looked into.

The rows are plain Python, and Blender's collection only counts them: no .blend ever holds them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import bpy
import bpy.utils.previews

from ..engine.run.survey import ListedRun, look_at, picture_of, survey
from . import runs

PAGE = 200
"""How many runs are listed at first, and how many More adds."""


@dataclass
class RunList:
    """What is listed."""

    root: Path | None = None
    """The folder of runs that was looked into, or is about to be; None where none was since a file was opened."""
    rows: list[ListedRun] = field(default_factory=list)
    """The runs, newest first."""
    most: int = PAGE
    """How many folders are looked into."""
    left_out: int = 0
    """How many older folders were not looked into."""
    problem: str = ""
    """Why the folder cannot be read, one sentence, or nothing."""


_list = RunList()
_pictures: bpy.utils.previews.ImagePreviewCollection | None = None


def current() -> RunList:
    """The list as it is."""
    return _list


def chosen(context: bpy.types.Context) -> ListedRun | None:
    """The chosen run."""
    index = context.window_manager.dream.chosen
    return _list.rows[index] if 0 <= index < len(_list.rows) else None


def standing(row: ListedRun) -> tuple[str, str]:
    """Status and sentence of a run, as last heard while this Blender follows it."""
    run = runs.following(row.folder)
    return (run.status, run.sentence) if run else (row.status, row.sentence)


def icon_of(row: ListedRun) -> int:
    """The icon that is the run's picture, 0 where there is none."""
    picture = _pictures.get(row.folder.name)
    return picture.icon_id if picture else 0


def fill(root: Path, more: bool = False) -> None:
    """Look into the folder of runs, at as many as before or a page `more`; what was chosen stays so."""
    _list.most = (_list.most if root == _list.root else PAGE) + (PAGE if more else 0)
    _list.root, _list.left_out, _list.problem, found = root, 0, "", []
    try:
        found, _list.left_out = survey(root, _list.most)
    except OSError as error:
        _list.problem = f"{root} cannot be read ({error.strerror}): choose another folder of runs in the preferences."
    _pictures.clear()
    for row in found:
        _load_picture(row.folder)
    _show(found)


def fill_soon(root: Path) -> None:
    """The same in a moment, for one who draws and must not read the disk."""
    _list.root = root
    if not bpy.app.timers.is_registered(_fill_now):
        bpy.app.timers.register(_fill_now)


def look_again(folder: Path) -> None:
    """A run of the folder of runs began, went on, ended, or is gone: list it as it is now."""
    if folder.parent != _list.root:
        return
    rows = [row for row in _list.rows if row.folder != folder]
    row = look_at(folder)
    if folder.name in _pictures:
        del _pictures[folder.name]
    _load_picture(folder)
    _show(sorted([*rows, row] if row else rows, key=lambda row: (row.began, row.folder.name), reverse=True))


def forget() -> None:
    """Another file, or another folder of runs: it is looked into when somebody asks."""
    global _list
    _list = RunList()
    _show([])


def _fill_now() -> None:
    if _list.root is not None:  # a file may have been opened since
        fill(_list.root)


def _load_picture(folder: Path) -> None:
    path = picture_of(folder)
    if path is not None:
        _pictures.load(folder.name, str(path), "IMAGE")  # Blender opens it when it is first drawn


def _show(rows: list[ListedRun]) -> None:
    """List these, with the same run chosen, or the first."""
    dream = bpy.context.window_manager.dream
    kept = chosen(bpy.context)
    _list.rows = rows
    dream.runs.clear()
    for _ in rows:
        dream.runs.add()
    dream.chosen = next((index for index, row in enumerate(rows) if kept and row.folder == kept.folder), 0)
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def register() -> None:
    """Make room for pictures."""
    global _pictures
    _pictures = bpy.utils.previews.new()


def unregister() -> None:
    """No picture and no timer stays behind."""
    if bpy.app.timers.is_registered(_fill_now):
        bpy.app.timers.unregister(_fill_now)
    bpy.utils.previews.remove(_pictures)
