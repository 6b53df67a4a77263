"""In a real window, by mouse and keyboard: an artist's way from a prompt to a file, through the whole sidebar.

The tests are one way, in their order. They look into pictures of the screen, which --pictures FOLDER keeps;
manual-sidebar and variations (cut out) are those of docs/manual.md.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from tests.gui import file_browser, screen
from tests.gui.desktop import Desktop

pytestmark = [pytest.mark.gui, pytest.mark.slow, pytest.mark.in_full]

PROMPT = "a red mug"

BELOW_PICTURE = 240
"""How far below Generate the buttons of a run that goes on begin, under its picture: a search from the top down would
end after the run."""


class Tour:
    """What one test leaves to the next, and what all of them see."""

    def __init__(self, desktop: Desktop, pictures: Path):
        self.desktop, self.pictures = desktop, pictures
        self.button = 0.0
        """How far down the screen Generate is."""
        self.began = time.monotonic()

    def told_seconds(self, what: str) -> None:
        """Print how long something took since the last time, for the reader of a log."""
        now = time.monotonic()
        print(f"{what}: {now - self.began:.0f} s")
        self.began = now

    def see(self, name: str) -> np.ndarray:
        """Take a picture of that name, in which nothing may tell of an error; the viewport left of the sidebar."""
        path = self.pictures / f"{name}.png"
        self.desktop.settle()
        self.desktop.screenshot(path)
        assert not screen.tells_of_error(path), f"{path} tells of an error"
        return screen.read(path, self.box())

    def box(self) -> screen.Box:
        """The viewport on the screen, without its toolbar, the sidebar and what stands at its edges."""
        left, _, _, bottom = self.desktop.sidebar()
        return 60, 300, left - 50, bottom - 60

    def see_at_last(self, name: str, condition, what: str, seconds: float) -> None:
        """Take pictures of that name until one is as the condition wants it."""
        self.desktop.wait_for(lambda: condition(self.see(name)), what, seconds)


@pytest.fixture(scope="module")
def tour(desktop, package, request) -> Tour:
    """Blender with nothing but a camera and a light, and the tab Dream open."""
    pictures = (request.config.getoption("--pictures") or desktop.folder).resolve()
    pictures.mkdir(parents=True, exist_ok=True)
    desktop.start(package)
    desktop.clear_scene()
    desktop.open_tab("Dream")
    return Tour(desktop, pictures)


def told(desktop: Desktop, command: str) -> list[dict]:
    """What the only run's engine was told by that name."""
    lines = [line for path in desktop.commands() for line in path.read_text(encoding="utf-8").splitlines()]
    return [found for found in map(json.loads, lines) if found["command"] == command]


def drafts(desktop: Desktop) -> dict[str, dict]:
    """What the observer sees of the variations."""
    return {name: obj for name, obj in desktop.seen()["objects"].items() if name[0].isdigit()}


def chosen(desktop: Desktop) -> list[str]:
    """The names of the objects that are selected."""
    return [name for name, obj in desktop.seen()["objects"].items() if obj["chosen"]]


def test_a_mug_is_made_while_the_surface_follows_the_slider(tour):
    desktop = tour.desktop
    tour.button = desktop.generate(PROMPT)
    tour.told_seconds("the prompt and Generate")
    desktop.wait_for(lambda: desktop.made()["vertices"], "the first mesh", 120)
    tour.told_seconds("the first mesh")
    first = desktop.made()["shape"]

    desktop.enter("dream.surface", tour.button + 200, "-0.5", lambda: told(desktop, "threshold"))
    assert told(desktop, "threshold")[-1]["value"] > 0
    desktop.wait_for(lambda: desktop.made()["step"] > 200, "a mesh that is more than a lump", 240)
    tour.see("manual-sidebar")
    assert desktop.made()["shape"] != first

    desktop.wait_for(lambda: desktop.ending() == "finished", "the end", 600)
    desktop.wait_for(lambda: desktop.made()["step"] == desktop.last_event()["step"], "the last mesh", 60)
    tour.told_seconds("the surface, and the rest of the run")
    assert len(screen.red_things(tour.see("finished"))) == 1


def test_it_is_lit_and_rendered_and_that_is_undone(tour):
    desktop = tour.desktop
    before = tour.see("before-light")
    desktop.press("dream.light()", tour.button, lambda: desktop.seen()["camera"] == "Dream Camera")
    assert len(desktop.seen()["lights"]) == 4
    assert screen.change(before, tour.see("lit")) > 0.3  # the floor
    desktop.hover(400, 400)
    desktop.key("KP_0")  # what the camera sees
    tour.see_at_last("camera", lambda seen: screen.red(seen).mean() > 0.05, "the mug, large, in the camera's view", 60)
    tour.told_seconds("Light It")

    solid = tour.see("camera")
    desktop.key("z", "8")
    desktop.wait_for(lambda: desktop.seen()["shading"] == "RENDERED", "the rendered viewport", 30)
    tour.see_at_last(
        "rendered",
        lambda seen: screen.red(seen).mean() > 0.04 and screen.brightness(seen) > screen.brightness(solid) + 0.15,
        "a red mug in the light, rendered", 240,
    )
    tour.told_seconds("the rendered viewport")

    desktop.key("z", "6")
    desktop.wait_for(lambda: desktop.seen()["shading"] == "SOLID", "the solid viewport", 60)
    desktop.key("ctrl+z")
    desktop.wait_for(lambda: desktop.seen()["camera"] == "Camera", "the light to be undone", 30)
    assert len(desktop.seen()["lights"]) == 1
    assert desktop.made()["vertices"]
    tour.told_seconds("undo")


