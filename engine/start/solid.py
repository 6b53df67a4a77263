"""Any triangle mesh as a solid: what is inside of it, and how far its surface is from any point.

Meshes of artists are seldom closed: pieces overlap, sheets are open, faces are turned the wrong way. So no single test
is trusted. Rays vote, by signed crossings, as the generalised winding number does (Jacobson et al., "Robust
inside-outside segmentation using generalized winding numbers", 2013), whose integral over all directions is taken over
six here; what walls enclose is inside even where faces are turned at random; and sheets get a thickness.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_dilation, binary_fill_holes, label, maximum_filter

from engine.meshing.clean import cross_products, pieces, signed_volumes
from engine.meshing.sampling import sample_surface
from engine.run.start import Start, StartError

RESOLUTION = 64
"""Grid vertices along an edge of the cube [-1, 1]^3."""
SPACING = 2 / (RESOLUTION - 1)
SHEET = 0.025
"""Half of the thickness, in scene units, that sheets get: a wall that the field's finest grid can still hold."""
BAND = 0.12
"""Distances, in scene units, that are told; further ones count as this."""
WALL = 0.9 * SPACING
"""Distances within which a wall lets nothing through from one grid vertex to the next: half a spacing, and more since
samples leave gaps; so that a vertex beside what such walls enclose is inside, too, nearly."""
SAMPLES = 200_000
"""Points on the surface that distances are measured to: with 60,000 a cluttered mesh has gaps as wide as the spacing,
and its walls have holes."""
OFF_GRID = 1e-4 * np.sqrt(np.array([2.0, 3.0]))
"""Shares of a spacing by which rays pass beside the grid's vertices, where edges of boxes often are: a ray through an
edge would cross two faces, or none."""
AT_ONCE = 1_000_000
"""Pairs of a face and a ray that are looked at together."""


@dataclass
class Solid:
    """A mesh's inside.

    Attributes:
        distance: (R, R, R) float32 indexed [x, y, z], over the vertices linspace(-1, 1, R): how far the surface is, in
            scene units, within -BAND and BAND, negative inside.
        samples: (N, 3) float32, points on the surface, evenly by area.
    """

    distance: np.ndarray
    samples: np.ndarray


def solid(start: Start) -> Solid:
    """The inside of a mesh. Raises StartError if none of its faces has an area."""
    vertices, faces = start.vertices.astype(np.float64), start.faces
    if not np.any(cross_products(vertices, faces)):
        raise StartError("The shape to start from is only lines: choose a mesh whose faces have an area.")
    samples = sample_surface(vertices, faces, SAMPLES)[0].astype(np.float32)
    votes = inside_votes(vertices, outwards(vertices, faces))
    near, distance = _distances(samples)
    wall = np.zeros(votes.shape, dtype=bool)
    wall[near] = distance < WALL
    within = (votes > 3) | binary_dilation(_enclosed(wall, votes))
    signed = np.where(within, -BAND, BAND).astype(np.float32)
    signed[near] = np.where(within[near], -distance, distance)
    sheets = samples[~_touches(samples, within)]
    if len(sheets):
        near, distance = _distances(sheets)
        signed[near] = np.minimum(signed[near], distance - SHEET)
    return Solid(signed, samples)


