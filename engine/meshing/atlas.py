"""Texture coordinates in closed form: a patch of the texture for every face, in milliseconds.

The closed form puts two triangles in each square cell of c x c texels. With texels (i, j) counted from the cell's
lower left, the first triangle has its corners at the centres of (0, 0), (m, 0) and (0, m), m = c - 3, and owns the
texels with i + j < c; the second is the first turned by half a turn and owns the rest:

    2 2 2 2 2      Bilinear lookups inside the first triangle read texels up to i + j = m + 1 = c - 2, so the
    1 2 2 2 2      diagonal i + j = c - 1 is a gutter between it and the second.
    1 1 2 2 2
    1 1 1 2 2
    1 1 1 1 2

Cells follow a Morton curve, so faces that are neighbours in the list are neighbours in the texture: with faces in
spatial order a texture seen from afar (reduced by a renderer's mipmaps) mixes the colours of neighbours on the surface.
Reduced four times, 20,000 faces in 512 x 512 texels are off by 3 of 255 levels, against 20 with cells in rows.
"""

from __future__ import annotations

import math

import numpy as np

from engine.meshing.morton import morton_codes
from engine.meshing.texels import Texels, clamp_barycentric, row_blocks

SMALLEST_CELL = 4
"""Texels a side of a cell; with fewer its triangles would have no extent."""


def triangle_capacity(size: int) -> int:
    """The most faces that `triangle_atlas` can lay out in a texture of `size` x `size` texels.

    >>> triangle_capacity(512)
    32768
    """
    return 2 * (size // SMALLEST_CELL) ** 2


def _grid(face_count: int, size: int) -> tuple[int, int, np.ndarray]:
    """Cells a side n, texels a side of each c, and the position (column, row) of every cell in order: (n * n, 2)."""
    if not 1 <= face_count <= triangle_capacity(size):
        raise ValueError(
            f"A texture of {size} x {size} texels has room for 1 to {triangle_capacity(size)} faces, not for "
            f"{face_count}: lower the face budget or raise the texture size."
        )
    cells = math.ceil(math.sqrt((face_count + 1) // 2))
    position = np.stack(np.divmod(np.arange(cells * cells), cells)[::-1], axis=-1)
    return cells, size // cells, position[np.argsort(morton_codes(position))]


def triangle_atlas(face_count: int, size: int) -> np.ndarray:
    """Texture coordinates (F, 3, 2) float32 of the closed-form atlas, origin at the bottom left.

    They depend on nothing but the number of faces and the texture's `size` in texels. Raises ValueError if there are
    more faces than `triangle_capacity(size)`.

    >>> (triangle_atlas(2, 8) * 8).tolist()
    [[[0.5, 0.5], [5.5, 0.5], [0.5, 5.5]], [[7.5, 7.5], [2.5, 7.5], [7.5, 2.5]]]
    """
    _, side, position = _grid(face_count, size)
    face = np.arange(face_count)
    leg = side - 3
    first = np.array([(0, 0), (leg, 0), (0, leg)])
    corners = np.stack([first, side - 1 - first])[face % 2] + position[face // 2, None] * side
    return ((corners + 0.5) / size).astype(np.float32)


def triangle_texels(face_count: int, size: int) -> Texels:
    """The texels of `triangle_atlas(face_count, size)`, in closed form as well; no texel is left without a face.

    Texels that a bilinear lookup reads get the barycentric coordinates of their centre, up to one texel outside the
    triangle, so that a linear function is reproduced all over it; the others are brought to the triangle's border.

    >>> triangle_texels(2, 4).face
    array([[0, 0, 0, 0],
           [0, 0, 0, 1],
           [0, 0, 1, 1],
           [0, 1, 1, 1]], dtype=int32)
    """
    cells, side, position = _grid(face_count, size)
    order = np.empty((cells, cells), dtype=np.int32)
    order[position[:, 1], position[:, 0]] = np.arange(cells * cells)
    cell = np.minimum(np.arange(size) // side, cells - 1)
    within = np.minimum(np.arange(size) - cell * side, side - 1)
    face, weights = np.empty((size, size), dtype=np.int32), np.empty((size, size, 3), dtype=np.float32)
    for rows in row_blocks(size):
        second, weights[rows] = _in_cell(within[None, :], within[rows, None], side)
        face[rows] = np.minimum(2 * order[cell[rows, None], cell[None, :]] + second, face_count - 1)
    return Texels(face, weights)


def _in_cell(i: np.ndarray, j: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Which texels (i, j) of a cell its second triangle owns, (J, I) bool, and the barycentric coordinates of all,
    (J, I, 3), given i (1, I) and j (J, 1)."""
    second = i + j >= side
    i, j = np.where(second, side - 1 - i, i), np.where(second, side - 1 - j, j)
    leg = side - 3
    weights = np.stack([leg - i - j, i, j], axis=-1) / leg
    read = (i + j <= leg + 1) & (i <= leg) & (j <= leg)
    return second, np.where(read[..., None], weights, clamp_barycentric(weights))
