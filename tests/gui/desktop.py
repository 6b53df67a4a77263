"""A real Blender window on a virtual screen, with the keyboard and the mouse of a person.

Blender runs where it is installed, or in the Debian folder that prepare.py makes. Nothing reaches into it: what is in
it is known from the screen and from observer.py, which only writes down what it sees.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from engine.run.tail import TailReader

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("blender", "Xvfb", "xdotool", "import")
SIZE = (1280, 1000)

HIDES_PYTHON = sys.base_prefix == "/usr"
"""Whether the Debian folder's own /usr hides the Python that runs this."""

# In a mount namespace of its own, so that the folder's mounts end with the command, however it ends.
ENTER = """
root=$1; shift
while [ "$1" != -- ]; do mkdir -p "$root$1"; mount --rbind "$1" "$root$1"; shift; done
shift
exec chroot "$root" "$@"
"""


def debian(suite: str) -> Path:
    """The folder that prepare.py makes of a suite of Debian's: trixie has Blender 4.3, sid has 5.2."""
    return ROOT / f".blender-{suite}"


def own_blender() -> str | None:
    """The path of this machine's Blender, if it is new enough and there is a virtual screen for it."""
    if not all(shutil.which(tool) for tool in TOOLS):
        return None
    answer = subprocess.run(["blender", "--version"], check=False, capture_output=True, text=True, timeout=120).stdout
    version = re.match(r"Blender (\d+)\.(\d+)", answer)
    return shutil.which("blender") if version and tuple(map(int, version.groups())) >= (4, 2) else None


def way_in(suite: str | None = None) -> list[str] | str:
    """What to put before a command so that it runs where Blender is, in the folder of that suite if one is asked for;
    or, as a string, why there is no such place."""
    if suite is None and own_blender():
        return []
    folder = debian(suite or "trixie")
    if not folder.exists():
        return f"no Blender with a window: `python -m tests.gui.prepare {suite or ''}` makes one, as root on Linux"
    if os.geteuid() != 0:
        return f"only root can enter {folder.name}"
    if HIDES_PYTHON:
        return f"{folder.name} has a /usr of its own, which hides this Python: use one that is elsewhere"
    shared = ["/proc", "/dev", str(ROOT), sys.base_prefix, tempfile.gettempdir()]
    return ["unshare", "--mount", "sh", "-euc", ENTER, "enter", str(folder), *shared, "--"]


class Desktop:
    """One virtual screen with one Blender on it.

    Args:
        way_in: see the function of that name.
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

    def start(self, package: Path, *offline: Path) -> None:
        """Install the extension as a user's Blender has it, an offline folder chosen if there is one, then open the
        screen and the window."""
        self.run("blender", "--background", "--python-exit-code", 1, "--python", Path(__file__).with_name("install.py"),
                 "--", package, *offline)
        self.open_screen()
        with open(self.folder / "blender.log", "wb") as log:
            self._start("blender", "--window-geometry", 0, 0, *SIZE, "--python",
                        Path(__file__).with_name("observer.py"), stdout=log)
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
                picture = self.folder / "in-vain.png"
                self.screenshot(picture)
                raise AssertionError(f"waited in vain for {what}: see {picture}; seen {self.seen()}")
            time.sleep(0.1)

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

    def enter(self, button: str, below: float, text: str, heard: Callable[[], object]) -> None:
        """Type into a field until `heard` holds: as a person would, again where a busy screen has missed it."""
        for last in (False, False, True):
            x, y = self.find(button, below=below)
            self.click(x, y - 8)  # a slow screen tells of a field when the mouse is at its lower edge already
            self.run("sleep", 1)
            self.key("ctrl+a")
            self.type(text)
            self.key("Return")
            try:
                return self.wait_for(heard, f"{button} to be heard", 15)
            except AssertionError:
                if last:
                    raise

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
        x, y = self.find("dream.prompt")
        self.click(x, y)
        self.key("ctrl+a")
        self.type(prompt)
        self.key("Return")
        self.wait_for(lambda: self.seen()["prompt"] == prompt, "the prompt", 20)
        x, y = self.find("dream.generate()", below=y)
        self.click(x, y)
        self.wait_for(self.made, "the new object", 30)
        return y

    def press(self, button: str, below: float, heard: Callable[[], object]) -> None:
        """Click a button until `heard` holds: as a person would, again where a busy screen has missed it."""
        for last in (False, False, True):
            self.click(*self.find(button, below=below))
            try:
                return self.wait_for(heard, f"{button} to be heard", 15)
            except AssertionError:
                if last:
                    raise

    def commands(self) -> list[Path]:
        """The files of what runs have been told."""
        return list((self.folder / "runs").glob("*/commands.jsonl"))

    def made(self) -> dict | None:
        """The object that a run made, as the observer saw it."""
        return next((obj for obj in self.seen()["objects"].values() if obj["run"]), None)

    def last_event(self) -> dict:
        """What the only run's engine said last; nothing before that."""
        events = [event for path in self.folder.glob("runs/*/events.jsonl") for event in TailReader(path).read()]
        return events[-1] if events else {}

    def ending(self) -> str | None:
        """How the only run ended, by its last event; None before that."""
        return self.last_event().get("reason")

    def open_tab(self, name: str) -> None:
        """Show the sidebar with N, then click its tabs from the top until the one of that name is open."""
        self.hover(500, 400)
        self.key("n")
        self.wait_for(lambda: self.sidebar()[2] - self.sidebar()[0] > 50, "the sidebar", 20)
        time.sleep(0.5)  # it slides in
        _, top, right, bottom = self.sidebar()
        for y in range(top + 20, bottom, 20):
            self.click(right - 12, y)
            if self.seen()["tab"] == name:
                return
        raise AssertionError(f"there is no tab {name}: {self.seen()}")

    def find(self, button: str, below: float = 0) -> tuple[float, float]:
        """Where a button of the open tab is, by its Python name, such as "dream.prompt" or "dream.generate()".

        Goes down the sidebar, from the height `below` on, and asks Blender what is under the mouse, with the keys that
        copy a property's path or an operator's call to the clipboard.
        """
        left, top, right, bottom = self.sidebar()
        x = left + 0.6 * (right - left)
        for y in range(round(max(top + 5, below)), bottom, 11):
            self.hover(x, y)
            self.key("ctrl+c" if button.endswith(")") else "ctrl+shift+alt+c")
            if self.seen()["clipboard"].endswith(f".{button}"):
                return x, y + 3
        raise AssertionError(f"there is no button {button} in the sidebar: {self.seen()}")
