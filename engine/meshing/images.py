"""Textures as arrays and as files; without torch, so that an export starts at once."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import distance_transform_edt, map_coordinates

from engine.meshing.texels import Texels, clamp_barycentric, row_blocks
from engine.srgb import to_linear

PNG_COMPRESSION = 1
"""zlib's fastest: a texture every few seconds wants milliseconds, not the last kilobyte."""


def read_png(path: Path) -> np.ndarray:
    """The image in a file as (H, W, 3) uint8. Raises OSError."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def encode_png(image: np.ndarray) -> bytes:
    """An (H, W, 3) uint8 image as the bytes of a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(buffer, "PNG", compress_level=PNG_COMPRESSION)
    return buffer.getvalue()


def mean_albedo(image: np.ndarray) -> np.ndarray:
    """(3,) mean of the colours of a texture, (H, W, 3) uint8, sRGB-encoded; the mean is linear, in [0, 1].

    >>> mean_albedo(np.array([[[0, 128, 255], [255, 128, 255]]], dtype=np.uint8)).round(3)
    array([0.5  , 0.216, 1.   ])
    """
    counts = [np.bincount(image[..., channel].ravel(), minlength=256) for channel in range(3)]
    return np.array(counts) @ to_linear(np.arange(256) / 255) / counts[0].sum()


def spread(image: np.ndarray, owned: np.ndarray) -> np.ndarray:
    """The (S, S, 3) image with texels that are not `owned`, (S, S) bool, in the colour of the nearest that is.

    So lookups and mipmaps across seams stay clean.
    """
    if owned.all() or not owned.any():
        return image
    row, column = distance_transform_edt(~owned, return_distances=False, return_indices=True)
    filled = np.empty_like(image)
    for rows in row_blocks(len(image)):
        filled[rows] = image[row[rows], column[rows]]
    return filled


def resample(image: np.ndarray, uvs: np.ndarray, texels: Texels) -> np.ndarray:
    """A texture for `texels`, (S, S, 3) uint8, that looks on its faces as `image` does with the coordinates `uvs`.

    `image` is (H, W, 3) uint8 and `uvs` (F, 3, 2); both images have row 0 at the top. Each texel is looked up on its
    own face, bilinearly as a renderer does, so it takes nothing from islands that are its neighbours in the texture.
    """
    owned = texels.face >= 0
    weights = clamp_barycentric(texels.barycentric[owned])
    u, v = np.einsum("nk,nki->in", weights, uvs[texels.face[owned]])
    height, width = image.shape[:2]
    at = np.stack([(1.0 - v) * height - 0.5, u * width - 0.5])
    found = np.zeros((*owned.shape, 3), dtype=np.uint8)
    for channel in range(3):
        colours = map_coordinates(image[..., channel].astype(np.float32), at, order=1, mode="grid-wrap")
        found[owned, channel] = np.clip(colours + 0.5, 0.0, 255.0).astype(np.uint8)
    return spread(found, owned)[::-1]
