"""A textured mesh of one step: snapshots/000250/ with mesh.npz and albedo.png."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from .arrays import BROKEN, read_arrays, to_npz
from .atomic import atomic_folder, atomic_write_bytes
from .exits import EngineError, clause
from .folder import SCHEMA, snapshot_path, snapshots_path
from .png import check_png
from .reading import read_bounded
from .settings import TEXTURE_SIZES

ALBEDO = "albedo.png"
MESH = "mesh.npz"
SHAPES = {
    "vertices": (np.float32, (3,)),
    "faces": (np.int32, (3,)),
    "uvs": (np.float32, (3, 2)),
    "normals": (np.float32, (3,)),
    "edges": (np.int32, (2,)),
    "corner_edges": (np.int32, (3,)),
}
"""Per array: its type, and its shape after the first axis."""
MAX_BYTES = 1 << 30
"""Largest file of a snapshot: twice what the largest texture has room for."""


class SnapshotError(EngineError):
    """A snapshot that cannot be used."""


@dataclass
class SnapshotMesh:
    """A triangle mesh as Blender wants it, V vertices, F faces, E edges."""

    vertices: np.ndarray
    """(V, 3) float32: positions, z up, front towards -y."""
    faces: np.ndarray
    """(F, 3) int32: vertex of each corner, counter-clockwise seen from outside."""
    uvs: np.ndarray
    """(F, 3, 2) float32: texture coordinates of each corner, origin at the image's bottom left."""
    normals: np.ndarray
    """(V, 3) float32: unit normals."""
    edges: np.ndarray
    """(E, 2) int32: the two vertices of each edge, every undirected edge once."""
    corner_edges: np.ndarray
    """(F, 3) int32: edge from corner k to corner k + 1 (modulo 3) of the face."""


def check_mesh(mesh: SnapshotMesh) -> None:
    """Raise SnapshotError if a type, a shape, an index or a number is one that could crash a reader."""
    for name, (dtype, tail) in SHAPES.items():
        array = getattr(mesh, name)
        if array.dtype != dtype or array.ndim != len(tail) + 1 or array.shape[1:] != tail:
            wanted = f"{np.dtype(dtype)} of shape {('N', *tail)}".replace("'", "")
            raise SnapshotError(f"The mesh's {name} are {array.dtype} of shape {array.shape}, not {wanted}.")
        if dtype is np.float32 and not np.isfinite(array).all():
            raise SnapshotError(f"The mesh's {name} hold a number that is not finite.")
    for name, reference in (("normals", "vertices"), ("uvs", "faces"), ("corner_edges", "faces")):
        if len(getattr(mesh, name)) != len(getattr(mesh, reference)):
            raise SnapshotError(f"The mesh does not have as many {name} as {reference}.")
    for name, target in (("faces", "vertices"), ("edges", "vertices"), ("corner_edges", "edges")):
        index = getattr(mesh, name)
        if index.size and not 0 <= index.min() <= index.max() < len(getattr(mesh, target)):
            raise SnapshotError(f"The mesh's {name} point past its {target}.")
    # Column by column: five times faster than sorting pairs, and Blender's main thread waits for it.
    start, end = (np.ascontiguousarray(mesh.edges[:, side])[mesh.corner_edges] for side in range(2))
    corner, following = mesh.faces, np.roll(mesh.faces, -1, axis=1)
    if not (((start == corner) & (end == following)) | ((start == following) & (end == corner))).all():
        raise SnapshotError("The mesh's corner_edges do not join the corners of their faces.")


def write_snapshot(folder: Path, step: int, mesh: SnapshotMesh, albedo_png: bytes) -> Path:
    """Write the snapshot of one step and return its folder, which appears complete or not at all.

    An older snapshot of the same step is replaced. Raises SnapshotError for a mesh that check_mesh refuses, OSError if
    the folder cannot be written (an older snapshot of that step then stays).
    """
    check_mesh(mesh)
    data = to_npz(schema=np.int32(SCHEMA), **{name: getattr(mesh, name) for name in SHAPES})
    final = snapshot_path(folder, step)
    # Not with parents=True: a run folder that the artist deleted must not come back.
    final.parent.mkdir(exist_ok=True)
    with atomic_folder(final) as unfinished:
        atomic_write_bytes(unfinished / MESH, data)
        atomic_write_bytes(unfinished / ALBEDO, albedo_png)
    return final


def thin_snapshots(folder: Path, newest: int, most: int = 60) -> None:
    """Remove snapshots where there are more than `most`, each time the one with the nearest neighbours.

    So a run's history stays evenly spread, and a long one does not fill the disk. The first, the last three and that of
    step `newest` stay. What cannot be removed just now, such as what another process reads, stays until the next time.
    """
    steps = sorted(int(path.name) for path in snapshots_path(folder).iterdir() if path.name.isdecimal())
    while len(steps) > max(most, 4):
        gaps = {k: steps[k + 1] - steps[k - 1] for k in range(1, len(steps) - 3) if steps[k] != newest}
        shutil.rmtree(snapshot_path(folder, steps.pop(min(gaps, key=gaps.get))), ignore_errors=True)


def read_snapshot(path: Path) -> SnapshotMesh:
    """The checked mesh in a snapshot's folder.

    Raises SnapshotError, with one sentence, if the snapshot is missing, broken or made by a newer version.
    """
    path = Path(path)
    if not (path / MESH).is_file() or not (path / ALBEDO).is_file():
        raise SnapshotError(f"There is no complete snapshot in {path}.")
    try:
        arrays = read_arrays(path / MESH, path.parents[1], ("schema", *SHAPES), MAX_BYTES)
        check_png(read_bounded(path / ALBEDO, path.parents[1], MAX_BYTES), TEXTURE_SIZES[1])
    except BROKEN as error:
        raise SnapshotError(f"The snapshot {path} is broken ({clause(error)}).") from error
    schema = arrays.pop("schema", None)
    if schema is None or schema.shape != () or schema.dtype.kind != "i":
        raise SnapshotError(f"The snapshot {path} is broken (it names no schema version).")
    if schema > SCHEMA:
        raise SnapshotError(f"The snapshot {path} was made by a newer version (schema {schema}): update.")
    missing = SHAPES.keys() - arrays.keys()
    if missing:
        raise SnapshotError(f"The snapshot {path} is broken (it has no {min(missing)}).")
    mesh = SnapshotMesh(**{known.name: arrays[known.name] for known in fields(SnapshotMesh)})
    check_mesh(mesh)
    return mesh
