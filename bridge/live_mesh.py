"""A snapshot's geometry in place of the last one; everything else about the object stays."""

from __future__ import annotations

import zlib

import bmesh
import bpy
import numpy as np

from ..engine.run.snapshots import SnapshotMesh

UV_MAP = "UVMap"
MADE = (("position", np.float32, 3), (".corner_vert", np.int32, 1), (UV_MAP, np.float32, 2))
"""The attributes that a run makes: name, type, numbers per element. Any other is the artist's."""
PASSING = (".select", ".hide", ".uv_select", ".vs.", ".es.", ".pn.", ".edge_verts", ".corner_edge")
"""How attributes' names begin that are no change: what is selected, hidden, pinned, or follows from the faces."""


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


def is_changed(obj: bpy.types.Object) -> bool:
    """Whether the object's mesh is another one than `replace_geometry` left: made by hand, or another object's.

    Every edit that the next update would wipe counts: of shape, UVs, colours, normals, seams, weights, or which face
    has which material.
    """
    mesh = obj.data
    weighted = bool(obj.vertex_groups) and any(len(vertex.groups) for vertex in mesh.vertices)
    sculpted = any(modifier.type == "MULTIRES" and modifier.total_levels for modifier in obj.modifiers)
    another = bool(mesh.vertices) and mesh.dream.run_id not in ("", obj.dream.run_id)
    return weighted or sculpted or another or mesh.dream.fingerprint != fingerprint(mesh)


def fingerprint(mesh: bpy.types.Mesh) -> str:
    """Of all that a run makes and an artist may edit on a mesh, in hexadecimal; empty for one without vertices.

    It is kept on the mesh, not on its object: undo may take back one of the two alone.
    """
    if not mesh.vertices:
        return ""
    names = sorted(attribute.name for attribute in mesh.attributes if not attribute.name.startswith(PASSING))
    total = zlib.crc32(repr((names, mesh.has_custom_normals)).encode())
    for name, dtype, width in MADE:
        if name in names:
            total = zlib.crc32(_values(mesh, name, dtype, width), total)
    return f"{total:08x}"


def as_snapshot(mesh: bpy.types.Mesh) -> SnapshotMesh:
    """The mesh as it is, cut into triangles, with the UVs that the artist sees (zeros where it has none)."""
    triangles = _triangulated(mesh)
    try:
        active = triangles.uv_layers.active
        corners = len(triangles.loops)
        uvs = _values(triangles, active.name, np.float32, 2) if active else np.zeros(2 * corners, np.float32)
        normals = np.empty(3 * len(triangles.vertices), np.float32)
        triangles.vertex_normals.foreach_get("vector", normals)
        return SnapshotMesh(
            vertices=_values(triangles, "position", np.float32, 3).reshape(-1, 3),
            faces=_values(triangles, ".corner_vert", np.int32, 1).reshape(-1, 3),
            uvs=uvs.reshape(-1, 3, 2),
            normals=normals.reshape(-1, 3),
            edges=_values(triangles, ".edge_verts", np.int32, 2).reshape(-1, 2),
            corner_edges=_values(triangles, ".corner_edge", np.int32, 1).reshape(-1, 3),
        )
    finally:
        bpy.data.meshes.remove(triangles)


def _triangulated(mesh: bpy.types.Mesh) -> bpy.types.Mesh:
    triangles = bpy.data.meshes.new("triangles")
    work = bmesh.new()
    try:
        work.from_mesh(mesh)
        bmesh.ops.triangulate(work, faces=work.faces)
        work.to_mesh(triangles)
    finally:
        work.free()
    return triangles


def _values(mesh: bpy.types.Mesh, name: str, dtype: type, width: int) -> np.ndarray:
    """An attribute's numbers, flat; empty where its elements have another number of them, or there are none."""
    attribute = mesh.attributes.get(name)
    values = np.empty(width * (len(attribute.data) if attribute else 0), dtype)
    if values.size:
        attribute.data.foreach_get("value" if dtype is np.int32 else "vector", values)
    return values
