"""The shape to start from, out of a file of any program."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.run.exits import clause
from engine.run.start import Start, StartError, fit_to_scene, read_start

Y_UP = (".glb", ".gltf", ".obj")
"""Files whose y axis points up and whose fronts are at +z, as `engine.meshing.export` writes them too."""
FORMATS = (".npz", ".stl", *Y_UP)


def load_start(path: Path) -> Start:
    """All meshes in a file as one, fitted to the scene. Raises StartError, with one sentence, if that cannot be."""
    if path.suffix.lower() not in FORMATS:
        raise StartError(f"{path} is not a supported file type: choose one of {', '.join(FORMATS)}.")
    if not path.is_file():
        raise StartError(f"There is no file {path}: choose another.")
    if path.suffix.lower() == ".npz":
        start = read_start(path.parent, path.name)
        return fit_to_scene(start.vertices, start.faces)[0]
    return fit_to_scene(*_load_with_trimesh(path))[0]


def _load_with_trimesh(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (V, 3), z up, and faces (F, 3)."""
    import trimesh

    try:
        mesh = trimesh.load_mesh(path, process=False, skip_materials=True)
    except Exception as error:  # noqa: BLE001 - what its readers of many formats raise is not documented
        raise StartError(f"{path} cannot be read ({clause(error)}): choose another file.") from error
    vertices, faces = np.asarray(mesh.vertices), np.asarray(mesh.faces)
    if path.suffix.lower() in Y_UP:
        vertices = np.stack([vertices[:, 0], -vertices[:, 2], vertices[:, 1]], axis=-1)
    return vertices, faces
