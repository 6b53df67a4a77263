"""The material of a live object: one image, lit by whatever light the scene has."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np

from ..engine.run.look import ROUGHNESS
from . import compat

SAMPLE = 17
"""One in so many texels counts for the mean albedo. Prime, so as not to keep step with the cells of a texture."""


def show_albedo(obj: bpy.types.Object, png: Path) -> None:
    """Show the snapshot's albedo on the object, with its first material on the first call, in the same image later.

    An object that already has a material of the artist's keeps it. An image that a duplicate of the object shows too,
    with UVs of its own, or that is another file's, is left as it is. Raises RuntimeError if the file cannot be read.
    """
    image = obj.dream.image
    before = None if image is None else mean_albedo(image)
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
    _show_in_solid(obj, image, before)


def mean_albedo(image: bpy.types.Image) -> np.ndarray:
    """(3,) mean of an sRGB image's colours, linear; zero if it has no pixels."""
    pixels = np.empty(len(image.pixels), dtype=np.float32)
    image.pixels.foreach_get(pixels)
    colours = pixels.reshape(-1, max(image.channels, 1))[::SAMPLE, :3]
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return linear.mean(axis=0) if len(linear) else np.zeros(3)


def _show_in_solid(obj: bpy.types.Object, image: bpy.types.Image, before: np.ndarray | None) -> None:
    """Give the materials that show the image its mean as their viewport colour, unless the artist has chosen another.

    `before` is the mean that the image had, None for a new one.
    """
    colour = mean_albedo(image)
    for slot in obj.material_slots:
        if slot.material is not None and _texture_nodes(slot.material, image):
            shown = np.array(slot.material.diffuse_color[:3])
            if before is None or np.allclose(shown, before, atol=1e-4):
                slot.material.diffuse_color[:3] = colour


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
