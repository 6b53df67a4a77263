"""What a .blend holds of a run whose folder is gone, as the folder of a run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy

from ..engine.run.events import EventWriter
from ..engine.run.snapshots import SnapshotError, SnapshotMesh, write_snapshot
from . import material, runs
from .live_mesh import as_snapshot


def is_artists_own(obj: bpy.types.Object) -> bool:
    """Whether an artist has made another thing of what a run made: edited, painted, deformed or modified it."""
    if obj.type != "MESH":
        return False
    modified = any(modifier.show_viewport for modifier in obj.modifiers)
    return modified or obj.data.shape_keys is not None or material.is_edited(obj)


@contextmanager
def folder_of_kept_mesh(obj: bpy.types.Object) -> Iterator[Path]:
    """A run folder that holds the object's mesh, as modifiers and shape keys leave it, and its texture, for as long as
    the block lasts.

    Raises RunRefused where the object has no faces, or no texture of a run, or the system no room for them.
    """
    image = obj.dream.image
    if obj.type != "MESH" or not obj.data.polygons or image is None or not image.size[0]:
        raise runs.RunRefused(f"The run {obj.dream.run_id} is gone, and this file holds no mesh or no texture of it.")
    with tempfile.TemporaryDirectory(prefix="dreamfusion-") as name:
        folder = Path(name)
        picture = folder / "painted.png"
        try:
            _save_png(image, picture)
            write_snapshot(folder, obj.dream.step, _seen(obj), picture.read_bytes())
            EventWriter(folder).write("snapshot", step=obj.dream.step, final=False)
        except (SnapshotError, OSError, RuntimeError) as error:  # the last is Blender's, for a picture
            raise runs.RunRefused(f"The mesh in this file cannot be exported: {error}") from error
        yield folder


def _seen(obj: bpy.types.Object) -> SnapshotMesh:
    """The mesh as the viewport shows it. Raises RunRefused where modifiers leave no faces."""
    depsgraph = bpy.context.evaluated_depsgraph_get()
    evaluated = obj.evaluated_get(depsgraph)
    try:
        mesh = evaluated.to_mesh(preserve_all_data_layers=True, depsgraph=depsgraph)
        if not mesh.polygons:
            raise runs.RunRefused("The modifiers of this object leave no faces to export: switch them off.")
        return as_snapshot(mesh)
    finally:
        evaluated.to_mesh_clear()


def _save_png(image: bpy.types.Image, path: Path) -> None:
    """Save a copy of an image as PNG, also where the artist has it as another kind of file. Raises RuntimeError."""
    own = image.file_format
    try:
        image.file_format = "PNG"
        image.save(filepath=str(path), save_copy=True)
    finally:
        image.file_format = own
