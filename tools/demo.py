"""`make demo`: a prompt becomes a live mesh in headless Blender, then is relit, photographed and saved.

Run by the Python of .venv-bpy45, with the prompt in the environment variable PROMPT. Everything goes to demo/:
result.blend, result.glb, turntable.gif, sheet.png; frames/ and runs/ keep what they were made from.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "demo"
FRAMES = DEMO / "frames"
ENGINE = ROOT / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

# Blender reads these when bpy is imported and the extension when it is asked: nothing of the user's own is touched.
os.environ["BLENDER_USER_RESOURCES"] = str(DEMO / "blender")
os.environ["DREAMFUSION_RUNS"] = str(DEMO / "runs")
os.environ["DREAMFUSION_ENGINE_PYTHON"] = str(ENGINE)

import bpy
import studio
from watcher import LiveMesh, Watcher

PROGRESS_PICTURES = 6
VIEWS = (("front", 0), ("right front", 40), ("right", 90), ("back", 180), ("left", 270))
TURNTABLE_FRAMES = 24


def say(words: str) -> None:
    """Print a line at once, also where standard output is no terminal."""
    print(words, flush=True)


def quieten_blender() -> None:
    """Send what Blender itself prints to demo/blender.log; Python's prints still reach the terminal."""
    sys.stdout = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    with open(DEMO / "blender.log", "wb") as log:
        os.dup2(log.fileno(), 1)


def install() -> None:
    """Install the extension from its zip and open an empty scene."""
    package = max((ROOT / "dist").glob("dreamfusion-*.zip"), key=lambda path: path.stat().st_mtime)
    say(f"== installing {package.name} in Blender {bpy.app.version_string}")
    bpy.ops.extensions.package_install_files(filepath=str(package), repo="user_default", enable_on_install=True)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)


def generate(prompt: str) -> Watcher:
    """Do what the Generate button does and wait for the run's end. Raises RuntimeError with the reason."""
    say(f"== generating “{prompt}”")
    bpy.context.scene.dream.prompt = prompt
    watcher = Watcher()
    bpy.app.handlers.depsgraph_update_post.append(watcher.look)
    try:
        bpy.ops.dream.generate(wait=True)
    finally:
        bpy.app.handlers.depsgraph_update_post.remove(watcher.look)
    watcher.look(bpy.context.scene)
    return watcher


def photograph(made: bpy.types.Object, watcher: Watcher) -> dict:
    """Render progress, final views lit from two sides, and the turntable; the sheet's layout for tools/pictures.py."""
    studio.build()
    studio.use_cycles()
    rows = [{"label": "While it grew", "pictures": progress_pictures(made, watcher.seen)}]
    studio.stand_round(made)
    for side in ("left", "right"):
        say(f"== rendering final views, lit from the {side}")
        studio.light_from(side)
        pictures = [
            (str(studio.photograph(azimuth, 300, 16, FRAMES / f"{side}-{azimuth:03d}.png")), name)
            for name, azimuth in VIEWS
        ]
        rows.append({"label": f"Lit from the {side}", "pictures": pictures})
    studio.light_from("left")
    return {"rows": rows}


def progress_pictures(made: bpy.types.Object, seen: list[LiveMesh]) -> list[tuple[str, str]]:
    """One picture each of the first, the last and some live meshes in between."""
    say(f"== rendering the live meshes ({len(seen)} updates)")
    count = min(PROGRESS_PICTURES, len(seen))
    chosen = [seen[round(number * (len(seen) - 1) / max(1, count - 1))] for number in range(count)]
    texture = next(node for node in made.active_material.node_tree.nodes if node.type == "TEX_IMAGE")
    final, pictures = (made.data, texture.image), []
    for live in chosen:
        made.data, texture.image = live.mesh, live.albedo
        studio.stand_round(made)
        path = studio.photograph(40, 200, 8, FRAMES / f"step-{live.step:06d}.png")
        pictures.append((str(path), f"step {live.step:,} · {live.seconds:.0f} s"))
    made.data, texture.image = final
    return pictures


def turn() -> list[Path]:
    """Render the turntable's frames."""
    say(f"== rendering the turntable ({TURNTABLE_FRAMES} frames)")
    return [
        studio.photograph(number * 360 / TURNTABLE_FRAMES, 240, 8, FRAMES / f"turn-{number:02d}.png")
        for number in range(TURNTABLE_FRAMES)
    ]


def save(made: bpy.types.Object) -> None:
    """Save the .blend (textures packed, live copies dropped) and the mesh as the engine exports it."""
    made.select_set(True)
    bpy.context.view_layer.objects.active = made
    bpy.ops.dream.export(filepath=str(DEMO / "result.glb"), format="glb")
    bpy.ops.outliner.orphans_purge(do_recursive=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(DEMO / "result.blend"), compress=True)


def put_together(*arguments: object) -> None:
    """Let Pillow, which Blender does not have, make one picture of many."""
    subprocess.run([ENGINE, ROOT / "tools" / "pictures.py", *arguments], check=True)


def last_event(made: bpy.types.Object) -> dict:
    """The last thing that the engine wrote about the object's run."""
    lines = (DEMO / "runs" / made.dream.run_id / "events.jsonl").read_text(encoding="utf-8").splitlines()
    return json.loads(lines[-1])


def main() -> None:
    """The whole demo; SystemExit with one sentence if there is no mesh to show."""
    prompt = os.environ.get("PROMPT", "a red mug")
    FRAMES.mkdir(parents=True, exist_ok=True)
    quieten_blender()
    install()
    try:
        watcher = generate(prompt)
    except RuntimeError as error:
        raise SystemExit(f"There is no mesh: {error}") from error
    made, seen = bpy.context.object, watcher.seen
    if not seen:
        raise SystemExit("There is no mesh: the run found no surface. Try another prompt or seed.")
    done = last_event(made)
    if seen[-1].step < done["step"]:
        say(f"The run ended without a surface at step {done['step']:,}: this mesh is from step {seen[-1].step:,}.")
    figures = {
        "first mesh in the scene": f"{seen[0].seconds:.1f} s",
        "last mesh in the scene": f"{seen[-1].seconds:.1f} s",
        "live updates": f"{len(seen)}",
        "engine's peak memory": f"{done['peak_memory']['process'] / 1e9:.2f} GB",
        "mesh": f"{len(made.data.polygons):,} triangles, texture {made.dream.image.size[0]} px",
    }
    layout = photograph(made, watcher)
    layout["title"] = f"“{made.dream.prompt}”"
    layout["subtitle"] = " · ".join(f"{name} {value}" for name, value in figures.items())
    (FRAMES / "sheet.json").write_text(json.dumps(layout), encoding="utf-8")
    put_together("sheet", FRAMES / "sheet.json", DEMO / "sheet.png")
    put_together("turntable", DEMO / "turntable.gif", *turn())
    save(made)
    say(f"\n“{made.dream.prompt}”")
    for name, value in figures.items():
        say(f"  {name:<24} {value}")
    say("  in demo/                 result.blend, result.glb, turntable.gif, sheet.png")


if __name__ == "__main__":
    main()
