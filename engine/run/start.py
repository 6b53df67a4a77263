"""The shape that a run starts from: start.npz, a plain triangle mesh in the scene's frame."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .arrays import BROKEN, read_arrays, to_npz
from .atomic import atomic_write_bytes
from .exits import BAD_INPUT, EngineError, clause
from .folder import SCHEMA

START = "start.npz"
"""What the file is called where this program writes it."""
REACH = 0.85
"""How far from the origin the furthest vertex of a start is, in scene units, the scene's radius being 1: more than half
of the Toybox objects (.8), less than furniture and buildings (.9), which are blocked out most."""
MAX_BYTES = 1 << 28
"""Largest file of a start: some ten million triangles."""
SMALLEST = 1e-6
"""Size, in its own unit, under which a mesh counts as a point."""


class StartError(EngineError):
    """A shape that no run can start from."""

    exit_code = BAD_INPUT


@dataclass
class Start:
    """A triangle mesh in the scene's frame: z up, front towards -y, inside the cube from -1 to 1."""

    vertices: np.ndarray
    """(V, 3) float32."""
    faces: np.ndarray
    """(F, 3) int32: vertex of each corner."""


def fit_to_scene(vertices: np.ndarray, faces: np.ndarray) -> tuple[Start, np.ndarray, float]:
    """Move and scale a mesh, all axes alike, so that it stands in the middle of the scene and fills it as objects do.

    Args:
        vertices: (V, 3), z up, front towards -y; those that no face uses are left out.
        faces: (F, 3) vertex of each corner.

    Returns:
        the mesh, the centre (3,) of its bounds and the length of a scene unit, both in the mesh's own unit:
        `centre + unit * start.vertices` are the vertices that were given.

    Raises:
        StartError: there is no face, all vertices are in one place, or one is not finite.

    >>> start, centre, unit = fit_to_scene(np.array([[1.0, 0, 0], [5, 0, 0], [3, 0, 0]]), np.array([[0, 1, 2]]))
    >>> start.vertices[:, 0].tolist(), centre.tolist(), round(unit * REACH, 6)
    ([-0.8500000238418579, 0.8500000238418579, 0.0], [3.0, 0.0, 0.0], 2.0)
    """
    if not len(faces):
        raise StartError("The shape to start from has no faces: choose a mesh with some.")
    used, corners = np.unique(faces, return_inverse=True)
    vertices = np.asarray(vertices, dtype=np.float64)[used]
    if not np.isfinite(vertices).all():
        raise StartError("The shape to start from has a corner that is nowhere (not a number): repair the mesh.")
    centre = (vertices.min(0) + vertices.max(0)) / 2
    reach = float(np.linalg.norm(vertices - centre, axis=1).max())
    if reach < SMALLEST:
        raise StartError("The shape to start from is as small as a point: choose a larger one, or scale it up.")
    unit = reach / REACH
    fitted = ((vertices - centre) / unit).astype(np.float32)
    return Start(fitted, corners.reshape(-1, 3).astype(np.int32)), centre, unit


def write_start(folder: Path, start: Start) -> str:
    """Write a start into a run folder; returns its name there, for `RunSettings.start`.

    Raises StartError for what `read_start` would refuse, OSError if the folder cannot be written.
    """
    _check(START, start)
    data = to_npz(schema=np.int32(SCHEMA), vertices=start.vertices, faces=start.faces)
    if len(data) > MAX_BYTES:
        raise StartError(f"The shape to start from has {len(start.faces):,} triangles: decimate it first.")
    atomic_write_bytes(Path(folder) / START, data)
    return START


def read_start(folder: Path, name: str) -> Start:
    """The mesh in a run folder's file; a snapshot's mesh.npz will do.

    Raises StartError, with one sentence, if it is missing, broken, made by a newer version or not inside the folder.
    """
    path = Path(folder) / name
    try:
        arrays = read_arrays(path, folder, ("schema", "vertices", "faces"), MAX_BYTES)
    except FileNotFoundError:
        raise StartError(f"There is no {name} in {folder}: choose the shape to start from again.") from None
    except BROKEN as error:
        raise StartError(f"{path} is broken ({clause(error)}): choose the shape to start from again.") from error
    schema = arrays.pop("schema", None)
    if schema is not None and (schema.shape != () or schema.dtype.kind != "i" or schema > SCHEMA):
        raise StartError(f"{path} was made by a newer version: update.")
    if len(arrays) < 2:
        raise StartError(f"{path} is broken (it holds no mesh): choose the shape to start from again.")
    start = Start(**arrays)
    _check(name, start)
    return start


def _check(name: str, start: Start) -> None:
    """Raise StartError if a type, a shape, an index or a number is not as it should be."""
    vertices, faces = start.vertices, start.faces
    if vertices.dtype != np.float32 or vertices.ndim != 2 or vertices.shape[1] != 3:
        raise StartError(f"The vertices in {name} are {vertices.dtype} of shape {vertices.shape}, not float32 (V, 3).")
    if faces.dtype != np.int32 or faces.ndim != 2 or faces.shape[1] != 3:
        raise StartError(f"The faces in {name} are {faces.dtype} of shape {faces.shape}, not int32 (F, 3).")
    if not len(faces):
        raise StartError("The shape to start from has no faces: choose a mesh with some.")
    if not 0 <= faces.min() <= faces.max() < len(vertices):
        raise StartError(f"The faces in {name} point past its vertices.")
    if not np.abs(vertices).max() <= 1:  # so that what is not a number is refused too
        raise StartError(f"The vertices in {name} reach out of the scene, the cube from -1 to 1.")
