"""A real Blender window on a virtual screen, with the keyboard and the mouse of a person.

Nothing reaches into Blender: what is in it is known from the screen and from observer.py, which only writes down what
it sees.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from engine.run.tail import TailReader

SIZE = (1280, 1000)

ACROSS = (0.6, 0.3)
"""Where in the sidebar's width an operator's button is looked for: two may stand side by side. A property's field is at
the first of these; its name may be at the other."""


class Desktop:
    """One virtual screen with one Blender on it.

    Args:
        way_in: what place.way_in says.
        folder: where Blender's user folder, the runs, what the observer writes and the pictures go.
    """

    def __init__(self, way_in: list[str], folder: Path):
        self.way_in, self.folder = way_in, folder
        self.environment = os.environ | {
            "BLENDER_USER_RESOURCES": str(folder / "blender"),
            "DREAMFUSION_RUNS": str(folder / "runs"),
            "DREAMFUSION_ENGINE_PYTHON": sys.executable,
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "OBSERVED": str(folder / "observed.json"),
        }
        self.processes: list[subprocess.Popen] = []

    def _start(self, *command: object, stdout: object) -> subprocess.Popen:
        process = subprocess.Popen(
            [*self.way_in, *map(str, command)], stdout=stdout, stderr=subprocess.STDOUT, env=self.environment
        )
        self.processes.append(process)
        return process

    def run(self, *command: object) -> None:
        """Run a command to its end where Blender is."""
        subprocess.run([*self.way_in, *map(str, command)], check=True, env=self.environment, timeout=120)

    def start(self, package: Path, *offline: Path, steps: int = 0, script: Path | None = None) -> None:
        """Install the extension as a user's Blender has it, an offline folder chosen if there is one, then open the
        screen and the window; `steps` is what the scene asks for, 0 for the preset's; a `script` runs there."""
        self.run("blender", "--background", "--python-exit-code", 1, "--python", Path(__file__).with_name("install.py"),
                 "--", package, *offline)
        self.open_screen()
        with open(self.folder / "blender.log", "wb") as log:
            self._start("blender", "--window-geometry", 0, 0, *SIZE, "--python-expr",
                        f"import bpy; bpy.context.scene.dream.steps = {steps}", "--python",
                        Path(__file__).with_name("observer.py"), *(("--python", script) if script else ()), stdout=log)
        self.wait_for(lambda: self.seen().get("sidebar"), "Blender's window", 120)
        time.sleep(2)  # the first drawing of a window takes a while without a graphics card

    def open_screen(self) -> None:
        """Start the virtual screen that what is started later appears on."""
        screen = self._start("Xvfb", "-displayfd", 1, "-screen", 0, f"{SIZE[0]}x{SIZE[1]}x24", stdout=subprocess.PIPE)
        line = screen.stdout.readline()
        while not line.strip().isdigit():  # what Xvfb complains of comes on the same pipe
            assert line, "Xvfb did not start"
            line = screen.stdout.readline()
        self.environment["DISPLAY"] = f":{int(line)}"

    def log(self) -> str:
        """What Blender printed."""
        return (self.folder / "blender.log").read_text(encoding="utf-8", errors="replace")

    def close(self) -> None:
        """End what was started, the window first."""
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    def seen(self) -> dict:
        """What the observer wrote down last."""
        path = self.folder / "observed.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def wait_for(self, condition: Callable[[], object], what: str, seconds: float) -> None:
        """Wait until the condition holds; AssertionError that says what did not come, with a picture."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise self.in_vain(f"waited in vain for {what}")
            time.sleep(0.1)

    def in_vain(self, what: str) -> AssertionError:
        """What to raise where something did not come, with a picture."""
        picture = self.folder / "in-vain.png"
        self.screenshot(picture)
        return AssertionError(f"{what}: see {picture}; seen {self.seen()}")

    def settle(self) -> None:
        """Wait until Blender has come round to what it was told."""
        looks = self.seen()["looks"]
        self.wait_for(lambda: self.seen()["looks"] > looks + 1, "Blender to come round", 60)

    def screenshot(self, path: Path) -> None:
        """Save a picture of the whole screen."""
        self.run("import", "-window", "root", path)

    def hover(self, x: float, y: float) -> None:
        """Move the mouse; (0, 0) is the top left."""
        self.run("xdotool", "mousemove", round(x), round(y), "sleep", "0.15")

    def click(self, x: float, y: float) -> None:
        """Press the left button there, for as long as a slow screen needs to notice."""
        self.hover(x, y)
        self.run("xdotool", "mousedown", 1, "sleep", "0.1", "mouseup", 1, "sleep", "0.3")

    def insist(self, act: Callable[[], object], heard: Callable[[], object], what: str) -> None:
        """Do something until `heard` holds: as a person would, again where a busy screen has missed it."""
        for last in (False, False, True):
            act()
            try:
                return self.wait_for(heard, f"{what} to be heard", 15)
            except AssertionError:
                if last:
                    raise

    def enter(self, button: str, below: float, text: str, heard: Callable[[], object]) -> None:
        """Type into a field until `heard` holds."""

        def act() -> None:
            self.click(*self.find(button, below=below))
            self.run("sleep", 1)
            self.fill(text)

        self.insist(act, heard, button)

    def fill(self, text: str) -> None:
        """Type into the field that is open, in place of what is there."""
        self.key("ctrl+a")
        self.type(text)
        self.key("Return")

    def key(self, *keys: str) -> None:
        """Press keys, by xdotool's names, one after another."""
        self.run("xdotool", "key", "--delay", 80, *keys, "sleep", "0.3")

    def type(self, text: str) -> None:
        """Type on the keyboard."""
        self.run("xdotool", "type", "--delay", 60, "--", text)

    def sidebar(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of the viewport's sidebar on the screen."""
        x, y, width, height = self.seen()["sidebar"]
        return x, SIZE[1] - y - height, x + width, SIZE[1] - y

    def clear_scene(self) -> None:
        """Close the splash screen and delete what is selected: the cube that Blender starts with."""
        self.hover(500, 400)
        self.key("Escape")
        self.key("Delete")
        self.wait_for(lambda: not self.seen()["objects"], "the cube to go", 20)

    def generate(self, prompt: str) -> float:
        """Type the prompt into the tab Dream and press Generate; how far down the screen the button is."""
        self.open_tab("Dream")
        self.enter("dream.prompt", 0, prompt, lambda: self.seen()["prompt"] == prompt)
        x, y = self.find("dream.generate()")
        self.click(x, y)
        self.wait_for(self.made, "the new object", 30)
        return y

    def press(self, button: str, below: float, heard: Callable[[], object]) -> None:
        """Click a button until `heard` holds."""
        self.insist(lambda: self.click(*self.find(button, below=below)), heard, button)

    def commands(self) -> list[Path]:
        """The files of what runs have been told."""
        return list((self.folder / "runs").glob("*/commands.jsonl"))

    def made(self) -> dict | None:
        """The object that a run made, as the observer saw it."""
        return next((obj for obj in self.seen()["objects"].values() if obj["run"]), None)

    def last_event(self, run: str = "*") -> dict:
        """What the engine of the run in that folder, or of the only one, said last; nothing before that."""
        events = [event for path in self.folder.glob(f"runs/{run}/events.jsonl") for event in TailReader(path).read()]
        return events[-1] if events else {}

    def ending(self, run: str = "*") -> str | None:
        """How that run, or the only one, ended, by its last event; None before that."""
        return self.last_event(run).get("reason")

    def open_tab(self, name: str) -> None:
        """Show the sidebar with N if it is hidden, then click its tabs from the top until the one of that name is
        open."""
        if not self.is_sidebar_open():
            self.hover(500, 400)
            self.key("n")
            self.wait_for(self.is_sidebar_open, "the sidebar", 20)
            time.sleep(0.5)  # it slides in
        _, top, right, bottom = self.sidebar()
        for y in range(top + 20, bottom, 20):
            if self.seen()["tab"] == name:
                return
            self.click(right - 12, y)
        raise self.in_vain(f"there is no tab {name}")

    def is_sidebar_open(self) -> bool:
        """Whether the sidebar is shown."""
        left, _, right, _ = self.sidebar()
        return right - left > 50

    def find(self, button: str, below: float = 0) -> tuple[float, float]:
        """Where a button of the open tab is, by its Python name, such as "dream.prompt" or "dream.generate()".

        Goes down the sidebar, from the height `below` on, and asks Blender what is under the mouse, with the keys that
        copy a property's path or an operator's call, with its arguments, to the clipboard.
        """
        left, top, right, bottom = self.sidebar()
        if self._is_copied(button):  # from the last time
            self._copy_a_word()
        is_operator = button.endswith(")")
        keys, across = ("ctrl+c", ACROSS) if is_operator else ("ctrl+shift+alt+c", ACROSS[:1])
        for y in range(round(max(top + 5, below)), bottom, 11):
            for x in (left + share * (right - left) for share in across):
                self.run("xdotool", "mousemove", round(x), y, "sleep", "0.1", "key", "--delay", 80, keys)
                self.settle()
                if self._is_copied(button):
                    return x, y + 3
        raise self.in_vain(f"there is no button {button} in the sidebar")

    def _is_copied(self, button: str) -> bool:
        clipboard = self.seen()["clipboard"]
        return f".{button[:-1]}" in clipboard if button.endswith(")") else clipboard.endswith(f".{button}")

    def _copy_a_word(self) -> None:
        """Have something else in the clipboard, by way of Blender's search."""
        self.hover(500, 400)
        self.key("F3")
        self.type("word")
        self.key("ctrl+a", "ctrl+c", "Escape")
        self.wait_for(lambda: self.seen()["clipboard"] == "word", "a word in the clipboard", 20)
