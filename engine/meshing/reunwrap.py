"""Charts for a mesh that has only the closed-form atlas: a live one, of a run that was stopped, or out of a .blend."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.meshing import atlas
from engine.meshing.images import resample
from engine.meshing.texels import rasterise
from engine.meshing.unwrap import unwrap
from engine.run.snapshots import SnapshotMesh

LARGEST_TEXTURE = 4096
"""Texels a side up to which a texture gets finer when it is resampled."""


def in_patches(mesh: SnapshotMesh, size: int) -> bool:
    """Whether the coordinates are those of the closed-form atlas for a texture of `size` x `size` texels."""
    count = len(mesh.faces)
    if not 1 <= count <= atlas.triangle_capacity(size):
        return False
    return np.allclose(mesh.uvs, atlas.triangle_atlas(count, size), rtol=0.0, atol=0.1 / size)


def reunwrap(mesh: SnapshotMesh, image: np.ndarray) -> tuple[SnapshotMesh, np.ndarray] | None:
    """The mesh with xatlas charts, and its texture `image` (H, W, 3) uint8 resampled into them, row 0 at the top.

    The texture gets twice as fine up to LARGEST_TEXTURE, since texels of the two do not line up. None where unwrapping
    was given up (see `unwrap`).
    """
    side = max(image.shape[:2])
    size = max(side, min(2 * side, LARGEST_TEXTURE))
    uvs = unwrap(mesh.vertices, mesh.faces, size)
    if uvs is None:
        return None
    return replace(mesh, uvs=uvs), resample(image, mesh.uvs, rasterise(uvs, size))
