"""The object that a run makes, before its first mesh."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..engine.run.settings import RunSettings


def new_object(context: bpy.types.Context, settings: RunSettings, folder: Path) -> bpy.types.Object:
    """An empty mesh at the 3D cursor, selected and active, that remembers its run."""
    obj = bpy.data.objects.new(settings.prompt, bpy.data.meshes.new(settings.prompt))
    obj.location = context.scene.cursor.location
    obj.dream.run_id, obj.dream.folder = folder.name, str(folder)
    obj.dream.prompt, obj.dream.seed = settings.prompt, settings.seed
    _link(context, obj)
    for other in context.selected_objects:
        other.select_set(False)
    obj.select_set(True)
    context.view_layer.objects.active = obj
    return obj


def _link(context: bpy.types.Context, obj: bpy.types.Object) -> None:
    """Put the object where new ones go, and into sight where a viewport shows a few objects alone."""
    try:
        context.collection.objects.link(obj)
    except RuntimeError:  # a collection of another file takes none
        context.scene.collection.objects.link(obj)
    view = context.space_data
    if view is not None and view.type == "VIEW_3D" and view.local_view:
        obj.local_view_set(view, True)
