"""Points on a surface."""

from __future__ import annotations

import numpy as np

from engine.meshing.clean import cross_products


def sample_surface(vertices: np.ndarray, faces: np.ndarray, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points (count, 3) drawn evenly by area, and the unit normals (count, 3) of the faces that they are on."""
    rng = np.random.default_rng(seed)
    normals = cross_products(vertices.astype(np.float64), faces)
    double_area = np.linalg.norm(normals, axis=1)
    face = rng.choice(len(faces), count, p=double_area / double_area.sum())
    u, v = rng.random((2, count))
    flip = u + v > 1
    u[flip], v[flip] = 1 - u[flip], 1 - v[flip]
    weights = np.stack([1 - u - v, u, v], 1)
    points = (weights[..., None] * vertices[faces[face]]).sum(1)
    return points, normals[face] / double_area[face, None]
