"""Take the picture of Blender's asset browser that the documentation shows.

    python -m tests.gui.library_picture docs/asset-library.png

Makes drafts of some prompts, has the window do what the button Make Asset Library does, and turns the viewport into an
asset browser; the documentation shows the upper part.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.gui.desktop import Desktop
from tests.gui.place import ROOT, way_in

PROMPTS = (
    "a red mug", "a yellow duck", "a blue car", "a green cactus", "a brown chair", "a teal teapot", "a white rocket with a red nose",
    "an orange cat",
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
    prefix = way_in()
    if isinstance(prefix, str):
        raise SystemExit(prefix)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "prompts.txt").write_text("\n".join(PROMPTS), encoding="utf-8")
        batch = (sys.executable, "-m", "engine", "batch", folder / "prompts.txt", "--output", folder / "runs", "--preset", "draft")
        subprocess.run(batch, cwd=ROOT, check=True)
        subprocess.run([sys.executable, ROOT / "tools" / "build_extension.py", "--output", folder], check=True)
        desktop = Desktop(prefix, folder)
        try:
            (folder / "press.py").write_text(PRESS, encoding="utf-8")
            desktop.start(next(folder.glob("dreamfusion-*.zip")), script=folder / "press.py")
            desktop.clear_scene()
            desktop.wait_for(lambda: (folder / "assets" / "blender_assets.cats.txt").exists(), "the library", 300)
            desktop.run("sleep", 20)
            desktop.hover(400, 400)
            desktop.key("shift+F1", "shift+F1")
            desktop.run("sleep", 20)  # previews are read
            desktop.screenshot(output.resolve())
        finally:
            desktop.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
