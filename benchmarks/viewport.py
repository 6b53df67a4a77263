"""The frame rate of a Blender viewport that is orbited, with a run beside it and without: python benchmarks/viewport.py

Needs Linux and a Blender with a window (`python -m tests.gui.prepare` makes one). The viewport is drawn by the processor
in a virtual screen, so that the run and the drawing want the same cores. They take turns; the baseline of the same run
is the viewport alone. The same file, started inside Blender, orbits the view and writes the frames per second down.
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

    output = Path(sys.argv[-1])
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    region = next(region for region in area.regions if region.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        bpy.ops.mesh.primitive_monkey_add()
        for _ in range(4):
            bpy.ops.object.modifier_add(type="SUBSURF")
        began, frames = time.perf_counter(), 0
        while time.perf_counter() - began < SECONDS:
            bpy.ops.view3d.view_orbit(angle=0.05, type="ORBITLEFT")
            bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=1)
            frames += 1
    output.write_text(str(frames / SECONDS), encoding="utf-8")
    bpy.ops.wm.quit_blender()


def frame_rate(folder: Path) -> float:
    """Of one Blender in a screen of its own."""
    from tests.gui.desktop import SIZE, Desktop, way_in

    desktop, output = Desktop(way_in(), folder), folder / "rate.txt"
    output.unlink(missing_ok=True)
    screen = desktop._start("Xvfb", "-displayfd", 1, "-screen", 0, f"{SIZE[0]}x{SIZE[1]}x24", stdout=subprocess.PIPE)
    line = screen.stdout.readline()
    while not line.strip().isdigit():
        line = screen.stdout.readline()
    desktop.environment["DISPLAY"] = f":{int(line)}"
    try:
        code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import bpy, viewport;" \
               "bpy.app.timers.register(viewport.orbit, first_interval=3.0)"
        desktop.run("blender", "--factory-startup", "--window-geometry", 0, 0, *SIZE, "--python-expr", code, "--", output)
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
