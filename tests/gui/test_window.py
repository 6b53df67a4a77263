"""In a real window: type a prompt, press Generate, watch the object change."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.gui, pytest.mark.slow]


def test_typing_a_prompt_and_pressing_generate_makes_an_object_that_changes(desktop, package):
    desktop.start(package, steps=9_000)  # so that a fast computer is not done before Stop is found
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
