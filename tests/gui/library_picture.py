"""Take the picture of Blender's asset browser that the documentation shows.

    python -m tests.gui.library_picture docs/asset-library.png

Makes drafts of some prompts, has the window do what the button Make Asset Library does, and turns the viewport into an
asset browser; the documentation shows the upper part.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.gui.picture import new_desktop
from tests.gui.place import ROOT

PROMPTS = (
    "a red mug", "a yellow duck", "a blue car", "a green cactus", "a brown chair", "a teal teapot",
    "a white rocket with a red nose", "an orange cat",
)

PRESS = """
import bpy

def press():
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
        bpy.ops.dream.library("INVOKE_DEFAULT")

bpy.app.timers.register(press, first_interval=5)
"""
"""A script for Blender: the button itself is in a panel that is closed at first."""


def main(output: Path) -> None:
    """Save the picture; SystemExit where there can be no window."""
    with new_desktop() as (desktop, package):
        folder = desktop.folder
        (folder / "prompts.txt").write_text("\n".join(PROMPTS), encoding="utf-8")
        batch = (sys.executable, "-m", "engine", "batch", folder / "prompts.txt", "--output", folder / "runs")
        subprocess.run([*batch, "--preset", "draft"], cwd=ROOT, check=True)
        (folder / "press.py").write_text(PRESS, encoding="utf-8")
        desktop.start(package, script=folder / "press.py")
        desktop.clear_scene()
        desktop.wait_for(lambda: (folder / "assets" / "blender_assets.cats.txt").exists(), "the library", 300)
        desktop.run("sleep", 20)
        desktop.hover(400, 400)
        desktop.key("shift+F1", "shift+F1")
        desktop.run("sleep", 20)  # previews are read
        desktop.screenshot(output.resolve())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
