"""A photographer's studio in Blender: a grey backdrop, three lights, a camera, and Cycles.

Run by Blender's Python. It photographs any mesh object and never touches it: backdrop, lights and camera hang on one
empty, the turntable, which is moved to the object, scaled to its size and turned. So all lengths below are in radii of
the object, seen from its centre.
"""

from __future__ import annotations

import math
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

FOCAL = 85.0  # millimetres: a portrait lens, little perspective distortion
SENSOR = 36.0  # millimetres
ELEVATION = 18.0  # degrees the camera stands above the object's centre
MARGIN = 1.06  # empty space round the object's bounding sphere
LIGHT_DISTANCE = 4.0

# name: (azimuth from the camera, elevation, both in degrees, watts for an object of radius 1, diameter)
THREE_POINT = {
    "Key": (-65.0, 38.0, 125.0, 1.4),
    "Fill": (65.0, 14.0, 10.0, 3.0),
    "Rim": (150.0, 45.0, 80.0, 1.2),
}


def build() -> None:
    """Add the studio to the scene, as a collection of that name; `stand_round` then brings it to an object."""
    studio = bpy.data.collections.new("Studio")
    scene = bpy.context.scene
    scene.collection.children.link(studio)
    turntable = bpy.data.objects.new("Turntable", None)
    parts = [_backdrop(), _camera(), *(_light(name) for name in THREE_POINT)]
    for part in parts:
        part.parent = turntable
    for part in (turntable, *parts):
        studio.objects.link(part)
    scene.camera = bpy.data.objects["Camera"]
    scene.world = bpy.data.worlds.new("Studio")
    scene.world.use_nodes = True
    background = scene.world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (0.9, 0.95, 1.0, 1.0)
    background.inputs["Strength"].default_value = 0.15
    light_from("left")


def stand_round(subject: bpy.types.Object) -> None:
    """Bring the studio to an object: its floor under the lowest point, the whole object in the picture."""
    points = np.empty(len(subject.data.vertices) * 3, dtype=np.float32)
    subject.data.vertices.foreach_get("co", points)
    matrix = np.array(subject.matrix_world)
    points = points.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]
    low, high = points.min(axis=0), points.max(axis=0)
    centre = (low + high) / 2
    # The camera goes round the vertical axis, so the width that counts is the widest it meets.
    width = np.linalg.norm(points[:, :2] - centre[:2], axis=1).max()
    radius = math.hypot(width, centre[2] - low[2])
    turntable = bpy.data.objects["Turntable"]
    turntable.location = centre
    turntable.scale = (radius, radius, radius)
    bpy.data.objects["Backdrop"].location.z = (low[2] - centre[2]) / radius
    for name, (_, _, watts, _) in THREE_POINT.items():
        bpy.data.lights[name].energy = watts * radius**2  # further away by the radius: the same light on the object


def light_from(side: str) -> None:
    """Place the three lights so that the key light comes from the camera's "left" or "right"."""
    mirror = {"left": 1.0, "right": -1.0}[side]
    for name, (azimuth, elevation, _, _) in THREE_POINT.items():
        _place(bpy.data.objects[name], LIGHT_DISTANCE * direction(mirror * azimuth, elevation))


def photograph(azimuth: float, size: int, samples: int, output: Path) -> Path:
    """Render the view from `azimuth` degrees (0: the object's front) with Cycles to a square PNG of `size` pixels."""
    scene = bpy.context.scene
    scene.render.resolution_x = scene.render.resolution_y = size
    scene.cycles.samples = samples
    scene.render.filepath = str(output)
    bpy.data.objects["Turntable"].rotation_euler.z = math.radians(azimuth)
    bpy.ops.render.render(write_still=True)
    return output


def use_cycles() -> None:
    """Render with Cycles on the CPU: few samples, then Open Image Denoise; colours as the texture has them."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_percentage = 100
    scene.render.use_persistent_data = True
    scene.render.image_settings.file_format = "PNG"
    scene.cycles.device = "CPU"
    scene.cycles.use_denoising = True
    scene.cycles.denoiser = "OPENIMAGEDENOISE"
    scene.cycles.denoising_prefilter = "FAST"
    scene.cycles.denoising_quality = "FAST"
    scene.cycles.max_bounces = 2
    # AgX and Filmic mute saturated colours; an albedo should come out as it was learned.
    scene.view_settings.view_transform = "Standard"


def direction(azimuth: float, elevation: float) -> Vector:
    """Unit vector towards (azimuth, elevation) in degrees: azimuth 0 is the front (-y), positive towards +x."""
    a, e = math.radians(azimuth), math.radians(elevation)
    return Vector((math.sin(a) * math.cos(e), -math.cos(a) * math.cos(e), math.sin(e)))


def _place(thing: bpy.types.Object, place: Vector) -> None:
    """Put a camera or light somewhere, looking at the turntable's centre."""
    thing.location = place
    thing.rotation_euler = (-place).to_track_quat("-Z", "Y").to_euler()


def _camera() -> bpy.types.Object:
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.lens, camera.data.sensor_width = FOCAL, SENSOR
    distance = MARGIN / math.sin(math.atan(SENSOR / 2 / FOCAL))
    _place(camera, distance * direction(0.0, ELEVATION))
    return camera


def _light(name: str) -> bpy.types.Object:
    light = bpy.data.lights.new(name, "AREA")
    light.shape, light.size = "DISK", THREE_POINT[name][3]
    return bpy.data.objects.new(name, light)


def _backdrop() -> bpy.types.Object:
    """A floor that bends up into a wall behind the object, so that no horizon shows."""
    front, back, bend, height, width = -10.0, 3.0, 4.0, 10.0, 14.0
    profile = [(front, 0.0)]
    profile += [(back + bend * math.sin(t), bend * (1 - math.cos(t))) for t in np.linspace(0, math.pi / 2, 24)]
    profile += [(back + bend, height)]
    vertices = [(side * width, y, z) for y, z in profile for side in (-1, 1)]
    faces = [(2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2) for i in range(len(profile) - 1)]
    mesh = bpy.data.meshes.new("Backdrop")
    mesh.from_pydata(vertices, [], faces)
    mesh.shade_smooth()
    material = bpy.data.materials.new("Backdrop")
    material.use_nodes = True
    surface = material.node_tree.nodes["Principled BSDF"]
    surface.inputs["Base Color"].default_value = (0.8, 0.8, 0.81, 1.0)
    surface.inputs["Roughness"].default_value = 1.0
    surface.inputs["Specular IOR Level"].default_value = 0.0
    mesh.materials.append(material)
    return bpy.data.objects.new("Backdrop", mesh)
