"""A snapshot's geometry in place of the last one; everything else about the object stays."""

from __future__ import annotations

import zlib

import bpy
import numpy as np

from ..engine.run.snapshots import SnapshotMesh

UV_MAP = "UVMap"


def replace_geometry(mesh: bpy.types.Mesh, snapshot: SnapshotMesh) -> None:
    """Replace the vertices, edges, faces and UVs of a mesh that is not in edit mode.

    Material slots stay. The snapshot brings its edges, since finding them would be most of the work, and is not
    validated: read_snapshot has checked every index. All faces are smooth (a face is, unless said otherwise).
    """
    mesh.clear_geometry()
    mesh.vertices.add(len(snapshot.vertices))
    mesh.edges.add(len(snapshot.edges))
    mesh.loops.add(snapshot.faces.size)
    mesh.polygons.add(len(snapshot.faces))
    attributes = mesh.attributes
    attributes["position"].data.foreach_set("vector", snapshot.vertices.ravel())
    attributes[".edge_verts"].data.foreach_set("value", snapshot.edges.ravel())
    attributes[".corner_vert"].data.foreach_set("value", snapshot.faces.ravel())
    attributes[".corner_edge"].data.foreach_set("value", snapshot.corner_edges.ravel())
    mesh.polygons.foreach_set("loop_start", np.arange(0, snapshot.faces.size, 3, dtype=np.int32))
    uv_map = mesh.uv_layers.new(name=UV_MAP, do_init=False)
    attributes[uv_map.name].data.foreach_set("vector", snapshot.uvs.ravel())
    mesh.update()
    mesh.dream.fingerprint = fingerprint(mesh)


def is_changed(mesh: bpy.types.Mesh) -> bool:
    """Whether the geometry is another one than `replace_geometry` left: made by hand, or another object's."""
    return mesh.dream.fingerprint != fingerprint(mesh)


def fingerprint(mesh: bpy.types.Mesh) -> str:
    """Of positions and faces, in hexadecimal; empty for a mesh without vertices.

    It is kept on the mesh, not on its object: undo may take back one of the two alone.
    """
    if not mesh.vertices:
        return ""
    positions = np.empty(3 * len(mesh.vertices), dtype=np.float32)
    corners = np.empty(len(mesh.loops), dtype=np.int32)
    mesh.attributes["position"].data.foreach_get("vector", positions)
    if len(corners):
        mesh.attributes[".corner_vert"].data.foreach_get("value", corners)
    return f"{zlib.crc32(corners, zlib.crc32(positions)):08x}"
