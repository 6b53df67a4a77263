"""The field's albedo, baked into a texture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from engine.meshing.images import spread
from engine.meshing.query import query
from engine.meshing.texels import Texels


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
    owned = texels.face >= 0
    corners = vertices[faces[texels.face[owned]]]
    points = np.einsum("nk,nki->ni", texels.barycentric[owned], corners)
    colours = query(albedo, torch.from_numpy(points).to(device))
    image = np.zeros((*owned.shape, 3), dtype=np.uint8)
    image[owned] = np.clip(colours * 255.0 + 0.5, 0.0, 255.0).astype(np.uint8)
    return spread(image, owned)[::-1]
