"""The object that a run makes, before its first mesh."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy

from ..engine.run.settings import RunSettings
from . import run_folders


@contextmanager
def new_object(
    context: bpy.types.Context, settings: RunSettings, folder: Path, root: Path
) -> Iterator[bpy.types.Object]:
    """An empty mesh at the 3D cursor, selected and active, that remembers its run in `folder`; `root` is the folder of
    runs. If anything goes wrong in the block, nothing is left of the object.
    """
    with object_of(settings, folder, root) as obj:
        obj.location = context.scene.cursor.location
        _link(context, obj)
        yield obj


@contextmanager
def object_of(settings: RunSettings, folder: Path, root: Path) -> Iterator[bpy.types.Object]:
    """The same in no scene yet."""
    mesh = bpy.data.meshes.new(settings.prompt)
    try:
        obj = bpy.data.objects.new(settings.prompt, mesh)
        run_folders.remember(obj, folder, root)
        obj.dream.prompt, obj.dream.seed, obj.dream.faces = settings.prompt, settings.seed, settings.face_budget
        obj.dream.texture, obj.dream.final_texture = settings.texture_size, settings.final_texture_size
        yield obj
    except BaseException:
        bpy.data.meshes.remove(mesh)  # and the object with it
        raise


def _link(context: bpy.types.Context, obj: bpy.types.Object) -> None:
    """Put the object where new ones go, or beside all collections where it could not be seen or selected there; into
    sight where a viewport shows a few objects alone; and select nothing else."""
    if not _select_in(context, obj, context.collection):
        _select_in(context, obj, context.scene.collection)
    select_only(context, obj)
    view = context.space_data
    if view is not None and view.type == "VIEW_3D" and view.local_view:
        obj.local_view_set(view, True)


def select_only(context: bpy.types.Context, obj: bpy.types.Object) -> None:
    """Make an object the active one, and the only one that is selected."""
    for other in context.selected_objects:
        other.select_set(False)
    obj.select_set(True)
    context.view_layer.objects.active = obj


def _select_in(context: bpy.types.Context, obj: bpy.types.Object, collection: bpy.types.Collection) -> bool:
    """Link the object to a collection and select it; False, with nothing done, if it would be out of sight or reach."""
    try:
        collection.objects.link(obj)
    except RuntimeError:  # a collection of another file takes none
        return False
    context.view_layer.update()
    if obj.name in context.view_layer.objects:  # not so where the collection is excluded
        obj.select_set(True)
        if obj.visible_get() and obj.select_get():
            return True
    collection.objects.unlink(obj)
    return False
