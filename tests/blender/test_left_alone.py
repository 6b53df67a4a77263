"""What an artist made is never wiped by an update; what only looks like it does not hold updates up."""

from __future__ import annotations

import bpy
import pytest

pytestmark = pytest.mark.blender

RED, GREEN, BLUE = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)


def move_a_vertex(obj):
    obj.data.vertices[0].co.z += 1


def move_a_uv(obj):
    obj.data.uv_layers[0].uv[0].vector = (0.1, 0.2)


def add_a_uv_map(obj):
    obj.data.uv_layers.new(name="Lightmap")


def colour_vertices(obj):
    obj.data.color_attributes.new("Colour", "BYTE_COLOR", "CORNER")


def assign_a_material(obj):
    obj.data.materials.append(bpy.data.materials.new("glaze"))
    obj.data.polygons[0].material_index = 1


def shade_flat(obj):
    obj.data.shade_flat()


def mark_a_seam(obj):
    obj.data.edges[0].use_seam = True


def set_normals(obj):
    obj.data.normals_split_custom_set([(1, 0, 0)] * len(obj.data.loops))


def paint_weights(obj):
    obj.vertex_groups.new(name="Group").add([2], 0.5, "REPLACE")


def paint(obj):
    obj.dream.image.pixels[0:4] = (0.0, 1.0, 1.0, 1.0)


def paint_and_pack(obj):
    paint(obj)
    obj.dream.image.pack()


EDITS = (
    move_a_vertex, move_a_uv, add_a_uv_map, colour_vertices, assign_a_material, shade_flat, mark_a_seam, set_normals,
    paint_weights, paint, paint_and_pack,
)


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_holds_updates_up_until_they_are_asked_for(by_hand, edit):
    obj, run = by_hand.obj, by_hand.run
    by_hand.update(1, RED, 3)
    edit(obj)
    before = (obj.data.attributes.keys(), tuple(obj.dream.image.pixels))
    by_hand.make(2, BLUE, 5)
    by_hand.dream.tick_until(lambda: run.note)
    assert run.note.startswith("You have changed this mesh or its texture")
    assert len(obj.data.polygons) == 3
    assert (obj.data.attributes.keys(), tuple(obj.dream.image.pixels)) == before
    select(obj)
    obj.vertex_groups.clear()
    assert bpy.ops.dream.show() == {"FINISHED"}
    assert len(obj.data.polygons) == 5 and tuple(obj.dream.image.pixels[:3]) == BLUE
    by_hand.update(3, GREEN, 4)
    assert len(obj.data.polygons) == 4 and tuple(obj.dream.image.pixels[:3]) == GREEN


def test_what_leaves_the_mesh_as_it_is_holds_nothing_up(by_hand):
    obj = by_hand.obj
    by_hand.update(1, RED, 3)
    select(obj)
    obj.name, obj.location.x = "renamed", 3
    obj.modifiers.new("Bevel", "BEVEL")
    obj.data.materials.append(bpy.data.materials.new("glaze"))
    obj.vertex_groups.new(name="empty")
    for mode in ("EDIT", "SCULPT", "WEIGHT_PAINT", "TEXTURE_PAINT", "OBJECT"):
        bpy.ops.object.mode_set(mode=mode)
        if mode == "EDIT":
            for action in ("SELECT", "DESELECT"):
                bpy.ops.mesh.select_all(action=action)
            bpy.ops.mesh.hide(unselected=True)
            bpy.ops.mesh.reveal()
    by_hand.update(2, BLUE, 5)
    assert len(obj.data.polygons) == 5


def test_the_mesh_of_another_run_is_left_alone(by_hand):
    obj = by_hand.obj
    by_hand.update(1, RED, 3)
    other = obj.copy()
    other.data, other.dream.run_id = obj.data.copy(), "another run"
    other.data.dream.run_id = other.dream.run_id
    assert not by_hand.dream.module("bridge.live_mesh").is_changed(other)
    obj.data = other.data
    by_hand.make(2, BLUE, 5)
    by_hand.dream.tick_until(lambda: by_hand.run.note)
    assert len(other.data.polygons) == 3 and "left alone" in by_hand.run.note


def test_a_painted_texture_stays_in_the_file_and_undo_brings_it_back(by_hand):
    by_hand.update(1, RED, 3)
    obj, name, painted = by_hand.obj, by_hand.obj.name, by_hand.obj.dream.image
    paint(obj)
    select(obj)
    bpy.ops.ed.undo_push(message="painted")
    by_hand.make(2, BLUE, 5)
    by_hand.dream.tick_until(lambda: by_hand.run.note)
    bpy.ops.dream.show()
    assert obj.dream.image != painted and painted.use_fake_user and tuple(painted.pixels[:3]) == (0, 1, 1)
    bpy.ops.ed.undo_push(message="newest")
    bpy.ops.ed.undo()
    obj = bpy.data.objects[name]
    assert len(obj.data.polygons) == 3 and tuple(obj.dream.image.pixels[:3]) == (0, 1, 1)


def test_a_texture_that_is_no_picture_leaves_mesh_and_texture_as_they_are(by_hand):
    obj = by_hand.obj
    by_hand.update(1, RED, 3)
    by_hand.make(2, BLUE, 5)
    picture = by_hand.folder / "snapshots" / "000002" / "albedo.png"
    whole = picture.read_bytes()
    picture.write_bytes(whole[: len(whole) // 2])
    by_hand.dream.tick_until(lambda: by_hand.run.note)
    assert "broken" in by_hand.run.note
    assert len(obj.data.polygons) == 3 and tuple(obj.dream.image.pixels[:3]) == RED
    picture.write_bytes(whole)
    by_hand.dream.tick_until(lambda: not by_hand.run.note)
    assert len(obj.data.polygons) == 5 and tuple(obj.dream.image.pixels[:3]) == BLUE


def test_what_is_sculpted_on_multires_is_left_alone(by_hand):
    obj, run = by_hand.obj, by_hand.run
    by_hand.update(1, RED, 3)
    select(obj)
    obj.modifiers.new("Sculpted", "MULTIRES")
    bpy.ops.object.multires_subdivide(modifier="Sculpted")
    by_hand.make(2, BLUE, 5)
    by_hand.dream.tick_until(lambda: run.note)
    assert run.note.startswith("You have changed this mesh") and len(obj.data.polygons) == 3


@pytest.mark.parametrize("file", ["mesh.npz", "albedo.png"])
def test_a_run_that_cannot_be_shown_leaves_nothing_in_the_scene(by_hand, file):
    settings = by_hand.dream.module("engine.run.settings")
    settings.write_settings(by_hand.folder, settings.RunSettings("a red cube"))
    by_hand.make(1, RED, 3)
    (by_hand.folder / "snapshots" / "000001" / file).write_bytes(b"junk")
    kinds = (bpy.data.objects, bpy.data.meshes, bpy.data.images, bpy.data.materials)
    counts = [len(kind) for kind in kinds]
    with pytest.raises(RuntimeError, match="broken"):
        bpy.ops.dream.open(directory=str(by_hand.folder))
    assert counts == [len(kind) for kind in kinds]


def select(obj: bpy.types.Object) -> None:
    """Make it the chosen object."""
    obj.select_set(True)
    bpy.context.view_layer.objects.active = obj
