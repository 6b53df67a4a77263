"""From Selected: a few cubes become the start of a run, and its object takes their place."""

import math

import bpy
import numpy as np
import pytest

pytestmark = pytest.mark.blender


def box(name: str, centre: tuple, halves: tuple) -> bpy.types.Object:
    """A cube of side 2, scaled and moved as a blockout's are."""
    bpy.ops.mesh.primitive_cube_add(location=centre, scale=halves)
    bpy.context.object.name = name
    return bpy.context.object


def select(*objects: bpy.types.Object) -> None:
    for obj in bpy.context.view_layer.objects:
        obj.select_set(obj in objects)
    bpy.context.view_layer.objects.active = objects[-1]


def corners(obj: bpy.types.Object) -> np.ndarray:
    """(V, 3) in the world's frame."""
    return np.array([obj.matrix_world @ vertex.co for vertex in obj.data.vertices])


def shape(extension):
    return extension.module("bridge.selected_shape").selected_shape(bpy.context)


def volume(start) -> float:
    """Positive where the faces are turned outwards."""
    a, b, c = (start.vertices[start.faces[:, corner]].astype(float) for corner in range(3))
    return float((a * np.cross(b, c)).sum() / 6)


@pytest.fixture(scope="module")
def seat(extension):
    """A blockout of a stool, away from the origin and three metres wide, and the object that has begun from it."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    blocks = [box("top", (10, 0, 2), (1.5, 1.5, 0.3))]
    blocks += [box("leg", (10 + x, y, 1), (0.2, 0.2, 1)) for x in (-1, 1) for y in (-1, 1)]
    bpy.context.view_layer.update()
    bounds = np.concatenate([corners(block) for block in blocks])
    select(*blocks)
    extension.describe("a brown table", steps=100_000)
    assert bpy.ops.dream.generate_from() == {"FINISHED"}
    obj = bpy.context.object
    extension.tick_until(lambda: obj.dream.snapshots > 0)
    yield obj, blocks, bounds.min(0), bounds.max(0)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)


def test_the_first_mesh_stands_where_the_blocks_stood(seat):
    obj, _, low, high = seat
    found = corners(obj)
    np.testing.assert_allclose(found.min(0), low, atol=0.25)
    np.testing.assert_allclose(found.max(0), high, atol=0.25)
    below = found[found[:, 2] < 1.2]  # the legs, and nothing between them
    assert len(below) and np.abs(below[:, :2] - (10, 0)).max(1).min() > 0.5


def test_the_blocks_are_hidden_and_kept(seat):
    _, blocks, *_ = seat
    assert all(block.hide_get() and block.hide_render for block in blocks)


def test_the_run_folder_holds_the_start(seat, extension):
    folder = extension.run().folder
    settings = extension.module("engine.run.settings").read_settings(folder)
    start = extension.module("engine.run.start").read_start(folder, settings.start)
    assert settings.start == "start.npz" and len(start.faces) == 5 * 12


def test_what_dreamfusion_made_is_a_shape_too(seat, extension):
    obj, *_ = seat
    select(obj)
    found = shape(extension)
    assert math.isclose(found.unit, obj.scale.x, rel_tol=0.25)
    with pytest.raises(RuntimeError, match="still being made"):
        bpy.ops.dream.generate_from()


def test_modifiers_and_mirroring_count(dream):
    block = box("block", (0, 0, 0), (1, 1, 1))
    block.modifiers.new("Array", "ARRAY").count = 3
    block.scale.x = -1
    select(block)
    found = shape(dream)
    assert len(found.start.faces) == 3 * 12 and volume(found.start) > 0
    assert np.ptp(found.start.vertices, axis=0)[0] == pytest.approx(3 * np.ptp(found.start.vertices, axis=0)[1])


def test_curves_texts_metaballs_and_instances_are_shapes_too(dream):
    bpy.ops.object.text_add()
    text = bpy.context.object
    text.data.extrude = 0.1
    bpy.ops.curve.primitive_bezier_circle_add()
    ring = bpy.context.object
    ring.data.bevel_depth = 0.1
    bpy.ops.object.metaball_add(type="BALL")
    ball = bpy.context.object
    group = bpy.data.collections.new("group")
    group.objects.link(bpy.data.objects.new("inner", bpy.data.meshes.new_from_object(box("b", (5, 5, 5), (1, 1, 1)))))
    bpy.ops.object.collection_instance_add(collection="group")
    instance = bpy.context.object
    for obj in (text, ring, ball, instance):
        select(obj)
        assert bpy.ops.dream.generate_from.poll() and len(shape(dream).start.faces) >= 12, obj.name


def refused(words: str) -> None:
    before = len(bpy.data.objects)
    with pytest.raises(RuntimeError, match=words):
        bpy.ops.dream.generate_from()
    assert len(bpy.data.objects) == before and not any(obj.hide_get() for obj in bpy.context.view_layer.objects)


def test_what_has_no_surface_is_refused(dream):
    dream.describe()
    refused("Select a mesh, curve, text")
    bpy.ops.object.light_add()
    refused("Select a mesh, curve, text")
    bpy.ops.curve.primitive_bezier_curve_add()
    refused("has no faces to start from")
    bpy.ops.mesh.primitive_plane_add(size=0)
    refused("as small as a point")
    box("block", (0, 0, 0), (1, 1, 1))
    bpy.ops.object.mode_set(mode="EDIT")
    refused("Object Mode")
    bpy.ops.object.mode_set(mode="OBJECT")


def test_undo_brings_what_was_selected_back(dream, fake_engine):
    fake_engine()
    dream.describe()
    block = box("block", (0, 0, 0), (1, 1, 1))
    bpy.ops.ed.undo_push(message="block")
    assert bpy.ops.dream.generate_from("EXEC_DEFAULT", True) == {"FINISHED"}
    assert bpy.context.object != block and block.hide_get() and block.hide_render
    bpy.ops.ed.undo()
    assert [obj.name for obj in bpy.context.view_layer.objects] == ["block"]
    assert bpy.data.objects["block"].visible_get() and not bpy.data.objects["block"].hide_render
