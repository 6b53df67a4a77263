"""Which object, and which live run, an artist means."""

from __future__ import annotations

from pathlib import Path

import bpy

from . import run_folders, runs


def chosen_object(context: bpy.types.Context) -> bpy.types.Object | None:
    """The active object if it is selected and was made by a run."""
    obj = context.view_layer.objects.active
    return obj if obj is not None and obj.select_get() and obj.dream.run_id else None


def other_variations(obj: bpy.types.Object, scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """The scene's objects that Variations made together with this one, of other runs than its own."""
    if not obj.dream.group:
        return []
    return [
        other for other in scene.objects
        if other.dream.group == obj.dream.group and other.dream.run_id != obj.dream.run_id and is_own(other)
    ]


def is_own(obj: bpy.types.Object) -> bool:
    """Whether object and mesh are this file's, not linked from another: only then may the mesh be replaced."""
    return not (obj.library or (obj.data and obj.data.library))


def own_object(context: bpy.types.Context) -> bpy.types.Object:
    """The chosen object, whose mesh is to be replaced. Raises RunRefused if it is another file's."""
    obj = chosen_object(context)
    if not is_own(obj):
        raise runs.RunRefused("This object comes from another file: make it and its data local first.")
    return obj


def object_of(context: bpy.types.Context, folder: Path, root: Path) -> bpy.types.Object | None:
    """An object of this file, in sight, of the run in a folder; `root` is the folder of runs."""
    return next((
        obj for obj in context.view_layer.objects
        if obj.dream.run_id == folder.name and is_own(obj) and obj.visible_get()
        and run_folders.find(obj, root) == folder
    ), None)


def chosen_run(context: bpy.types.Context) -> runs.LiveRun | None:
    """The run of the chosen object; where none is chosen, the only live run."""
    obj = chosen_object(context)
    if obj is not None:
        return runs.of(obj.session_uid)
    live = runs.live()
    return live[0] if len(live) == 1 else None


def live_run(context: bpy.types.Context) -> runs.LiveRun | None:
    """The chosen run if its engine is at work."""
    run = chosen_run(context)
    return run if run is not None and run.alive and not run.over else None