def outwards(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """The faces (F, 3), those of connected pieces whose volume is negative turned round: a mirrored piece has its faces
    the wrong way, and the wall of a closed cavity is filled."""
    places, corner = np.unique(vertices.round(5), axis=0, return_inverse=True)
    piece = pieces(corner.reshape(-1)[faces], len(places))
    inwards = signed_volumes(vertices, faces, piece) < 0
    return np.where(inwards[piece, None], faces[:, ::-1], faces)


def inside_votes(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """How many of six rays, along the axes, call a vertex of a grid over [-1, 1]^3 inside: (R, R, R) int8, [x, y, z].

    A ray's vote is its winding number: crossings from the inside out, less those from the outside in.
    """
    votes = np.zeros((RESOLUTION,) * 3, dtype=np.int8)
    for axis in range(3):
        # With that axis last, the others in cyclic order.
        turned = np.roll(vertices, 2 - axis, axis=1)
        passed = np.cumsum(_crossings(turned[faces]), axis=-1)
        behind, ahead = -passed[..., :-1], passed[..., -1:] - passed[..., :-1]
        votes += np.moveaxis((behind > 0).astype(np.int8) + (ahead > 0), (0, 1, 2), np.roll(range(3), 2 - axis))
    return votes


def _crossings(triangles: np.ndarray) -> np.ndarray:
    """Signed crossings of rays along z with triangles (F, 3, 3): (R, R, R + 1) int32, one ray through each vertex of
    the x-y plane, 1 where it leaves; entry k is of what lies between the vertices k - 1 and k."""
    flat = (triangles[..., :2] + 1) / SPACING - OFF_GRID
    height = (triangles[..., 2] + 1) / SPACING
    first = np.ceil(flat.min(1)).clip(0).astype(np.int64)
    rays = (np.floor(flat.max(1)).clip(max=RESOLUTION - 1).astype(np.int64) - first + 1).clip(0)
    counts = np.zeros(RESOLUTION * RESOLUTION * (RESOLUTION + 1))
    pairs = rays.prod(1)
    ends = np.cumsum(pairs)
    for begin in range(0, int(ends[-1]), AT_ONCE):
        number = np.arange(begin, min(begin + AT_ONCE, int(ends[-1])))
        face = np.searchsorted(ends, number, side="right")
        x, y = np.divmod(number - (ends - pairs)[face], rays[face, 1])
        x, y = x + first[face, 0], y + first[face, 1]
        corners = flat[face] - np.stack([x, y], -1)[:, None]
        a, b = np.roll(corners, -1, axis=1), np.roll(corners, -2, axis=1)
        parts = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]  # of twice the area, opposite each corner
        hit = (parts > 0).all(1) | (parts < 0).all(1)
        parts, x, y = parts[hit], x[hit], y[hit]
        area = parts.sum(1)
        at = np.ceil((parts * height[face[hit]]).sum(1) / area).clip(0, RESOLUTION).astype(np.int64)
        counts += np.bincount((x * RESOLUTION + y) * (RESOLUTION + 1) + at, np.sign(area), len(counts))
    return counts.reshape(RESOLUTION, RESOLUTION, RESOLUTION + 1).astype(np.int32)


def _enclosed(wall: np.ndarray, votes: np.ndarray) -> np.ndarray:
    """What walls (R, R, R) bool enclose, without the slots between walls that no ray calls inside."""
    region, _ = label(binary_fill_holes(wall) & ~wall)
    agreed = np.unique(region[votes > 0])
    return np.isin(region, agreed[agreed > 0])


def _cells(points: np.ndarray) -> tuple[np.ndarray, ...]:
    """The grid vertex nearest to each point (N, 3), as an index."""
    return tuple(((points + 1) / SPACING).round().astype(np.int64).clip(0, RESOLUTION - 1).T)


def _distances(samples: np.ndarray) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """The grid vertices near samples (N, 3), as an index, and how far from the nearest of them each is, BAND at
    most."""
    from scipy.spatial import cKDTree  # .1 s, which runs that start from a ball need not wait for

    near = np.zeros((RESOLUTION,) * 3, dtype=bool)
    near[_cells(samples)] = True
    where = np.nonzero(maximum_filter(near, 2 * int(BAND / SPACING) + 1))
    places = np.stack(where, -1) * SPACING - 1
    return where, cKDTree(samples).query(places, distance_upper_bound=BAND, workers=-1)[0].clip(max=BAND)


def _touches(samples: np.ndarray, within: np.ndarray) -> np.ndarray:
    """Which samples (N, 3) have a grid vertex beside them that is inside, as those on a sheet have not."""
    return maximum_filter(within, 3)[_cells(samples)]
