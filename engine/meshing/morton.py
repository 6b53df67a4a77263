"""Morton (Z) order: neighbours in space become neighbours in a list, and the other way round."""

from __future__ import annotations

import numpy as np

BITS = 16
"""Bits of each coordinate that are used."""


def morton_codes(cells: np.ndarray) -> np.ndarray:
    """(N,) int64 codes of (N, D) integer coordinates below 2**16, D at most 3: their bits interleaved.

    >>> morton_codes(np.array([[0, 0], [1, 0], [0, 1], [1, 1], [2, 0]]))
    array([0, 1, 2, 3, 4])
    """
    cells = cells.astype(np.int64)
    dimensions = cells.shape[1]
    codes = np.zeros(len(cells), dtype=np.int64)
    for bit in range(BITS):
        for axis in range(dimensions):
            codes |= (cells[:, axis] >> bit & 1) << (bit * dimensions + axis)
    return codes


def spatial_order(points: np.ndarray) -> np.ndarray:
    """(N,) indices that sort (N, 3) points along a Morton curve through their bounding box."""
    low, high = points.min(axis=0), points.max(axis=0)
    cells = (points - low) / np.maximum(high - low, 1e-12) * ((1 << 10) - 1)
    return np.argsort(morton_codes(cells), kind="stable")
