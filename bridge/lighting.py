"""A photographer's studio round an object: lights, a floor, a world and a camera, in a collection of their own."""

from __future__ import annotations

import math
from contextlib import suppress

import bpy
import numpy as np
from mathutils import Vector

from . import compat
from .framing import FOCAL, SENSOR, Cylinder, camera_place, cylinder_around, half_angles

NAME = "Dream Light"
TURN = 30.0
"""Degrees from the object's front, -y, towards +x at which the camera stands."""
ELEVATION = 20.0
"""Degrees that the camera looks down; half its angle of view is less, so that only floor is behind the object."""
MARGIN = 1.12
"""The picture's sides in those of what the object may fill."""
LIGHTS = {
    "Key": (-52.0, 42.0, 155.0, 1.5),
    "Fill": (70.0, 15.0, 8.0, 4.0),
    "Rim": (150.0, 40.0, 36.0, 2.0),
}
"""Azimuth from the camera and elevation in degrees; watts and diameter for an object that reaches 1 unit far."""
LIGHT_DISTANCE = 4.5
"""From the object's centre, in its reach."""
FLOOR_SIZE = 120.0
"""Side of the floor, in the object's reach."""
FLOOR_COLOUR = (0.75, 0.75, 0.76)
"""Linear."""
WORLD_COLOUR, WORLD_STRENGTH = (0.88, 0.93, 1.0), 0.7
"""Linear; a cool light from everywhere, which keeps shadows open."""
VIEW_TRANSFORM = "Khronos PBR Neutral"
"""Leaves colours as they are, and bends only what would burn out."""


def bounds(obj: bpy.types.Object, depsgraph: bpy.types.Depsgraph) -> Cylinder | None:
    """The cylinder around the object's bounding box in the world, modifiers included; None if it has no size."""
    evaluated = obj.evaluated_get(depsgraph)
    if obj.type != "MESH" or not evaluated.data.vertices:  # whose bounding box would be a cube
        return None
    matrix = np.array(evaluated.matrix_world)
    corners = np.array([tuple(corner) for corner in evaluated.bound_box])
    cylinder = cylinder_around(corners @ matrix[:3, :3].T + matrix[:3, 3])
    return cylinder if math.isfinite(cylinder.reach) and cylinder.reach > 0 else None


def light(scene: bpy.types.Scene, obj: bpy.types.Object, cylinder: Cylinder, engine: str) -> None:
    """Light the object, make the studio's camera and world the scene's, and `engine` what renders it; what an earlier
    call made goes first."""
    unlight(scene)
    kept = scene.dream.light
    kept.old_engine, kept.engine, scene.render.engine = scene.render.engine, engine, engine
    kept.old_world, kept.old_camera = scene.world, scene.camera
    kept.old_view_transform = scene.view_settings.view_transform
    kept.subject, kept.collection = obj, bpy.data.collections.new(NAME)
    scene.collection.children.link(kept.collection)
    kept.pivot = _add(kept, "Dream Pivot", None)
    kept.pivot.location, kept.pivot.rotation_euler.z = cylinder.centre, math.radians(TURN)
    kept.pivot.empty_display_size = cylinder.reach / 4
    kept.camera = _add(kept, "Dream Camera", _camera(cylinder), kept.pivot)
    _place(kept.camera, cylinder, scene.render)
    for name in LIGHTS:
        _add_light(kept, name, kept.pivot, cylinder.reach)
    floor = _add(kept, "Dream Floor", _floor(cylinder.reach))
    floor.location = cylinder.centre - [0, 0, cylinder.half_height]
    kept.world = _world()
    scene.world, scene.camera = kept.world, kept.camera
    with suppress(TypeError):  # an artist's own colour management may not have it
        scene.view_settings.view_transform = VIEW_TRANSFORM


def unlight(scene: bpy.types.Scene) -> None:
    """Take away what `light` made, and give back what was there before where the artist has chosen nothing else since.

    What the artist has put into the collection moves to the scene's own.
    """
    kept = scene.dream.light
    if scene.camera in (kept.camera, None):
        scene.camera = kept.old_camera if is_there(scene, kept.old_camera) else None
    if kept.world is not None and scene.world == kept.world:
        scene.world = kept.old_world
    with suppress(TypeError):  # the file's Blender may have had what this one has not
        if kept.old_view_transform and scene.view_settings.view_transform == VIEW_TRANSFORM:
            scene.view_settings.view_transform = kept.old_view_transform
    with suppress(TypeError):
        if kept.old_engine and scene.render.engine == kept.engine:
            scene.render.engine = kept.old_engine
    world, collection, parts = kept.world, kept.collection, [part.object for part in kept.parts]
    for name in set(kept.bl_rna.properties.keys()) - {"rna_type", "name"}:
        kept.property_unset(name)
    if world is not None:
        _purge(world)
    for part in filter(None, parts):
        _remove(part)
    if collection is not None:
        _take_apart(collection, scene.collection)


