"""The encoding of colours in pictures (IEC 61966-2-1)."""

from __future__ import annotations

import numpy as np


def to_linear(encoded: np.ndarray) -> np.ndarray:
    """Linear colours of sRGB-encoded ones, any shape, both in [0, 1].

    >>> to_linear(np.array([0.0, 0.5, 1.0])).round(3)
    array([0.   , 0.214, 1.   ])
    """
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
