"""The material of a live object: one image, lit by whatever light the scene has."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import bpy

from ..engine.run.look import ROUGHNESS
from . import compat
from .live_mesh import is_changed
from .names import file_name

Colour = Sequence[float]
"""Red, green and blue, linear, from 0 to 1."""


def show_albedo(obj: bpy.types.Object, png: Path, mean: Colour) -> None:
    """Show the snapshot's albedo on the object, with its first material on the first call, in the same image later.
    Solid shading shows its mean, which the engine knows: Blender decodes the picture only where it draws it.

    An object that already has a material of the artist's keeps it. An image that the artist has painted on, that a
    duplicate of the object shows too, with UVs of its own, or that is another file's, is left as it is: the object gets
    a new one. Raises RuntimeError, with everything as it was, if the file cannot be read: what is in it is checked
    before (`engine.run.png`).
    """
    try:
        data = png.read_bytes()
    except OSError as error:
        raise RuntimeError(f"The texture {png} cannot be read ({error.strerror}).") from error
    old = obj.dream.image
    before = None if old is None else tuple(old.dream.mean)
    painted = is_painted(obj)
    if old is not None and not (old.library or painted or _is_shared(obj)):
        _fill(old, data, mean)
        _show_in_solid(obj, old, before)
        return
    image = bpy.data.images.new(obj.name, 1, 1) if old is None else old.copy()
    _fill(image, data, mean)
    obj.dream.image = image
    if painted:
        old.use_fake_user = True  # it stays in the file, and undo brings it back as it is
    if old is not None:
        _exchange(obj, old, image)
    elif obj.active_material is None:
        obj.active_material = _new_material(obj.name, image)
    _show_in_solid(obj, image, before)


def is_edited(obj: bpy.types.Object) -> bool:
    """Whether an artist has changed the mesh of a mesh object, or its texture, since a run made them."""
    return is_changed(obj) or is_painted(obj)


def is_painted(obj: bpy.types.Object) -> bool:
    """Whether the object's image is another than `show_albedo` made it: painted on, saved or not, or unpacked."""
    image = obj.dream.image
    if image is None or image.library:
        return False
    packed = image.packed_file
    return image.is_dirty or packed is None or image.dream.fingerprint != _fingerprint(packed.data)


def _show_in_solid(obj: bpy.types.Object, image: bpy.types.Image, before: Colour | None) -> None:
    """Give the materials that show the image its mean as their viewport colour, unless the artist has chosen another.

    `before` is the mean that the image had, None for a new one.
    """
    for slot in obj.material_slots:
        if slot.material is not None and _texture_nodes(slot.material, image):
            shown = slot.material.diffuse_color
            if before is None or all(abs(a - b) < 1e-4 for a, b in zip(shown, before, strict=False)):
                shown[:3] = image.dream.mean


def show_what_is_packed() -> None:
    """After undo or redo: they bring back an image's packed file, but not the pixels that Blender had decoded from it.

    What was painted on an image since is left alone.
    """
    for image in bpy.data.images:
        if image.dream.fingerprint and image.packed_file is not None and not image.is_dirty:
            image.buffers_free()


def _is_shared(obj: bpy.types.Object) -> bool:
    """Whether another object with a mesh of its own shows the object's image."""
    image = obj.dream.image
    materials = {slot.material for slot in obj.material_slots} - {None}
    own = 1 + sum(len(_texture_nodes(material, image)) for material in materials)
    if image.users <= own:  # the count is at hand, and who they are is not
        return False
    users = bpy.data.user_map(subset={image}, value_types={"OBJECT"})[image]
    return any(other.dream.image == image and other.data != obj.data for other in users)


def _fill(image: bpy.types.Image, data: bytes, mean: Colour) -> None:
    """Put a picture's file into the image, and so into the .blend: what the run folder holds later is of no matter."""
    image.dream.mean, image.dream.fingerprint = mean, _fingerprint(data)
    if image.source != "FILE":
        image.source = "FILE"
    # Where it would be unpacked to; the run folder's path has no place in a file that goes to others.
    image.filepath_raw = f"//{file_name(image.name)}.png"
    image.pack(data=data, data_len=len(data))
    image.buffers_free()
    image.update_tag()


def _fingerprint(data: bytes) -> str:
    """Of a picture's file, in hexadecimal."""
    return f"{zlib.crc32(data):08x}"


def _exchange(obj: bpy.types.Object, old: bpy.types.Image, new: bpy.types.Image) -> None:
    """Give the object copies of the materials that show the old image, with the new one."""
    for slot in obj.material_slots:
        if slot.material is not None and _texture_nodes(slot.material, old):
            slot.material = slot.material.copy()
            for node in _texture_nodes(slot.material, old):
                node.image = new


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
