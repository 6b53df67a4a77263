"""Which face owns which texel of a texture, and where on that face the texel's centre is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

TOLERANCE = 1e-4
"""How far outside a face, in barycentric coordinates, a texel's centre may lie to count as inside."""
BLOCK = 1 << 18
"""Texels that are worked on together: some 30 MB of numbers, however large the texture."""


@dataclass(frozen=True)
class Texels:
    """The texels of an S x S texture, indexed [row, column], row 0 at the bottom (v = 0)."""

    face: np.ndarray
    """(S, S) int32: the face that owns the texel, -1 for none."""
    barycentric: np.ndarray
    """(S, S, 3) float32: weights of the face's corners at the texel's centre; they add up to 1."""


def row_blocks(size: int, block: int = BLOCK) -> Iterator[slice]:
    """The rows of a `size` x `size` texture, as many at a time as have `block` texels, but one at the least.

    >>> list(row_blocks(4, 8))
    [slice(0, 2, None), slice(2, 4, None)]
    """
    step = max(1, block // size)
    return (slice(begin, begin + step) for begin in range(0, size, step))


def clamp_barycentric(weights: np.ndarray) -> np.ndarray:
    """(..., 3) weights with those outside the triangle brought to its border."""
    inside = np.maximum(weights, 0.0)
    return inside / inside.sum(axis=-1, keepdims=True)


def _boxes(low: np.ndarray, high: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Every texel (column, row) of the boxes low..high, both (F, 2) and inclusive, and the box that it comes from: at
    most BLOCK of them at a time, box after box."""
    extent = np.maximum(high - low + 1, 0)
    ends = np.concatenate([[0], np.cumsum(extent[:, 0] * extent[:, 1])])
    for begin in range(0, int(ends[-1]), BLOCK):
        box = np.repeat(np.arange(len(extent)), np.diff(ends.clip(begin, begin + BLOCK)))
        row, column = np.divmod(np.arange(begin, begin + len(box)) - ends[box], extent[box, 0])
        yield column + low[box, 0], row + low[box, 1], box


def rasterise(uvs: np.ndarray, size: int) -> Texels:
    """The texels of a `size` x `size` texture whose centres lie in triangles with corners `uvs` (F, 3, 2) in [0, 1].

    A texel on the border of two faces goes to either; a face without an area in the texture owns none. Barycentric
    coordinates are of the texel's centre ((column + .5) / size, (row + .5) / size): ratios of areas, as in Pineda,
    "A parallel algorithm for polygon rasterization" (1988).
    """
    corners = uvs.astype(np.float64) * size - 0.5
    low = np.clip(np.ceil(corners.min(axis=1) - TOLERANCE), 0, size).astype(np.int64)
    high = np.clip(np.floor(corners.max(axis=1) + TOLERANCE), -1, size - 1).astype(np.int64)
    origin, first, second = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    owner = np.full((size, size), -1, dtype=np.int32)
    weights = np.zeros((size, size, 3), dtype=np.float32)
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = first / area[:, None], second / area[:, None]
        for column, row, face in _boxes(low, high):
            x, y = column - origin[face, 0], row - origin[face, 1]
            b = x * second[face, 1] - y * second[face, 0]
            c = y * first[face, 0] - x * first[face, 1]
            inside = (b >= -TOLERANCE) & (c >= -TOLERANCE) & (b + c <= 1.0 + TOLERANCE)
            row, column, b, c = row[inside], column[inside], b[inside], c[inside]
            owner[row, column] = face[inside]
            weights[row, column] = np.stack([1.0 - b - c, b, c], axis=-1)
    return Texels(owner, weights)