def test_four_variations_are_made_and_one_is_kept(tour):
    desktop = tour.desktop
    desktop.hover(400, 400)
    desktop.key("h")  # the first mug stands where the second and third will meet
    desktop.key("KP_1")
    desktop.press("dream.variations()", tour.button, lambda: len(drafts(desktop)) == 4)
    runs = {name: obj["run"] for name, obj in drafts(desktop).items()}
    desktop.wait_for(lambda: drafts(desktop)["1 a red mug"]["vertices"], "the first draft's first mesh", 180)
    tour.told_seconds("Variations, until the first mesh")
    desktop.wait_for(lambda: all(desktop.ending(run) == "finished" for run in runs.values()), "four drafts", 1500)
    desktop.wait_for(lambda: all(obj["step"] == 400 for obj in drafts(desktop).values()), "their last meshes", 60)
    tour.told_seconds("the four drafts")

    desktop.hover(400, 400)
    desktop.key("Home")
    desktop.run("sleep", 1)  # the view glides there
    things = screen.red_things(tour.see("four"))
    assert len(things) == 4
    assert max(y for _, y in things) - min(y for _, y in things) < 20

    left, top, _, _ = tour.box()
    desktop.click(left + things[2][0], top + things[2][1])
    desktop.wait_for(lambda: chosen(desktop) == ["3 a red mug"], "the third to be selected", 30)
    tour.see("variations")
    desktop.press("dream.keep()", tour.button + 40, lambda: list(drafts(desktop)) == ["3 a red mug"])
    run = runs["3 a red mug"]
    desktop.wait_for(lambda: drafts(desktop)["3 a red mug"]["step"] > 400, "the kept one to go on", 180)
    tour.told_seconds("Keep, until its next mesh")
    assert len(screen.red_things(tour.see("kept"))) == 1
    desktop.press("dream.stop()", tour.button + BELOW_PICTURE, lambda: desktop.ending(run) == "stopped")
    desktop.wait_for(
        lambda: drafts(desktop)["3 a red mug"]["step"] == desktop.last_event(run)["step"], "the last mesh", 60
    )
    tour.told_seconds("Stop")


def test_it_is_exported_through_the_file_browser(tour):
    desktop, file = tour.desktop, tour.desktop.folder / "mug.glb"
    desktop.press("dream.export()", tour.button + 40, lambda: desktop.seen()["browser"])
    file_browser.choose(desktop, file)
    desktop.wait_for(lambda: file.exists() and file.stat().st_size > 100_000, "the exported file", 120)
    assert file.read_bytes()[:4] == b"glTF"
    tour.see("exported")
    tour.told_seconds("Export")


def test_the_file_is_saved_and_opened_and_its_run_goes_on(tour):
    desktop, file = tour.desktop, tour.desktop.folder / "mugs.blend"
    name, kept = next(iter(drafts(desktop).items()))
    desktop.hover(400, 400)
    desktop.key("ctrl+s")
    file_browser.choose(desktop, file)
    desktop.wait_for(lambda: desktop.seen()["file"] == str(file) and file.exists(), "the file to be saved", 60)
    tour.told_seconds("saving")

    opened = desktop.seen()["opened"]
    desktop.hover(400, 400)
    desktop.key("ctrl+o")
    file_browser.choose(desktop, file)
    desktop.wait_for(lambda: desktop.seen()["opened"] > opened, "the file to be opened", 60)
    assert drafts(desktop) == {name: kept}
    assert len(desktop.seen()["objects"]) == 2
    assert desktop.seen()["runs"] == {}
    assert len(screen.red_things(tour.see("opened"))) == 1
    tour.told_seconds("opening")

    desktop.press("dream.resume()", tour.button, lambda: kept["run"] in desktop.seen()["runs"])
    desktop.wait_for(lambda: drafts(desktop)[name]["step"] > kept["step"], "the run to go on", 180)
    tour.see("resumed")
    tour.told_seconds("Resume, until its next mesh")
    desktop.press("dream.stop()", tour.button + BELOW_PICTURE, lambda: desktop.ending(kept["run"]) == "stopped")
    desktop.wait_for(lambda: desktop.seen()["runs"][kept["run"]][0] == "stopped", "the run to stop", 60)
    assert not desktop.seen()["runs"][kept["run"]][2]
