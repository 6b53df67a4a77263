"""Mark as Asset: a picture, tags and a description, and a scene as it was."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

pytestmark = pytest.mark.blender


@pytest.fixture
def ball(dream, plain, monkeypatch):
    """A green ball whose run is nowhere, out of the way and not rendered."""
    monkeypatch.setattr(dream.module("bridge.asset"), "SAMPLES", 1)
    bpy.ops.mesh.primitive_uv_sphere_add(location=(40, 2, 3))
    obj = bpy.context.object
    obj.dream.run_id, obj.dream.prompt, obj.dream.seed = "gone", "A green ball on top of a GREEN cube", 7
    obj.hide_render = True
    obj.active_material = plain(0.02, 0.5, 0.02)
    return obj


def contents() -> list[int]:
    """How much there is of what a picture's scene has some of."""
    kinds = ("scenes", "objects", "meshes", "lights", "cameras", "worlds", "materials", "collections")
    return [len(getattr(bpy.data, kind)) for kind in kinds]


def test_it_has_a_picture_tags_and_a_description(ball, tmp_path):
    before = contents()
    assert bpy.ops.dream.asset() == {"FINISHED"}
    assert contents() == before and bpy.context.scene.camera is None
    data = ball.asset_data
    assert [tag.name for tag in data.tags] == ["green", "ball", "cube"]
    assert data.description == "A green ball on top of a GREEN cube (seed 7)" and data.author == ""
    check_picture(ball)
    bpy.ops.dream.asset()
    assert len(data.tags) == 3
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "asset.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "asset.blend"))
    check_picture(bpy.data.objects["Sphere"])


def check_picture(obj: bpy.types.Object) -> None:
    """A green ball, whole, on nothing."""
    assert tuple(obj.preview.image_size) == (256, 256)
    pixels = np.array(obj.preview.image_pixels_float).reshape(256, 256, 4)
    inside = pixels[..., 3] > 0.5
    assert 0.2 < inside.mean() < 0.7
    assert not np.concatenate([inside[[0, -1]], inside[:, [0, -1]].T]).any(), "its edge is empty"
    red, green, blue = np.median(pixels[inside], axis=0)[:3]
    assert green > 0.4 and green > 2 * max(red, blue)


def test_where_blender_has_no_denoiser_its_picture_is_rendered_without(ball, dream, monkeypatch):
    monkeypatch.setattr(dream.module("bridge.compat"), "can_denoise", lambda: False)
    monkeypatch.setattr(dream.module("bridge.asset"), "SAMPLES_ALONE", 2)
    asked = []
    note = lambda scene, *_: asked.append((scene.cycles.use_denoising, scene.cycles.samples))
    bpy.app.handlers.render_pre.append(note)
    try:
        assert bpy.ops.dream.asset() == {"FINISHED"}
    finally:
        bpy.app.handlers.render_pre.remove(note)
    assert asked == [(False, 2)]
    check_picture(ball)


def test_without_a_mesh_it_stays_no_asset(ball):
    ball.data.clear_geometry()
    before = contents()
    with pytest.raises(RuntimeError, match="no mesh to show yet"):
        bpy.ops.dream.asset()
    assert ball.asset_data is None and contents() == before


def test_an_object_of_another_file_is_not_changed(ball, tmp_path):
    path = str(tmp_path / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    with bpy.data.libraries.load(path, link=True) as (_, linked):
        linked.objects = ["Sphere"]
    bpy.context.collection.objects.link(linked.objects[0])
    linked.objects[0].select_set(True)
    bpy.context.view_layer.objects.active = linked.objects[0]
    with pytest.raises(RuntimeError, match="comes from another file: make it local first"):
        bpy.ops.dream.asset()
