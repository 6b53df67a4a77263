"""Started with the Blender under test: writes down, ten times a second, what is in it. It changes nothing."""

import json
import os
import sys
import zlib
from pathlib import Path

import bpy
import numpy as np

OUTPUT = Path(os.environ["OBSERVED"])

looks = 0
"""How often it looked."""
opened = 0
"""How many files were opened."""


@bpy.app.handlers.persistent
def count(*_: object) -> None:
    """Another file was opened."""
    global opened
    opened += 1


def fingerprint(mesh: bpy.types.Mesh) -> int:
    """A number that changes with the mesh."""
    positions = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", positions)
    return zlib.crc32(positions.tobytes())


def progress_shown() -> list:
    """Of the newest set-up: its share and what the panels say of it; empty where there was none."""
    newest = sys.modules["bl_ext.user_default.dreamfusion.bridge.setup"].newest()
    return [newest.share, newest.sentence] if newest else []


def runs_followed() -> dict[str, list[str]]:
    """Status, sentence and note of each run that is followed or was, by the name of its folder."""
    followed = sys.modules["bl_ext.user_default.dreamfusion.bridge.runs"]
    found = (followed.of(obj.session_uid) for obj in bpy.data.objects if obj.dream.run_id)
    return {run.folder.name: [run.status, run.sentence, run.note] for run in found if run is not None}


def file_browser() -> dict:
    """Folder and file of the file browser that is open, and where its line with the name is, as the sidebar is given;
    empty where none is open."""
    for area in bpy.context.window_manager.windows[0].screen.areas:
        if area.type == "FILE_BROWSER" and area.spaces.active.params:
            params = area.spaces.active.params
            line = next(region for region in area.regions if region.type == "EXECUTE")
            place = [line.x, line.y, line.width, line.height]
            return {"folder": os.fsdecode(params.directory), "file": params.filename, "line": place}
    return {}


def viewport_shown(screen: bpy.types.Screen) -> dict:
    """How the viewport is shaded, where its sidebar is and which tab is open; nothing behind a file browser."""
    viewport = next((area for area in screen.areas if area.type == "VIEW_3D"), None)
    if viewport is None:
        return {"sidebar": [0, 0, 0, 0], "tab": "", "shading": ""}
    sidebar = next(region for region in viewport.regions if region.type == "UI")
    return {
        "sidebar": [sidebar.x, sidebar.y, sidebar.width, sidebar.height],
        "tab": sidebar.active_panel_category if sidebar.width > 1 else "",
        "shading": viewport.spaces.active.shading.type,
    }


def meshes(scene: bpy.types.Scene) -> dict[str, dict]:
    """What is to know of the scene's objects that are meshes, by their names."""
    return {
        obj.name: {
            "vertices": len(obj.data.vertices),
            "shape": fingerprint(obj.data),
            "run": obj.dream.run_id,
            "step": obj.dream.step,
            "chosen": obj.select_get(),
        }
        for obj in scene.objects
        if obj.type == "MESH"
    }


def look() -> float:
    """Write one JSON object, whole."""
    global looks
    looks += 1
    window = bpy.context.window_manager.windows[0]
    scene = window.scene
    seen = viewport_shown(window.screen) | {
        "looks": looks,
        "clipboard": bpy.context.window_manager.clipboard,
        "prompt": scene.dream.prompt,
        "setup": progress_shown(),
        "runs": runs_followed(),
        "objects": meshes(scene),
        "lights": [obj.name for obj in scene.objects if obj.type == "LIGHT"],
        "camera": scene.camera.name if scene.camera else "",
        "browser": file_browser(),
        "file": bpy.data.filepath,
        "opened": opened,
    }
    unfinished = OUTPUT.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(seen), encoding="utf-8")
    unfinished.replace(OUTPUT)
    return 0.1


bpy.app.handlers.load_post.append(count)
bpy.app.timers.register(look, first_interval=1.0, persistent=True)
