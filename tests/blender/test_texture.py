"""Which texture is on which mesh, with snapshots made by hand: each has a colour and a number of faces of its own."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

import bpy
import pytest

pytestmark = pytest.mark.blender

ROOT = Path(__file__).resolve().parents[2]
RED, GREEN, BLUE = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)


def colour(image: bpy.types.Image) -> tuple:
    return tuple(image.pixels[:3])


def shown(obj: bpy.types.Object) -> tuple[int, tuple]:
    """Number of faces, and the colour that the object's material gives them."""
    nodes = obj.active_material.node_tree.nodes
    return len(obj.data.polygons), colour(next(node for node in nodes if node.type == "TEX_IMAGE").image)


def duplicate(obj: bpy.types.Object, linked: bool = False) -> bpy.types.Object:
    """What Shift+D does, or Alt+D (linked)."""
    bpy.ops.object.select_all(action="DESELECT")
    bpy.context.view_layer.objects.active = obj
    obj.select_set(True)
    bpy.ops.object.duplicate(linked=linked)
    return bpy.context.object


def test_each_update_shows_its_own_texture(by_hand):
    for step, (wanted, faces, size) in enumerate([(RED, 3, 8), (GREEN, 5, 16), (BLUE, 4, 8)]):
        by_hand.update(step, wanted, faces, size)
        assert shown(by_hand.obj) == (faces, wanted)
        assert tuple(by_hand.obj.dream.image.size) == (size, size)
    assert len(bpy.data.images) == len(bpy.data.materials) == 1


def test_solid_shading_shows_the_mean_albedo_until_the_artist_chooses_another(by_hand):
    viewport = lambda: tuple(by_hand.obj.active_material.diffuse_color)  # noqa: E731
    for step, wanted in enumerate([RED, GREEN, BLUE]):
        by_hand.update(step, wanted, 3)
        assert viewport() == pytest.approx((*wanted, 1.0))
    by_hand.update(4, (0.5, 0.5, 0.5), 3)
    assert viewport() == pytest.approx((0.2140, 0.2140, 0.2140, 1.0), abs=0.004)
    chosen = by_hand.obj.active_material.diffuse_color = (1.0, 0.25, 0.5, 1.0)
    by_hand.update(5, BLUE, 3)
    assert viewport() == chosen


def test_a_texture_does_not_need_the_run_folder(by_hand):
    by_hand.update(1, RED, 3)
    shutil.rmtree(by_hand.folder)
    image = by_hand.obj.dream.image
    assert colour(image) == RED and image.packed_file is not None
    for path in (image.filepath, image.packed_files[0].filepath):
        assert path == "//made.png", "no path of this computer in a file that goes to others"


def test_a_missing_texture_is_told_and_the_mesh_left_as_it_is(by_hand, monkeypatch):
    by_hand.update(1, RED, 3)
    monkeypatch.setattr(by_hand.dream.module("bridge.follower"), "ALBEDO", "gone.png")
    with pytest.raises(AssertionError, match="gone.png"):
        by_hand.update(2, BLUE, 5)
    assert len(by_hand.obj.data.polygons) == 3


def test_the_demo_keeps_each_mesh_with_its_texture(by_hand):
    """Even of two snapshots of one step, the second of which takes the first one's folder."""
    spec = importlib.util.spec_from_file_location("watcher", ROOT / "tools" / "watcher.py")
    watching = sys.modules["watcher"] = importlib.util.module_from_spec(spec)  # dataclasses look for their module
    spec.loader.exec_module(watching)
    watcher = watching.Watcher()
    for step, wanted, faces in ((5, RED, 3), (9, GREEN, 5), (9, BLUE, 4)):
        by_hand.update(step, wanted, faces)
        watcher.look(bpy.context.scene)
        watcher.look(bpy.context.scene)
    assert [(live.step, len(live.mesh.polygons), colour(live.albedo)) for live in watcher.seen] == [
        (5, 3, RED), (9, 5, GREEN), (9, 4, BLUE),
    ]


def test_a_duplicate_keeps_its_look(by_hand):
    by_hand.update(1, RED, 3)
    kept = duplicate(by_hand.obj)
    assert kept.active_material == by_hand.obj.active_material and kept.dream.image == by_hand.obj.dream.image
    by_hand.update(1, BLUE, 5)
    assert shown(kept) == (3, RED) and colour(kept.dream.image) == RED
    assert shown(by_hand.obj) == (5, BLUE) and colour(by_hand.obj.dream.image) == BLUE
    by_hand.update(2, GREEN, 4)
    assert (shown(kept), shown(by_hand.obj)) == ((3, RED), (4, GREEN))
    assert len(bpy.data.images) == len(bpy.data.materials) == 2, "one copy, however many updates"


def test_a_duplicate_that_shares_the_mesh_goes_along(by_hand):
    by_hand.update(1, RED, 3)
    linked, kept = duplicate(by_hand.obj, linked=True), duplicate(by_hand.obj)
    by_hand.update(2, BLUE, 5)
    assert shown(linked) == shown(by_hand.obj) == (5, BLUE)
    assert shown(kept) == (3, RED)


def test_the_artists_own_material_is_followed_too(by_hand):
    by_hand.update(1, RED, 3)
    plain = bpy.data.materials.new("plain")
    by_hand.obj.data.materials.append(plain)
    duplicate(by_hand.obj)
    by_hand.update(2, BLUE, 5)
    assert shown(by_hand.obj) == (5, BLUE)
    assert by_hand.obj.data.materials[1] == plain, "it shows no albedo, so nothing is wrong with sharing it"


def test_a_duplicate_does_not_resume_the_run_beside_its_original(by_hand):
    by_hand.update(1, RED, 3)
    duplicate(by_hand.obj)
    with pytest.raises(RuntimeError, match="still goes on"):
        bpy.ops.dream.resume()
    assert by_hand.run.alive


def test_undo_and_redo_bring_each_mesh_back_in_its_own_colours(by_hand):
    name = by_hand.obj.name
    by_hand.update(1, RED, 3)
    bpy.ops.ed.undo_push(message="red")
    assert shown(by_hand.obj) == (3, RED)
    by_hand.update(2, BLUE, 5)
    bpy.ops.ed.undo_push(message="blue")
    assert shown(by_hand.obj) == (5, BLUE)
    bpy.ops.ed.undo()
    assert shown(bpy.data.objects[name]) == (3, RED)
    bpy.ops.ed.redo()
    assert shown(bpy.data.objects[name]) == (5, BLUE)
