"""A field as a textured mesh, in one call."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from engine.fields import Field
from engine.meshing import atlas, clean
from engine.meshing.bake import bake_albedo
from engine.meshing.even import even
from engine.meshing.images import encode_png, mean_albedo
from engine.meshing.surface import density_grid, inside_the_scene, marching_cubes
from engine.meshing.texels import rasterise
from engine.meshing.unwrap import GIVEN_UP, unwrap
from engine.run.snapshots import SnapshotMesh
from engine.stopwatch import Stopwatch

SMOOTHING = 10
"""Steps of volume-preserving smoothing: enough to take the noise of single voxels out of the shading."""


@dataclass
class Extraction:
    """A textured mesh and how it came to be."""

    mesh: SnapshotMesh
    """The mesh, ready for write_snapshot."""
    albedo_png: bytes
    """Its texture as a PNG file: sRGB, row 0 at the top."""
    mean_albedo: np.ndarray
    """(3,) mean colour of the texture, linear, in [0, 1]."""
    seconds: dict[str, float]
    """Time of each stage, in order: density, surface, clean, atlas, bake, encode."""
    notes: list[str]
    """Sentences on what was done otherwise than asked."""


def extract(
    field: Field,
    occupied: torch.Tensor,
    *,
    threshold: float,
    resolution: int,
    face_budget: int,
    texture_size: int,
    final: bool,
) -> Extraction | None:
    """The surface of `field` where its density crosses `threshold`, or None if there is none yet.

    `occupied` is (C, C, C) bool over the cube [-1, 1]^3, indexed [x, y, z]: True where a cell may hold density; the
    field is asked on its device. The density is sampled at `resolution`^3 vertices. The mesh has at most `face_budget`
    faces, and no more than the texture has room for; the texture is `texture_size` texels square. A final mesh gets
    even walls and charts (seconds), unless they take too long; other meshes, and such, the closed-form atlas
    (milliseconds). Raises ValueError if the field is not finite.
    """
    watch, notes = Stopwatch(), []
    with watch.measure("density"):
        grid = density_grid(inside_the_scene(field.density, threshold), threshold, resolution, occupied)
    with watch.measure("surface"):
        surface = marching_cubes(grid, threshold)
    if surface is None:
        return None
    room = atlas.triangle_capacity(texture_size)
    if face_budget > room:
        notes.append(f"A texture of {texture_size} x {texture_size} has room for {room} faces, not {face_budget}.")
    with watch.measure("clean"):
        vertices, faces = clean.clean(*surface, min(face_budget, room), SMOOTHING)
        if not len(faces):
            return None
        if final:
            vertices, faces = clean.sound(even(vertices, faces), faces)
        edges, corner_edges = clean.unique_edges(faces)
        normals = clean.vertex_normals(vertices, faces)
    with watch.measure("atlas"):
        uvs = unwrap(vertices, faces, texture_size) if final else None
        charts = uvs is not None
        if final and not charts:
            notes.append(GIVEN_UP)
        if not charts:
            uvs = atlas.triangle_atlas(len(faces), texture_size)
    with watch.measure("bake"):
        texels = rasterise(uvs, texture_size) if charts else atlas.triangle_texels(len(faces), texture_size)
        image = bake_albedo(field.albedo, vertices, faces, texels, occupied.device)
    with watch.measure("encode"):
        albedo_png = encode_png(image)
    mesh = SnapshotMesh(vertices, faces, uvs, normals, edges, corner_edges)
    return Extraction(mesh, albedo_png, mean_albedo(image), dict(watch.seconds), notes)
