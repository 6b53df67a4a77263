"""The frame rate of a Blender viewport that is orbited, with a run beside it and without: python benchmarks/viewport.py

Needs Linux and a Blender with a window (`python -m tests.gui.prepare` makes one). The viewport is drawn by the
processor in a virtual screen, so that the run and the drawing want the same cores. They take turns; the baseline of the
same run is the viewport alone. The same file, started inside Blender, orbits the view and writes the frames per second
down.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SECONDS = 8.0
"""Of orbiting, for each figure."""
REPEATS = 3


def orbit() -> None:
    """Inside Blender: turn the view as fast as it is drawn, write down the frames per second, quit."""
    import bpy
    from mathutils import Quaternion

    output = Path(sys.argv[-1])
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    view, turn = area.spaces.active.region_3d, Quaternion((0, 0, 1), 0.05)
    bpy.ops.mesh.primitive_monkey_add()
    began, frames = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        view.view_rotation = turn @ view.view_rotation
        with bpy.context.temp_override(window=window):
            bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=1)
        frames += 1
    output.write_text(str(frames / SECONDS), encoding="utf-8")
    bpy.ops.wm.quit_blender()


def frame_rate(folder: Path) -> float:
    """Of one Blender in a screen of its own."""
    from tests.gui.desktop import SIZE, Desktop
    from tests.gui.place import way_in

    desktop, output = Desktop(way_in(), folder), folder / "rate.txt"
    output.unlink(missing_ok=True)
    try:
        desktop.open_screen()
        code = (
            f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import bpy, viewport;"
            "bpy.app.timers.register(viewport.orbit, first_interval=3.0)"
        )
        window = ["--factory-startup", "--window-geometry", 0, 0, *SIZE]
        desktop.run("blender", *window, "--python-expr", code, "--", output)
    finally:
        desktop.close()
    return float(output.read_text(encoding="utf-8"))


def main() -> None:
    """Measure and print."""
    root = Path(__file__).resolve().parents[1]
    sys.path.insert(0, str(root))
    alone, beside = [], []
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            alone.append(frame_rate(folder))
            run = subprocess.Popen(
                [sys.executable, "-m", "engine", "generate", "a red mug", "--output", str(folder / "run")],
                cwd=root, stdout=subprocess.DEVNULL,
            )
            try:
                beside.append(frame_rate(folder))
            finally:
                run.terminate()
                run.wait()
    rates = statistics.median(alone), statistics.median(beside)
    print(f"frames per second: alone {rates[0]:.1f}, beside a run {rates[1]:.1f}: {rates[1] / rates[0]:.2f} of it")


if __name__ == "__main__":
    main()
