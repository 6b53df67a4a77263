"""In a real window: type a prompt, press Generate, watch the object change."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.gui.desktop import ROOT, Desktop, way_in

pytestmark = [pytest.mark.gui, pytest.mark.slow]


@pytest.fixture(scope="module")
def desktop(tmp_path_factory):
    """A Blender with the extension, closed at the end."""
    prefix = way_in()
    if isinstance(prefix, str):
        pytest.skip(prefix)
    folder = tmp_path_factory.mktemp("window")
    subprocess.run([sys.executable, ROOT / "tools" / "build_extension.py", "--output", folder], check=True)
    desktop = Desktop(prefix, folder)
    try:
        desktop.start(next(folder.glob("dreamfusion-*.zip")))
        yield desktop
    finally:
        desktop.close()


def test_typing_a_prompt_and_pressing_generate_makes_an_object_that_changes(desktop):
    desktop.clear_scene()
    button = desktop.generate("a red mug")
    shapes = set()

    def changed_twice():
        made = desktop.made()
        if made["vertices"]:
            shapes.add(made["shape"])
        return len(shapes) >= 3  # the first mesh, then two others in its place

    desktop.wait_for(changed_twice, "the object to change twice", 300)
    desktop.screenshot(desktop.folder / "window.png")
    desktop.press("dream.stop()", button + 40, desktop.commands)
    desktop.wait_for(lambda: desktop.ending() == "stopped", "the run to stop", 60)
    desktop.wait_for(lambda: desktop.made()["step"] == desktop.last_event()["step"], "the last mesh", 30)
    desktop.find("dream.export()", below=button + 40)  # there since the engine left, when the undo step is pushed

    last = desktop.made()["shape"]
    desktop.hover(500, 400)
    desktop.key("ctrl+z")
    desktop.wait_for(lambda: not desktop.made() or desktop.made()["shape"] != last, "the mesh to be undone", 20)
    desktop.key("ctrl+shift+z")
    desktop.wait_for(lambda: desktop.made() and desktop.made()["shape"] == last, "the mesh to be redone", 20)
    desktop.key("ctrl+z")
    desktop.wait_for(lambda: desktop.made()["shape"] != last, "the mesh to be undone again", 20)
    desktop.click(*desktop.find("dream.show()", below=button + 40))
    desktop.wait_for(lambda: desktop.made()["shape"] == last, "the mesh to be brought back", 20)
    assert "Traceback" not in (desktop.folder / "blender.log").read_text(encoding="utf-8", errors="replace")
