"""A snapshot as a file for other programs: GLB, or OBJ with its material and texture.

Both formats are y up: the engine's (x, y, z) is written as (x, z, -y), so that the object's front, -y, becomes +z, the
front of glTF. Blender's importers of both formats turn it back by default.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import trimesh
from PIL import Image

from engine.run.atomic import atomic_write_bytes
from engine.run.snapshots import SnapshotMesh

FORMATS = ("glb", "obj")

ROUGHNESS = 0.8
"""A matt surface: the field has no highlights to bake."""


def y_up(vectors: np.ndarray) -> np.ndarray:
    """(N, 3) vectors, z up with the front at -y, as y up with the front at +z."""
    return np.stack([vectors[:, 0], vectors[:, 2], -vectors[:, 1]], axis=-1)


def split_corners(faces: np.ndarray, uvs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vertices split only where texture coordinates differ: the first corner of each, (W,), and faces (F, 3) of them.

    A corner is an index into faces.ravel() and uvs.reshape(-1, 2).
    """
    keys = np.empty(faces.size, dtype=[("vertex", np.int32), ("u", np.float32), ("v", np.float32)])
    keys["vertex"] = faces.ravel()
    keys["u"], keys["v"] = uvs.reshape(-1, 2).T
    _, corner, index = np.unique(keys, return_index=True, return_inverse=True)
    return corner, index.reshape(faces.shape).astype(np.int32)


def export_glb(mesh: SnapshotMesh, albedo_png: Path, output: Path) -> None:
    """Write binary glTF 2.0 with smooth normals and the texture embedded."""
    corner, faces = split_corners(mesh.faces, mesh.uvs)
    vertex = mesh.faces.ravel()[corner]
    with Image.open(albedo_png) as texture:
        texture.load()
    material = trimesh.visual.material.PBRMaterial(
        name="albedo", baseColorTexture=texture, roughnessFactor=ROUGHNESS, metallicFactor=0.0
    )
    geometry = trimesh.Trimesh(
        vertices=y_up(mesh.vertices)[vertex],
        faces=faces,
        vertex_normals=y_up(mesh.normals)[vertex],
        visual=trimesh.visual.TextureVisuals(uv=mesh.uvs.reshape(-1, 2)[corner], material=material),
        process=False,
    )
    scene = trimesh.Scene({output.stem: geometry})
    atomic_write_bytes(output, trimesh.exchange.gltf.export_glb(scene, include_normals=True))


def export_obj(mesh: SnapshotMesh, albedo_png: Path, output: Path) -> None:
    """Write OBJ, and next to it its material, NAME.mtl, and texture, NAME-albedo.png.

    OBJ numbers positions, texture coordinates and normals apart, so the surface stays in one piece; trimesh would write
    a vertex for each pair of position and texture coordinate, which importers read as a mesh torn along its seams.
    """
    coordinates, index = np.unique(mesh.uvs.reshape(-1, 2), axis=0, return_inverse=True)
    corners = np.stack([mesh.faces, index.reshape(mesh.faces.shape), mesh.faces], axis=-1) + 1
    lines = [f"mtllib {output.with_suffix('.mtl').name}", f"o {output.stem}"]
    lines += ["v {:.6f} {:.6f} {:.6f}".format(*row) for row in y_up(mesh.vertices).tolist()]
    lines += ["vt {:.6f} {:.6f}".format(*row) for row in coordinates.tolist()]
    lines += ["vn {:.4f} {:.4f} {:.4f}".format(*row) for row in y_up(mesh.normals).tolist()]
    lines += ["usemtl albedo", "s 1"]
    lines += ["f {}/{}/{} {}/{}/{} {}/{}/{}".format(*row) for row in corners.reshape(-1, 9).tolist()]
    texture = output.with_name(f"{output.stem}-albedo.png")  # NAME.png may well be a picture of it
    material = f"newmtl albedo\nKa 0 0 0\nKd 1 1 1\nKs 0 0 0\nd 1\nillum 1\nmap_Kd {texture.name}\n"
    atomic_write_bytes(texture, albedo_png.read_bytes())
    atomic_write_bytes(output.with_suffix(".mtl"), material.encode())
    atomic_write_bytes(output, ("\n".join(lines) + "\n").encode())


def export_mesh(mesh: SnapshotMesh, albedo_png: Path, output: Path, format: str) -> None:
    """Write `mesh` with the texture in the file `albedo_png` to `output`, as "glb" or "obj".

    Raises ValueError for another format, OSError if a file cannot be read or written.
    """
    if format not in FORMATS:
        raise ValueError(f"{format!r} is not a format to export to; use one of {', '.join(FORMATS)}.")
    write = export_glb if format == "glb" else export_obj
    write(mesh, Path(albedo_png), Path(output))
