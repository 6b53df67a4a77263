"""The material of a live object: one image, lit by whatever light the scene has."""

from __future__ import annotations

from pathlib import Path

import bpy

from . import compat

ROUGHNESS = 0.6
"""Between plastic and plaster: light shows the shape, without mirror-like spots that only some objects have."""


def show_albedo(obj: bpy.types.Object, png: Path) -> None:
    """Show the snapshot's albedo on the object, with its first material on the first call, in the same image later.

    An object that already has a material of the artist's keeps it. An image that a duplicate of the object shows too,
    with UVs of its own, or that is another file's, is left as it is. Raises RuntimeError if the file cannot be read.
    """
    image = obj.dream.image
    if image is None:
        image = obj.dream.image = bpy.data.images.load(str(png))
        image.name = obj.name
        if obj.active_material is None:
            obj.active_material = _new_material(obj.name, image)
    elif image.library or any(other.dream.image == image and other.data != obj.data for other in bpy.data.objects):
        image = _take_copy(obj)
    if image.packed_file is not None:
        image.unpack(method="REMOVE")
    image.filepath_raw = str(png)
    image.reload()
    # Blender reads a file when it first draws it; what is in the run folder by then may be of another mesh.
    image.pack()
    # Where it would be unpacked to; the run folder's path has no place in a file that goes to others.
    image.filepath_raw = image.packed_files[0].filepath = f"//{bpy.path.clean_name(image.name)}.png"


def show_what_is_packed() -> None:
    """After undo or redo: they bring back an image's packed file, but not the pixels that Blender had decoded from it.

    What was painted on an image since is left alone.
    """
    for image in {obj.dream.image for obj in bpy.data.objects} - {None}:
        if image.packed_file is not None and not image.is_dirty:
            image.buffers_free()


def _take_copy(obj: bpy.types.Object) -> bpy.types.Image:
    """Give the object copies of its image and of the materials that show it, and return the image."""
    old = obj.dream.image
    image = obj.dream.image = old.copy()
    for slot in obj.material_slots:
        if slot.material is not None and _texture_nodes(slot.material, old):
            slot.material = slot.material.copy()
            for node in _texture_nodes(slot.material, old):
                node.image = image
    return image


def _texture_nodes(material: bpy.types.Material, image: bpy.types.Image) -> list[bpy.types.ShaderNodeTexImage]:
    nodes = material.node_tree.nodes if material.node_tree else ()
    return [node for node in nodes if node.type == "TEX_IMAGE" and node.image == image]


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
