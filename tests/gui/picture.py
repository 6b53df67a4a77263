"""Take the picture of the window that the documentation shows.

    python -m tests.gui.picture docs/window.png

Does what test_window.py does, waits for the end of the run, and shows the object in the viewport's Material Preview.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.gui.desktop import Desktop
from tests.gui.place import ROOT, way_in

PROMPT = "a red mug"


@contextmanager
def new_desktop() -> Iterator[tuple[Desktop, Path]]:
    """A desktop on which nothing was started yet, and the extension's zip, while the block runs; SystemExit where there
    can be no window."""
    prefix = way_in()
    if isinstance(prefix, str):
        raise SystemExit(prefix)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        subprocess.run([sys.executable, ROOT / "tools" / "build_extension.py", "--output", folder], check=True)
        desktop = Desktop(prefix, folder)
        try:
            yield desktop, next(folder.glob("dreamfusion-*.zip"))
        finally:
            desktop.close()


def main(output: Path) -> None:
    """Save the picture; SystemExit where there can be no window."""
    with new_desktop() as (desktop, package):
        desktop.start(package)
        desktop.clear_scene()
        desktop.generate(PROMPT)
        desktop.wait_for(desktop.ending, "the end of the run", 900)
        desktop.hover(420, 400)
        # From the front, in perspective, the whole object, a little from its right and from above, not too near.
        desktop.key("KP_1", "KP_5", "KP_Decimal", "KP_6", "KP_6", "KP_8", "KP_Subtract")
        desktop.key("z", "2")  # Material Preview
        desktop.run("sleep", 60)  # shaders take long without a graphics card
        desktop.screenshot(output.resolve())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
