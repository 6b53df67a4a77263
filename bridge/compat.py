"""What differs between the Blender versions that the extension runs on (4.2 and later)."""

from __future__ import annotations

import bpy


def use_nodes(material: bpy.types.Material) -> None:
    """Give the material a node tree: from 5.0 every material has one, and asking for it warns."""
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
