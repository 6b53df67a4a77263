"""A snapshot as a file for other programs: GLB, OBJ with its material and texture, or STL, which is shape alone.

GLB and OBJ are y up: the engine's (x, y, z) is written as (x, z, -y), so that the object's front, -y, becomes +z, the
front of glTF. Blender's importers of both formats turn it back by default. STL is z up, as slicers and Blender are.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import trimesh
from PIL import Image

from engine.meshing.images import encode_png, read_png
from engine.meshing.reunwrap import in_patches, reunwrap
from engine.meshing.unwrap import GIVEN_UP
from engine.run.atomic import atomic_write_bytes
from engine.run.look import ROUGHNESS
from engine.run.settings import SettingsError
from engine.run.snapshots import ALBEDO, SnapshotMesh, read_snapshot

FORMATS = ("glb", "obj", "stl")
STL_SCALE = 50.0
"""Millimetres, which slicers take STL's numbers for, of a scene unit: what fills the scene is 100 mm wide."""

MATERIAL = f"""newmtl albedo
Ka 0 0 0
Kd 1 1 1
Ks 0.5 0.5 0.5
Ns {1000 * (1 - ROUGHNESS) ** 2:.0f}
Pr {ROUGHNESS}
d 1
illum 2
map_Kd {{texture}}
"""
"""For Blender's importer the same as in the scene: Ks is its specular level, and Ns 1000 (1 - roughness)^2."""


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


def export_glb(mesh: SnapshotMesh, image: np.ndarray, output: Path) -> None:
    """Write binary glTF 2.0 with smooth normals and the texture embedded."""
    corner, faces = split_corners(mesh.faces, mesh.uvs)
    vertex = mesh.faces.ravel()[corner]
    material = trimesh.visual.material.PBRMaterial(
        name="albedo", baseColorTexture=Image.fromarray(image), roughnessFactor=ROUGHNESS, metallicFactor=0.0
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


def side_files(output: Path) -> tuple[Path, Path]:
    """The material's and the texture's file that go with the OBJ `output`.

    Strict readers take a name in an OBJ or MTL to end at a space, to begin an option with - and a comment with #.
    """
    name = re.sub(r"^-|[^\w.-]+", "_", output.stem)
    # Not NAME.png, which may well be a picture of it.
    return output.with_name(f"{name}.mtl"), output.with_name(f"{name}-albedo.png")


def _names(file: Path, keyword: str, side_file: Path) -> bool:
    """Whether a line of the file says `keyword` and the name of `side_file`."""
    if not file.is_file():
        return False
    with open(file, encoding="utf-8", errors="replace") as lines:
        return any(line.strip() == f"{keyword} {side_file.name}" for line in lines)


def _check_side_files(output: Path) -> None:
    """Raise SettingsError for a side file that is there and not this OBJ's own: nobody was asked about replacing it."""
    material, texture = side_files(output)
    owned = _names(output, "mtllib", material)
    for file, ours in ((material, owned), (texture, owned and _names(material, "map_Kd", texture))):
        if file.exists() and not ours:
            raise SettingsError(f"{file} is there and no part of {output.name}: move it away, or choose another name.")


def export_obj(mesh: SnapshotMesh, image: np.ndarray, output: Path) -> None:
    """Write OBJ, and next to it the files of its material and texture (see `side_files`).

    An OBJ of that name is replaced with those of its own; raises SettingsError where others are in their place. OBJ
    numbers positions, texture coordinates and normals apart, so the surface stays in one piece; trimesh would write a
    vertex for each pair of position and texture coordinate, which importers read as a mesh torn along its seams.
    """
    _check_side_files(output)
    material, texture = side_files(output)
    coordinates, index = np.unique(mesh.uvs.reshape(-1, 2), axis=0, return_inverse=True)
    corners = np.stack([mesh.faces, index.reshape(mesh.faces.shape), mesh.faces], axis=-1) + 1
    lines = [f"mtllib {material.name}", f"o {material.stem}"]
    lines += ["v {:.6f} {:.6f} {:.6f}".format(*row) for row in y_up(mesh.vertices).tolist()]
    lines += ["vt {:.6f} {:.6f}".format(*row) for row in coordinates.tolist()]
    lines += ["vn {:.4f} {:.4f} {:.4f}".format(*row) for row in y_up(mesh.normals).tolist()]
    lines += ["usemtl albedo", "s 1"]
    lines += ["f {}/{}/{} {}/{}/{} {}/{}/{}".format(*row) for row in corners.reshape(-1, 9).tolist()]
    # In this order, so that after a failure the next export finds no file that seems to be a stranger's.
    atomic_write_bytes(output, ("\n".join(lines) + "\n").encode())
    atomic_write_bytes(material, MATERIAL.format(texture=texture.name).encode())
    atomic_write_bytes(texture, encode_png(image))


def export_stl(mesh: SnapshotMesh, output: Path) -> None:
    """Write binary STL: triangles in millimetres, STL_SCALE to a scene unit, with the normals of their planes."""
    geometry = trimesh.Trimesh(vertices=STL_SCALE * mesh.vertices, faces=mesh.faces, process=False)
    atomic_write_bytes(output, trimesh.exchange.stl.export_stl(geometry))


def export_mesh(mesh: SnapshotMesh, image: np.ndarray, output: Path, format: str) -> None:
    """Write `mesh` with the texture `image`, (H, W, 3) uint8, row 0 at the top, to `output`, in one of FORMATS; STL
    leaves the texture out.

    Raises ValueError for another format, OSError if a file cannot be written.
    """
    if format not in FORMATS:
        raise ValueError(f"{format!r} is not a format to export to; use one of {', '.join(FORMATS)}.")
    if format == "stl":
        export_stl(mesh, Path(output))
        return
    write = export_glb if format == "glb" else export_obj
    write(mesh, image, Path(output))


def export_snapshot(folder: Path, output: Path, format: str) -> list[str]:
    """Write the snapshot in `folder` as `export_mesh` does, with charts if it has none and the format holds texture
    coordinates. Returns notes for the artist.

    Raises SnapshotError for a snapshot that cannot be read.
    """
    mesh, image = read_snapshot(folder), read_png(folder / ALBEDO)
    notes = []
    if format != "stl" and in_patches(mesh, image.shape[0]):
        found = reunwrap(mesh, image)
        if found is None:
            notes.append(GIVEN_UP)
        mesh, image = found or (mesh, image)
    export_mesh(mesh, image, output, format)
    return notes
