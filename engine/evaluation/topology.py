"""What is wrong with a mesh, however near the true surface it is: holes, pinched edges, pieces too many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.meshing.clean import pieces, unique_edges


@dataclass(frozen=True)
class Topology:
    """Counts of a mesh's edges and pieces."""

    holes: int
    """Edges that have one face: a closed mesh has none."""
    pinches: int
    """Edges that have more than two faces: a manifold mesh has none."""
    pieces: int
    """Parts that no edge joins."""

    def faults(self, true_pieces: int) -> int:
        """How much is wrong, where the true object has so many pieces. Too few are not: F tells of what is missing."""
        return self.holes + self.pinches + max(0, self.pieces - true_pieces)


def topology(faces: np.ndarray) -> Topology:
    """Of a mesh with faces (F, 3).

    >>> tetrahedron = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    >>> topology(tetrahedron)
    Topology(holes=0, pinches=0, pieces=1)
    >>> topology(np.concatenate([tetrahedron[1:], tetrahedron + 4])).faults(true_pieces=1)
    4
    """
    edges, corner_edges = unique_edges(faces)
    count = np.bincount(corner_edges.ravel(), minlength=len(edges))
    piece = pieces(faces, faces.max(initial=-1) + 1)
    return Topology(int((count == 1).sum()), int((count > 2).sum()), int(piece.max(initial=-1)) + 1)
