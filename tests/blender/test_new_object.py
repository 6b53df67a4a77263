"""Where a new object appears: in sight, selected, whatever the artist's collections are like."""

from __future__ import annotations

import bpy
import pytest

pytestmark = pytest.mark.blender


def test_a_collection_of_another_file_takes_no_object(dream):
    library = str(dream.user_folder / "library.blend")
    bpy.data.libraries.write(library, {bpy.data.collections.new("theirs")}, fake_user=True)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    with bpy.data.libraries.load(library, link=True) as (there, here):
        here.collections = there.collections
    bpy.context.scene.collection.children.link(here.collections[0])
    bpy.context.view_layer.active_layer_collection = bpy.context.view_layer.layer_collection.children["theirs"]
    dream.describe(steps=1)
    assert bpy.ops.dream.generate() == {"FINISHED"}
    assert bpy.context.object in set(bpy.context.scene.collection.objects)


@pytest.mark.parametrize("state", ["hide_viewport", "hide_select", "exclude", "eye"])
def test_a_new_object_is_seen_and_selected_whatever_the_active_collection(dream, tmp_path, state):
    layer = bpy.context.view_layer
    collection = bpy.data.collections.new("theirs")
    bpy.context.scene.collection.children.link(collection)
    layer.active_layer_collection = layer.layer_collection.children["theirs"]
    if state == "exclude":
        layer.active_layer_collection.exclude = True
    elif state == "eye":
        layer.active_layer_collection.hide_viewport = True
    else:
        setattr(collection, state, True)
    settings = dream.module("engine.run.settings").RunSettings("a red cube")
    with dream.module("bridge.new_object").new_object(bpy.context, settings, tmp_path / "run", tmp_path) as obj:
        assert obj.visible_get() and obj.select_get() and bpy.context.object == obj
    assert bpy.ops.dream.export.poll()


def test_an_object_stays_in_the_active_collection_where_it_can(dream, tmp_path):
    layer = bpy.context.view_layer
    bpy.context.scene.collection.children.link(bpy.data.collections.new("theirs"))
    layer.active_layer_collection = layer.layer_collection.children["theirs"]
    settings = dream.module("engine.run.settings").RunSettings("a red cube")
    with dream.module("bridge.new_object").new_object(bpy.context, settings, tmp_path / "run", tmp_path) as obj:
        assert [collection.name for collection in obj.users_collection] == ["theirs"]
