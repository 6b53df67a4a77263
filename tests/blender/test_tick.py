"""What one tick does beside other objects and other runs: it finds its object, and brings one mesh at most."""

from __future__ import annotations

import time

import bpy
import pytest

pytestmark = pytest.mark.blender

RED, GREEN, BLUE = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)


def found(made) -> bpy.types.Object | None:
    """As the follower finds the object of a run by hand."""
    return made.dream.module("bridge.follower").find_object(made.obj.session_uid)


def test_another_object_under_the_last_name_is_not_taken_for_it(by_hand):
    by_hand.update(1, RED, 3)
    by_hand.obj.name = "renamed"
    other = bpy.data.objects.new("made", bpy.data.meshes.new("other"))
    bpy.context.collection.objects.link(other)
    by_hand.update(2, BLUE, 5)
    assert len(by_hand.obj.data.polygons) == 5 and not other.data.polygons
    by_hand.obj.name, other.name = "made", "renamed"
    by_hand.update(3, GREEN, 4)
    assert len(by_hand.obj.data.polygons) == 4 and not other.data.polygons


def test_it_is_found_wherever_a_scene_holds_it_and_nowhere_else(by_hand):
    obj, home = by_hand.obj, bpy.context.collection
    obj.hide_set(True)
    assert found(by_hand) == obj
    obj.hide_set(False)
    obj.hide_viewport = True
    assert found(by_hand) == obj
    home.objects.unlink(obj)
    assert found(by_hand) is None
    bpy.data.scenes.new("another").collection.objects.link(obj)
    assert found(by_hand) == obj


def test_a_mesh_waits_while_an_object_that_shares_it_is_sculpted(by_hand):
    by_hand.update(1, RED, 3)
    linked = by_hand.obj.copy()
    bpy.context.collection.objects.link(linked)
    bpy.context.view_layer.objects.active = linked
    bpy.ops.object.mode_set(mode="SCULPT")
    by_hand.make(2, BLUE, 5)
    by_hand.dream.tick_until(lambda: by_hand.run.note)
    assert "Object Mode" in by_hand.run.note and len(by_hand.obj.data.polygons) == 3
    bpy.ops.object.mode_set(mode="OBJECT")
    by_hand.dream.tick_until(lambda: len(by_hand.obj.data.polygons) == 5)


def test_an_object_that_takes_long_to_find_is_looked_for_less_often_but_at_once_for_a_new_mesh(by_hand, monkeypatch):
    follower, looks = by_hand.dream.module("bridge.follower"), []
    find = follower.find_object

    def find_slowly(uid: int):
        looks.append(uid)
        time.sleep(0.05)  # and so five seconds of rest
        return find(uid)

    monkeypatch.setattr(follower, "find_object", find_slowly)
    by_hand.run.next_look = 0.0
    for _ in range(5):
        follower.tick()
    assert len(looks) == 1
    by_hand.make(1, RED, 3)
    follower.tick()
    assert len(looks) == 2 and len(by_hand.obj.data.polygons) == 3


def test_a_picture_is_not_decoded_before_it_is_drawn(by_hand):
    by_hand.update(1, RED, 3)
    by_hand.update(2, BLUE, 5)
    image = by_hand.obj.dream.image
    assert not image.has_data
    assert tuple(image.pixels[:3]) == BLUE and image.has_data


def test_a_tick_brings_one_mesh_and_the_next_one_that_of_the_next_run(by_hand, tmp_path):
    folder = tmp_path / "second"
    folder.mkdir()
    second = type(by_hand)(by_hand.dream, folder)
    try:
        for made in (by_hand, second):
            made.update(1, RED, 40_000)  # large enough that bringing it takes longer than the budget
            made.make(2, BLUE, 40_000)
        tick = by_hand.dream.module("bridge.follower").tick
        seen = lambda: sorted(made.obj.dream.snapshots for made in (by_hand, second))  # noqa: E731
        assert seen() == [1, 1]
        tick()
        assert seen() == [1, 2]
        tick()
        assert seen() == [2, 2]
    finally:
        second.run.process.kill()
