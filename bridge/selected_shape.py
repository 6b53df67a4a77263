"""The shape of what is selected, as a run's start, and the place in the scene that it stands for."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np

from ..engine.run.start import Start, fit_to_scene
from .runs import RunRefused

WITH_SURFACE = ("MESH", "CURVE", "SURFACE", "META", "FONT")
"""Types of objects that convert to a mesh."""


@dataclass
class SelectedShape:
    """A start, and where it was in the scene."""

    start: Start
    """The mesh, in the engine's frame."""
    centre: np.ndarray
    """(3,) where the engine's origin is in the scene."""
    unit: float
    """Length of one engine unit in the scene."""
    objects: list[bpy.types.Object]
    """What it was made of."""

    def place(self, obj: bpy.types.Object) -> None:
        """Have a new object stand where the shape was, as large as that."""
        obj.location, obj.scale = self.centre, (self.unit,) * 3

    def hide(self) -> None:
        """Take what it was made of out of sight, in the viewport and in renders."""
        for obj in self.objects:
            obj.hide_set(True)
            obj.hide_render = True


def has_surface(context: bpy.types.Context) -> bool:
    """Whether something is selected that may have faces, or has instances of what may."""
    return any(obj.type in WITH_SURFACE or obj.is_instancer for obj in context.selected_objects)


def selected_shape(context: bpy.types.Context) -> SelectedShape:
    """All that is selected, joined: as it looks in the viewport, with modifiers and instances, in the world's frame.

    Raises RunRefused if there is no face, StartError if no run can start from it.
    """
    chosen = [obj for obj in context.selected_objects if obj.type in WITH_SURFACE or obj.is_instancer]
    vertices, faces, used, count = [], [], [], 0
    for instance in context.evaluated_depsgraph_get().object_instances:
        owner = (instance.parent if instance.is_instance else instance.object).original
        shown = instance.is_instance or instance.show_self
        if owner not in chosen or not shown or instance.object.type not in WITH_SURFACE:
            continue
        corners, triangles = _triangles(instance)
        if len(triangles):
            vertices.append(corners)
            faces.append(triangles + count)
            used.append(owner)
            count += len(corners)
    if not faces:
        raise RunRefused("What is selected has no faces to start from: choose a mesh, or give the curve a bevel.")
    start, centre, unit = fit_to_scene(np.concatenate(vertices), np.concatenate(faces))
    return SelectedShape(start, centre, unit, list(dict.fromkeys(used)))


def _triangles(instance: bpy.types.DepsgraphObjectInstance) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (V, 3), in the world's frame, and faces (F, 3) of what is evaluated, counter-clockwise from outside."""
    matrix = np.array(instance.matrix_world)
    mesh = instance.object.to_mesh()
    if mesh is None:
        return np.empty((0, 3)), np.empty((0, 3), np.int64)
    mesh.calc_loop_triangles()
    vertices = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", vertices)
    faces = np.empty(3 * len(mesh.loop_triangles), np.int32)
    mesh.loop_triangles.foreach_get("vertices", faces)
    instance.object.to_mesh_clear()
    vertices, faces = vertices.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3], faces.reshape(-1, 3)
    return vertices, faces[:, ::-1] if np.linalg.det(matrix[:3, :3]) < 0 else faces
