"""The file browser, as a person uses it with the keyboard and the mouse."""

from __future__ import annotations

import os
from pathlib import Path

from tests.gui.desktop import SIZE, Desktop


def choose(desktop: Desktop, file: Path) -> None:
    """In the file browser that opens: type the file's name, go to its folder, and confirm.

    In this order: after a folder has been typed, Blender 5.2 does not hear a click on the name.
    """
    desktop.wait_for(lambda: _seen(desktop), "the file browser", 60)
    desktop.run("sleep", 2)  # it takes a while to be drawn
    desktop.insist(lambda: _name(desktop, file.name), lambda: _seen(desktop).get("file") == file.name, "the name")
    desktop.insist(lambda: _go_to(desktop, file.parent), lambda: _is_in(desktop, file.parent), "the folder")
    _hover_above_line(desktop)
    desktop.insist(lambda: desktop.key("Return"), lambda: not _seen(desktop), "Return")


def _seen(desktop: Desktop) -> dict:
    return desktop.seen()["browser"]


def _is_in(desktop: Desktop, folder: Path) -> bool:
    return Path(os.path.normpath(_seen(desktop)["folder"])) == folder


def _line(desktop: Desktop) -> tuple[float, float]:
    """A place in the field with the file's name, on the screen."""
    left, bottom, width, height = _seen(desktop)["line"]
    return left + 0.2 * width, SIZE[1] - bottom - height / 2


def _hover_above_line(desktop: Desktop) -> None:
    x, y = _line(desktop)
    desktop.hover(x, y - 80)


def _go_to(desktop: Desktop, folder: Path) -> None:
    _hover_above_line(desktop)
    desktop.key("ctrl+l")
    desktop.fill(str(folder))


def _name(desktop: Desktop, name: str) -> None:
    desktop.click(*_line(desktop))
    desktop.run("sleep", 1)
    desktop.fill(name)