def is_lit(scene: bpy.types.Scene) -> bool:
    """Whether there is anything of a studio in the scene."""
    return scene.dream.light.collection is not None or scene.dream.light.world is not None


def is_there(scene: bpy.types.Scene, obj: bpy.types.Object | None) -> bool:
    """Whether an object is in the scene: what an artist deletes lives on in a property that points to it."""
    return obj is not None and scene in obj.users_scene


def _remove(part: bpy.types.Object) -> None:
    """Remove a part of the studio, with what it alone is made of."""
    data = part.data
    materials = list(data.materials) if part.type == "MESH" else []
    bpy.data.objects.remove(part)
    for block in (data, *materials):
        if block is not None:
            _purge(block)


def _take_apart(collection: bpy.types.Collection, parent: bpy.types.Collection) -> None:
    """Move what the artist has put into a collection to another, and remove it."""
    for obj in list(collection.objects):
        if obj.name not in parent.objects:
            parent.objects.link(obj)
    for child in list(collection.children):
        if child.name not in parent.children:
            parent.children.link(child)
    bpy.data.collections.remove(collection)


def _purge(block: bpy.types.ID) -> None:
    """Remove it unless the artist uses it elsewhere."""
    if not block.users:
        bpy.data.batch_remove([block])


def _add(
    kept: bpy.types.PropertyGroup, name: str, data: bpy.types.ID | None, parent: bpy.types.Object | None = None
) -> bpy.types.Object:
    """Make an object of the studio, which is known by a list: a mark on the object would go over to its duplicates."""
    obj = bpy.data.objects.new(name, data)
    kept.parts.add().object = obj
    obj.parent = parent
    kept.collection.objects.link(obj)
    return obj


def _look_at_parent(obj: bpy.types.Object) -> None:
    """Have a camera or light look at its parent's origin."""
    obj.rotation_euler = (-obj.location).to_track_quat("-Z", "Y").to_euler()


def _add_light(kept: bpy.types.PropertyGroup, name: str, pivot: bpy.types.Object, reach: float) -> None:
    azimuth, elevation, watts, diameter = LIGHTS[name]
    data = bpy.data.lights.new(f"Dream {name}", "AREA")
    data.shape, data.size = "DISK", diameter * reach
    data.energy = watts * reach**2  # so much further away: the same light on the object
    lamp = _add(kept, data.name, data, pivot)
    a, e = math.radians(azimuth), math.radians(elevation)
    direction = Vector((math.sin(a) * math.cos(e), -math.cos(a) * math.cos(e), math.sin(e)))
    lamp.location = LIGHT_DISTANCE * reach * direction
    _look_at_parent(lamp)


def _camera(cylinder: Cylinder) -> bpy.types.Camera:
    camera = bpy.data.cameras.new("Dream Camera")
    camera.sensor_fit, camera.sensor_width, camera.lens = "AUTO", SENSOR, FOCAL
    camera.clip_start, camera.clip_end = cylinder.reach / 100, cylinder.reach * 1000
    return camera


def _place(camera: bpy.types.Object, cylinder: Cylinder, render: bpy.types.RenderSettings) -> None:
    """Put the camera, whose parent is at the cylinder's centre, where all of it is in view at the render's aspect."""
    aspect = (render.resolution_x * render.pixel_aspect_x) / (render.resolution_y * render.pixel_aspect_y)
    elevation = math.radians(ELEVATION)
    across, upward = half_angles(aspect)
    up, back = camera_place(cylinder, elevation, (across / MARGIN, upward / MARGIN))
    sine, cosine = math.sin(elevation), math.cos(elevation)
    camera.location = (0.0, up * sine - back * cosine, up * cosine + back * sine)
    camera.rotation_euler = (math.pi / 2 - elevation, 0.0, 0.0)


def _floor(reach: float) -> bpy.types.Mesh:
    half = FLOOR_SIZE * reach / 2
    mesh = bpy.data.meshes.new("Dream Floor")
    mesh.from_pydata([(-half, -half, 0), (half, -half, 0), (half, half, 0), (-half, half, 0)], [], [(0, 1, 2, 3)])
    material = bpy.data.materials.new("Dream Floor")
    compat.use_nodes(material)
    surface = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    surface.inputs["Base Color"].default_value = (*FLOOR_COLOUR, 1.0)
    surface.inputs["Roughness"].default_value = 1.0
    surface.inputs["Specular IOR Level"].default_value = 0.0
    mesh.materials.append(material)
    return mesh


def _world() -> bpy.types.World:
    world = bpy.data.worlds.new(NAME)
    compat.use_nodes(world)
    background = next(node for node in world.node_tree.nodes if node.type == "BACKGROUND")
    background.inputs["Color"].default_value = (*WORLD_COLOUR, 1.0)
    background.inputs["Strength"].default_value = WORLD_STRENGTH
    return world
