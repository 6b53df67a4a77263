"""In a real window, by mouse and keyboard: an artist moves the surface while a mug is being made.

Its picture is that of docs/manual.md: --pictures FOLDER keeps it.
"""

from __future__ import annotations

import json

import pytest

from tests.gui.desktop import Desktop

pytestmark = [pytest.mark.gui, pytest.mark.slow, pytest.mark.in_full]


@pytest.fixture
def picture(desktop, request):
    """Take a picture of that name, into the folder that was asked for."""
    folder = request.config.getoption("--pictures") or desktop.folder
    return lambda name: desktop.screenshot(folder.resolve() / f"{name}.png")


def told(desktop: Desktop, command: str) -> list[dict]:
    """What the only run's engine was told by that name."""
    lines = [line for path in desktop.commands() for line in path.read_text(encoding="utf-8").splitlines()]
    return [found for found in map(json.loads, lines) if found["command"] == command]


def test_the_surface_follows_the_slider(desktop, package, picture):
    desktop.start(package)
    desktop.clear_scene()
    button = desktop.generate("a red mug")
    desktop.wait_for(lambda: desktop.made()["vertices"], "the first mesh", 120)

    desktop.enter("dream.surface", button + 200, "-0.5", lambda: told(desktop, "threshold"))
    assert told(desktop, "threshold")[-1]["value"] > 0
    desktop.wait_for(lambda: desktop.made()["step"] > 200, "a mesh that is more than a lump", 120)
    picture("manual-sidebar")

    desktop.wait_for(lambda: desktop.ending() == "finished", "the end", 600)
    desktop.wait_for(lambda: desktop.made()["step"] == desktop.last_event()["step"], "the last mesh", 60)
