"""Two entries in the menu Add > Mesh, where Blender's search (F3) finds them too."""

import bpy


def _draw(menu: bpy.types.Menu, _context: bpy.types.Context) -> None:
    layout = menu.layout
    layout.separator()
    layout.operator("wm.call_panel", text="Dream Object", icon="SHADERFX").name = "DREAM_PT_sidebar"
    layout.operator("dream.open", icon="FILE_FOLDER")


def register() -> None:
    """Add them."""
    bpy.types.VIEW3D_MT_mesh_add.append(_draw)


def unregister() -> None:
    """Take them away."""
    bpy.types.VIEW3D_MT_mesh_add.remove(_draw)
