"""The albedo holds no light: the scene's lights decide what is bright."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

pytestmark = [pytest.mark.blender, pytest.mark.slow]

SIZE = 64


def light_from(x: float) -> None:
    """One sun, from the left (negative) or the right."""
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.data.energy = 4
    sun.rotation_euler = (0.3, np.pi / 3 * np.sign(x), 0)
    bpy.context.collection.objects.link(sun)


def render(path) -> np.ndarray:
    """(SIZE, SIZE, 3) from the front, with the light that is there, then taken away."""
    scene = bpy.context.scene
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    for light in [obj for obj in scene.objects if obj.type == "LIGHT"]:
        bpy.data.objects.remove(light)
    image = bpy.data.images.load(str(path))
    pixels = np.empty(SIZE * SIZE * 4, np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return pixels.reshape(SIZE, SIZE, 4)[..., :3]


def albedo_spread(obj: bpy.types.Object) -> np.ndarray:
    """(3,) standard deviation of the sRGB-encoded albedo over the surface, by area."""
    mesh, image = obj.data, obj.dream.image
    uvs, areas = np.empty(len(mesh.loops) * 2, np.float32), np.empty(len(mesh.polygons), np.float32)
    mesh.uv_layers.active.uv.foreach_get("vector", uvs)
    mesh.polygons.foreach_get("area", areas)
    width, height = image.size
    texels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(texels)
    x, y = (uvs.reshape(-1, 3, 2).mean(1) * (width, height)).astype(int).T
    colours = texels.reshape(height, width, 4)[y, x, :3]
    mean = np.average(colours, axis=0, weights=areas)
    return np.sqrt(np.average((colours - mean) ** 2, axis=0, weights=areas))


@pytest.fixture(scope="module")
def studio(extension):
    """A short but finished run in front of a camera, in Cycles."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    extension.describe("a red ball", steps=150, snapshot_every=5.0)
    assert bpy.ops.dream.generate(wait=True) == {"FINISHED"}
    scene = bpy.context.scene
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.camera.location, scene.camera.rotation_euler = (0, -4, 0), (np.pi / 2, 0, 0)
    scene.collection.objects.link(scene.camera)
    scene.render.engine = "CYCLES"
    scene.cycles.device, scene.cycles.samples, scene.cycles.use_denoising = "CPU", 4, False
    scene.render.resolution_x = scene.render.resolution_y = SIZE
    scene.render.film_transparent = True
    scene.view_settings.view_transform = "Standard"
    return extension


def test_the_side_that_the_light_is_on_is_bright(studio):
    light_from(-1)
    left = render(studio.user_folder / "left.png")
    light_from(1)
    right = render(studio.user_folder / "right.png")
    halves = np.array([[image[:, : SIZE // 2].mean(), image[:, SIZE // 2 :].mean()] for image in (left, right)])
    assert halves[0].argmax() != halves[1].argmax()
    assert halves.max(1).min() > 1.3 * halves.min(1).max(), halves


def test_the_albedo_of_one_colour_varies_little(studio):
    obj = next(obj for obj in bpy.data.objects if obj.dream.run_id)
    assert albedo_spread(obj).max() < 0.12
