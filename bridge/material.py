"""The material of a live object: one image, lit by whatever light the scene has."""

from __future__ import annotations

from pathlib import Path

import bpy

from . import compat

ROUGHNESS = 0.6
"""Between plastic and plaster: light shows the shape, without mirror-like spots that only some objects have."""


def show_albedo(obj: bpy.types.Object, png: Path) -> None:
    """Show the snapshot's albedo on the object: with its first material on the first call, with a new image later.

    An object that already has a material of the artist's keeps it.
    """
    image = obj.dream.image
    if image is None:
        image = obj.dream.image = bpy.data.images.load(str(png))
        image.name = obj.name
        image.colorspace_settings.name = "sRGB"
        if obj.active_material is None:
            obj.active_material = _new_material(obj.name, image)
        return
    if image.packed_file is not None:
        image.unpack(method="REMOVE")
    image.filepath_raw = str(png)
    image.reload()


def pack_albedo(obj: bpy.types.Object) -> None:
    """Put the image's file into the .blend, so that it no longer needs the run folder. Raises RuntimeError."""
    image = obj.dream.image
    if image is None or image.packed_file is not None:
        return
    image.pack()
    # Where it would be unpacked to; the run folder's path has no place in a file that goes to others.
    image.filepath_raw = f"//{bpy.path.clean_name(image.name)}.png"


def _new_material(name: str, image: bpy.types.Image) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    compat.use_nodes(material)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    principled = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
    principled.inputs["Roughness"].default_value = ROUGHNESS
    texture = nodes.new("ShaderNodeTexImage")
    texture.image = image
    texture.location = (principled.location.x - 300, principled.location.y)
    links.new(texture.outputs["Color"], principled.inputs["Base Color"])
    return material
