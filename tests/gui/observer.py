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


def fingerprint(mesh: bpy.types.Mesh) -> int:
    """A number that changes with the mesh."""
    positions = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", positions)
    return zlib.crc32(positions.tobytes())


def progress_shown() -> list:
    """Of the newest set-up: its share and what the panels say of it; empty where there was none."""
    newest = sys.modules["bl_ext.user_default.dreamfusion.bridge.setup"].newest()
    return [newest.share, newest.sentence] if newest else []


def meshes(scene: bpy.types.Scene) -> dict[str, dict]:
    """What is to know of the scene's objects that are meshes, by their names."""
    return {
        obj.name: {
            "vertices": len(obj.data.vertices),
            "shape": fingerprint(obj.data),
            "run": obj.dream.run_id,
            "step": obj.dream.step,
        }
        for obj in scene.objects
        if obj.type == "MESH"
    }


def look() -> float:
    """Write one JSON object, whole."""
    global looks
    looks += 1
    window = bpy.context.window_manager.windows[0]
    viewport = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    sidebar = next(region for region in viewport.regions if region.type == "UI")
    scene = window.scene
    seen = {
        "looks": looks,
        "sidebar": [sidebar.x, sidebar.y, sidebar.width, sidebar.height],
        "tab": sidebar.active_panel_category if sidebar.width > 1 else "",
        "clipboard": bpy.context.window_manager.clipboard,
        "prompt": scene.dream.prompt,
        "setup": progress_shown(),
        "objects": meshes(scene),
        "lights": [obj.name for obj in scene.objects if obj.type == "LIGHT"],
        "camera": scene.camera.name if scene.camera else "",
        "shading": viewport.spaces.active.shading.type,
    }
    unfinished = OUTPUT.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(seen), encoding="utf-8")
    unfinished.replace(OUTPUT)
    return 0.1


bpy.app.timers.register(look, first_interval=1.0, persistent=True)
