"""Even walls: the normals of neighbouring faces are averaged where they are alike, and the vertices follow.

A field's surface is lumpy in a way that no smoothing of positions takes away without rounding edges off. Normals tell
the two apart: across an edge they differ by much, across a lump by little (Zheng, Fu, Au and Tai, "Bilateral normal
filtering for mesh denoising", 2011; vertices follow as in Sun, Rosin, Martin and Langbein, "Fast and effective
feature-preserving mesh denoising", 2007).
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from engine.meshing.clean import cross_products

ALIKE = 0.35
"""The length of the difference between two unit normals at which they count as alike: that of 20 degrees."""
ROUNDS = 15
"""Of averaging, and then as many of moving the vertices: twice as many gain .1 degrees."""


def even(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Where the vertices (V, 3) of faces (F, 3) go so that walls are even and edges stay; float32.

    Takes a quarter of a second for 20,000 faces.
    """
    corners = np.ones(faces.size), faces.ravel(), np.arange(0, faces.size + 1, 3)
    touching = csr_array(corners, (len(faces), len(vertices)))
    normals = averaged_normals(vertices, faces, touching)
    return follow_normals(vertices, faces, touching, normals).astype(np.float32)


def averaged_normals(vertices: np.ndarray, faces: np.ndarray, touching: csr_array) -> np.ndarray:
    """Unit normals (F, 3), each a mean over the faces that share a vertex with its own, weighted by their areas, by how
    near they are and by how much alike the normals are.

    Args:
        touching: (F, V), 1 where a vertex is a face's.
    """
    cross = cross_products(vertices.astype(np.float64), faces)
    area = np.linalg.norm(cross, axis=1)
    normals = cross / area[:, None]
    around = (touching @ touching.T).tocsr()
    row, other = np.repeat(np.arange(len(faces)), np.diff(around.indptr)), around.indices
    middle = vertices[faces].mean(axis=1)
    apart = np.sum((middle[row] - middle[other]) ** 2, axis=1)
    fixed = area[other] * np.exp(-apart / (2 * np.sqrt(apart[row != other]).mean() ** 2))
    for _ in range(ROUNDS):
        unlike = np.sum((normals[row] - normals[other]) ** 2, axis=1)
        weights = fixed * np.exp(-unlike / (2 * ALIKE**2))
        normals = csr_array((weights, other, around.indptr), around.shape) @ normals
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return normals


def follow_normals(vertices: np.ndarray, faces: np.ndarray, touching: csr_array, normals: np.ndarray) -> np.ndarray:
    """Vertices (V, 3) moved, ROUNDS times, along the normals (F, 3) of their faces towards the faces' planes:
    v <- v + mean over the faces of v of n (n . (c - v)), c being the middle of the face."""
    of_vertex = touching.T.tocsr()
    share = 1 / np.maximum(of_vertex.sum(axis=1), 1)[:, None]
    projections = (of_vertex @ (normals[:, :, None] * normals[:, None]).reshape(-1, 9)).reshape(-1, 3, 3)
    for _ in range(ROUNDS):
        height = np.sum(normals * vertices[faces].mean(axis=1), axis=1, keepdims=True)
        vertices = vertices + share * (of_vertex @ (normals * height) - np.einsum("vij,vj->vi", projections, vertices))
    return vertices
