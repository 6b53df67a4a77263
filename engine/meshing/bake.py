"""The field's albedo, baked into a texture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from engine.meshing.images import spread
from engine.meshing.query import query
from engine.meshing.texels import Texels, row_blocks

BLOCK = 1 << 20
"""Texels whose colours are asked for together: some 70 MB of numbers, and a few chunks for each core."""


def bake_albedo(
    albedo: Callable[[torch.Tensor], torch.Tensor],
    vertices: np.ndarray,
    faces: np.ndarray,
    texels: Texels,
    device: torch.device | str = "cpu",
) -> np.ndarray:
    """The texture: (S, S, 3) uint8, sRGB, row 0 at the top.

    `albedo` maps (N, 3) points to (N, 3) colours in [0, 1], sRGB-encoded, and is asked at the surface point of every
    texel that a face owns. The others take the colour of the nearest texel that is owned, so that lookups and mipmaps
    across seams stay clean.
    """
    corners, owned = vertices[faces], texels.face >= 0
    image = np.zeros((*owned.shape, 3), dtype=np.uint8)
    for rows in row_blocks(len(image), BLOCK):
        mine = owned[rows]
        if mine.any():
            places = np.einsum("nk,nki->ni", texels.barycentric[rows][mine], corners[texels.face[rows][mine]])
            colours = query(albedo, torch.from_numpy(places).to(device))
            image[rows][mine] = np.clip(colours * 255.0 + 0.5, 0.0, 255.0).astype(np.uint8)
    return spread(image, owned)[::-1]
