"""Making a closed mesh manifold: two faces at every edge, one fan of faces around every vertex.

Decimation merges vertices without asking what else hangs on them, and welding does too, so walls that meet are pinched
together. What comes out is still closed in one sense: every edge is walked as often one way as the other. So it can be
taken apart at its half-edges, the directed edges of the faces, and sewn up anew without adding or moving a face: each
half-edge gets a twin of opposite direction, and each fan of faces that twins hold together a vertex of its own (as in
Guéziec et al., "Cutting and stitching", 2001). Half-edges are numbered 3 f + k, from corner k of face f to the next.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components


def make_manifold(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The closed mesh with vertices doubled where its surface touches itself, and without faces that cancel out.

    Every face must have three different vertices. A manifold mesh comes back with its vertices in another order.
    """
    faces = cancel_opposites(faces)
    start, after = faces.ravel(), np.roll(np.arange(faces.size).reshape(-1, 3), -1, axis=1).ravel()
    twin = _pair(start, start[after])
    fan = _fans(twin, after)
    while len(first := _double_edges(fan, fan[after])):
        _swap(twin, *first.T)
        fan = _fans(twin, after)
    corner = np.empty(fan.max(initial=-1) + 1, dtype=np.int64)
    corner[fan] = np.arange(len(fan))
    return vertices[start[corner]], fan.reshape(-1, 3)


def cancel_opposites(faces: np.ndarray) -> np.ndarray:
    """The faces (F, 3) without pairs that have the same vertices and wind against each other: walls of no thickness."""
    winding = np.sign(np.roll(faces, -1, axis=1) - faces).prod(axis=1)
    _, triple = np.unique(np.sort(faces, axis=1), axis=0, return_inverse=True)
    triple = triple.reshape(-1)
    surplus = np.bincount(triple, winding)[triple]
    kind = 2 * triple + (winding > 0)
    order = np.argsort(kind, kind="stable")
    number = np.empty_like(order)
    number[order] = np.arange(len(order)) - np.searchsorted(kind[order], kind[order])
    return faces[number < surplus * winding]


def _pair(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The twin of each half-edge. The two orders list the same edges, one by their starts and one by their ends."""
    twin = np.empty(len(start), dtype=np.int64)
    twin[np.lexsort((end, start))] = np.lexsort((start, end))
    return twin


def _fans(twin: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Which fan each half-edge starts from, as int32: around a vertex, what follows a half-edge's twin is next."""
    count = len(twin)
    turn = csr_array((np.ones(count, dtype=bool), after[twin], np.arange(count + 1)), shape=(count, count))
    return connected_components(turn, directed=True, connection="weak")[1].astype(np.int32)


def _double_edges(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Pairs (N, 2) of half-edges that go the same way between the same two fans; no two pairs have a fan in common."""
    upward = np.flatnonzero(start < end)
    upward = upward[np.lexsort((end[upward], start[upward]))]
    a, b = start[upward], end[upward]
    pairs = np.flatnonzero((a[1:] == a[:-1]) & (b[1:] == b[:-1]))
    number, lowest = np.arange(len(pairs)), np.full(start.max(initial=-1) + 1, len(pairs))
    for side in (a[pairs], b[pairs]):
        np.minimum.at(lowest, side, number)
    pairs = pairs[(lowest[a[pairs]] == number) & (lowest[b[pairs]] == number)]
    return np.stack([upward[pairs], upward[pairs + 1]], axis=-1)


def _swap(twin: np.ndarray, one: np.ndarray, other: np.ndarray) -> None:
    """Exchange the twins of half-edges that join the same two fans. Each of those is a cycle of half-edges, which
    exchanging the successors of two members cuts in two, so this can be repeated only a finite number of times."""
    twin[one], twin[other] = twin[other], twin[one]
    twin[twin[one]], twin[twin[other]] = one, other
