"""Light It: what it makes, that it is a picture, and that nothing of the artist's is lost."""

from __future__ import annotations

import math
from itertools import product

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

pytestmark = pytest.mark.blender


def made(size: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> bpy.types.Object:
    """A box that says that it was made by a run, chosen."""
    vertices = [tuple(s * c for s, c in zip(size, corner)) for corner in product((-1, 1), repeat=3)]
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    mesh = bpy.data.meshes.new("made")
    mesh.from_pydata(vertices, [], faces)
    obj = bpy.data.objects.new("made", mesh)
    bpy.context.collection.objects.link(obj)
    obj.dream.run_id, obj.dream.prompt = "a-run", "a red box"
    obj.select_set(True)
    bpy.context.view_layer.objects.active = obj
    bpy.context.view_layer.update()
    return obj


def contents() -> dict[str, list[str]]:
    """The names of all that a studio has some of."""
    kinds = ("objects", "meshes", "lights", "cameras", "worlds", "materials", "collections")
    return {kind: sorted(block.name for block in getattr(bpy.data, kind)) for kind in kinds}


def artists_own() -> tuple[bpy.types.Object, bpy.types.World]:
    """A camera and a world of the artist's, in use."""
    scene = bpy.context.scene
    scene.camera = bpy.data.objects.new("mine", bpy.data.cameras.new("mine"))
    scene.collection.objects.link(scene.camera)
    scene.world = bpy.data.worlds.new("mine")
    return scene.camera, scene.world


@pytest.mark.parametrize("size", [(1, 1, 1), (3, 0.2, 0.5), (0.1, 0.1, 2), (0.002, 0.001, 0.003), (90, 60, 30)])
@pytest.mark.parametrize("resolution", [(1920, 1080), (512, 512), (400, 1000)])
def test_the_whole_box_is_in_view_from_every_side(dream, size, resolution):
    obj, scene = made(size), bpy.context.scene
    obj.location, obj.rotation_euler = (3, -4, 5), (0.3, 0.2, 1)
    scene.render.resolution_x, scene.render.resolution_y = resolution
    assert bpy.ops.dream.light() == {"FINISHED"}
    for turn in range(0, 360, 30):
        scene.dream.light.pivot.rotation_euler.z = math.radians(turn)
        bpy.context.view_layer.update()
        corners = [obj.matrix_world @ Vector(corner) for corner in obj.bound_box]
        at = np.array([world_to_camera_view(scene, scene.camera, corner) for corner in corners])
        assert (at[:, :2] > 0).all() and (at[:, :2] < 1).all() and (at[:, 2] > 0).all()
        clip = scene.camera.data
        assert clip.clip_start < at[:, 2].min() and at[:, 2].max() < clip.clip_end


def test_the_floor_is_under_it_and_the_horizon_out_of_the_picture(dream):
    obj, scene = made(), bpy.context.scene
    obj.location.z = 5
    bpy.ops.dream.light()
    bpy.context.view_layer.update()
    floor = next(part for part in scene.dream.light.collection.objects if part.type == "MESH")
    assert floor.matrix_world.translation.z == pytest.approx(4)
    ahead = Vector((-math.sin(math.radians(30)), math.cos(math.radians(30)), 0))
    far = scene.camera.matrix_world.translation + 1e6 * ahead
    assert world_to_camera_view(scene, scene.camera, far).y > 1


def test_removed_it_gives_back_everything(dream):
    made()
    camera, world = artists_own()
    scene = bpy.context.scene
    scene.render.engine = "BLENDER_WORKBENCH"
    transform, before = scene.view_settings.view_transform, contents()
    bpy.ops.dream.light(engine="EEVEE")
    bpy.ops.dream.light()
    assert scene.camera != camera and scene.world != world and scene.render.engine == "CYCLES"
    assert bpy.ops.dream.unlight() == {"FINISHED"}
    assert (scene.camera, scene.world, scene.view_settings.view_transform) == (camera, world, transform)
    assert scene.render.engine == "BLENDER_WORKBENCH"
    assert contents() == before and not bpy.ops.dream.unlight.poll()


def test_pressed_again_after_reload_and_renaming_it_replaces_its_own(dream, tmp_path):
    made()
    artists_own()
    bpy.ops.dream.light()
    first = contents()
    bpy.context.scene.dream.light.collection.name = "my nice light"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "lit.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "lit.blend"))
    bpy.ops.dream.light()
    assert contents() == first
    bpy.ops.dream.unlight()
    assert (bpy.context.scene.camera.name, bpy.context.scene.world.name) == ("mine", "mine")


def test_what_the_artist_adds_or_chooses_since_stays(dream):
    made()
    artists_own()
    bpy.ops.dream.light()
    scene = bpy.context.scene
    lamp = bpy.data.objects.new("mine", bpy.data.lights.new("mine", "SUN"))
    scene.dream.light.collection.objects.link(lamp)
    scene.world = other = bpy.data.worlds.new("other")
    scene.render.engine = "BLENDER_WORKBENCH"
    bpy.ops.dream.unlight()
    assert scene.render.engine == "BLENDER_WORKBENCH"
    assert scene.world == other and lamp.name in scene.collection.objects
    assert [light.name for light in bpy.data.lights] == ["mine"]


def test_where_its_collection_was_deleted_the_world_and_camera_still_come_back(dream):
    made()
    camera, world = artists_own()
    before = contents()
    bpy.ops.dream.light()
    scene = bpy.context.scene
    for obj in list(scene.dream.light.collection.objects):
        bpy.data.objects.remove(obj)
    bpy.data.collections.remove(scene.dream.light.collection)
    assert scene.dream.light.collection is None
    bpy.ops.dream.unlight()
    assert (scene.camera, scene.world) == (camera, world) and contents()["worlds"] == before["worlds"]


def delete(*objects: bpy.types.Object) -> None:
    """As an artist does, who sees only what is in the scene."""
    for obj in bpy.context.selected_objects:
        obj.select_set(False)
    for obj in objects:
        obj.select_set(True)
    bpy.ops.object.delete()


def test_what_was_deleted_does_not_come_back(dream):
    made()
    camera, _ = artists_own()
    bpy.ops.dream.light()
    scene = bpy.context.scene
    delete(camera, scene.dream.light.camera, bpy.data.objects["Dream Key"])
    bpy.ops.dream.unlight()
    assert scene.camera is None and [obj.name for obj in scene.objects] == ["made"]
    assert not [obj.name for obj in bpy.data.objects if obj.name.startswith("Dream")], "nor does any of it stay behind"


def test_a_collection_that_is_in_the_scene_already_moves_nowhere(dream):
    made()
    bpy.ops.dream.light()
    scene, mine = bpy.context.scene, bpy.data.collections.new("mine")
    for parent in (scene.collection, scene.dream.light.collection):
        parent.children.link(mine)
    bpy.ops.dream.unlight()
    assert mine in list(scene.collection.children) and "Dream Light" not in bpy.data.collections


def test_duplicates_of_its_lamps_are_the_artists(dream):
    made()
    bpy.ops.dream.light()
    key = bpy.data.objects["Dream Key"]
    bpy.context.scene.objects["made"].select_set(False)
    key.select_set(True)
    bpy.ops.object.duplicate()
    bpy.ops.dream.unlight()
    scene = bpy.context.scene
    assert [obj.name for obj in scene.objects if obj.type == "LIGHT"] == ["Dream Key.001"]
    assert "Dream Key" not in bpy.data.objects


def test_undo_takes_it_away(dream):
    made()
    artists_own()
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.dream.light("EXEC_DEFAULT", True)
    bpy.ops.ed.undo()
    scene = bpy.context.scene
    assert (scene.camera.name, scene.world.name) == ("mine", "mine")
    assert scene.dream.light.collection is None and not bpy.data.lights


def test_eevee_has_another_name_in_every_version(dream):
    made()
    bpy.ops.dream.light(engine="EEVEE")
    assert bpy.context.scene.render.engine == dream.module("bridge.compat").eevee()


def test_without_a_mesh_or_in_another_mode_it_says_why_not(dream):
    obj = made()
    bpy.ops.object.mode_set(mode="EDIT")
    assert not bpy.ops.dream.light.poll()
    bpy.ops.object.mode_set(mode="OBJECT")
    obj.data.clear_geometry()
    before = contents()
    with pytest.raises(RuntimeError, match="nothing to light yet: wait for the first mesh"):
        bpy.ops.dream.light()
    assert contents() == before


def test_the_picture_shows_the_object_without_burning_out(plain, tmp_path):
    made().active_material = plain(0.6, 0.02, 0.02)
    scene = bpy.context.scene
    scene.render.resolution_x = scene.render.resolution_y = 64
    bpy.ops.dream.light()
    scene.cycles.samples, scene.cycles.device, scene.cycles.use_denoising = 8, "CPU", False
    scene.render.filepath = str(tmp_path / "lit.png")
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(scene.render.filepath)
    pixels = np.array(image.pixels).reshape(64, 64, 4)[..., :3]
    red = (pixels[..., 0] > 2 * pixels[..., 1]) & (pixels[..., 0] > 2 * pixels[..., 2])
    assert 0.1 < red.mean() < 0.6, "the box, and room around it"
    corners = pixels[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert np.ptp(corners, axis=-1).max() < 0.12 and corners.min() > 0.4, "a light grey on all sides"
    assert (pixels.min(axis=-1) > 0.985).mean() < 0.01, "no white is burnt out"
    assert np.abs(np.median(pixels[red], axis=0) - [0.8, 0.15, 0.15]).max() < 0.2, "sRGB of its colour"
