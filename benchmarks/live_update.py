"""Time that one live update of 50,000 triangles and a 1024 x 1024 texture takes from Blender's main thread.

    .venv-bpy45/bin/python benchmarks/live_update.py [--repeats 20]

Beside what the extension does stand, in the same run, the same without the engine's edges (Blender finds them), and the
usual way (from_pydata, a new image). Figures are medians over the repeats; "least" is the fastest repeat's total, for
machines that also do other work. "texture" is mostly Blender's decoding of the file, which it puts off until the
texture is drawn (`tick.py` tells them apart). "draw" is what Blender works out before it can draw a new mesh, apart
from handing it to the graphics card, which is not measured.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
import types
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import bpy
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
extension = types.ModuleType("dreamfusion")
extension.__path__ = [str(ROOT)]
sys.modules["dreamfusion"] = extension

from dreamfusion import properties
from dreamfusion.bridge import live_mesh, material
from dreamfusion.engine.run.snapshots import SnapshotMesh, read_snapshot, write_snapshot

RING = 158
"""Vertices around each of the torus's two circles: 2 RING^2 = 49,928 triangles."""
TEXTURE_SIZE = 1024
PARTS = ("read", "geometry", "texture", "scene", "draw")


def bumpy_torus(phase: float) -> SnapshotMesh:
    """A closed mesh that looks different for each phase, its UVs one square per pair of triangles."""
    i, j = np.meshgrid(np.arange(RING), np.arange(RING), indexing="ij")
    u, v = i / RING * 2 * np.pi, j / RING * 2 * np.pi
    tube = 0.25 + 0.03 * np.sin(9 * u + phase) * np.sin(7 * v)
    ring = 0.6 + tube * np.cos(v)
    vertices = np.stack([ring * np.cos(u), ring * np.sin(u), tube * np.sin(v)], axis=-1).reshape(-1, 3)
    after = [(i + a) % RING * RING + (j + b) % RING for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))]
    quads = np.stack(after, axis=-1).reshape(-1, 4)
    faces = quads[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3)
    square = (np.stack([i, j], axis=-1).reshape(-1, 1, 2) + [[0, 0], [1, 0], [1, 1], [0, 1]]) / RING
    pairs = np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], axis=-1).reshape(-1, 2), axis=1)
    edges, corner_edges = np.unique(pairs, axis=0, return_inverse=True)
    return SnapshotMesh(
        vertices=vertices.astype(np.float32),
        faces=faces.astype(np.int32),
        uvs=square[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3, 2).astype(np.float32),
        normals=(vertices / np.linalg.norm(vertices, axis=1, keepdims=True)).astype(np.float32),
        edges=edges.astype(np.int32),
        corner_edges=corner_edges.reshape(-1, 3).astype(np.int32),
    )


def patches_png(folder: Path, seed: int) -> bytes:
    """A texture as an atlas of small triangles has it: patches of colour, each a little uneven.

    The file is two to four times as large as those of real runs, and so takes longer to decode.
    """
    random = np.random.default_rng(seed)
    patches = random.random((TEXTURE_SIZE // 8, TEXTURE_SIZE // 8, 3)).repeat(8, 0).repeat(8, 1)
    pixels = np.ones((TEXTURE_SIZE, TEXTURE_SIZE, 4), np.float32)
    pixels[..., :3] = (patches + random.normal(0, 0.001, patches.shape)).clip(0, 1)
    image = bpy.data.images.new("patches", TEXTURE_SIZE, TEXTURE_SIZE)
    image.pixels.foreach_set(pixels.ravel())
    image.filepath_raw, image.file_format = str(folder / "patches.png"), "PNG"
    image.save()
    bpy.data.images.remove(image)
    return (folder / "patches.png").read_bytes()


def geometry_without_edges(obj: bpy.types.Object, snapshot: SnapshotMesh) -> None:
    """As live_mesh.replace_geometry, but Blender finds the edges."""
    mesh = obj.data
    mesh.clear_geometry()
    mesh.vertices.add(len(snapshot.vertices))
    mesh.loops.add(snapshot.faces.size)
    mesh.polygons.add(len(snapshot.faces))
    mesh.attributes["position"].data.foreach_set("vector", snapshot.vertices.ravel())
    mesh.attributes[".corner_vert"].data.foreach_set("value", snapshot.faces.ravel())
    mesh.polygons.foreach_set("loop_start", np.arange(0, snapshot.faces.size, 3, dtype=np.int32))
    mesh.uv_layers.new(do_init=False).uv.foreach_set("vector", snapshot.uvs.ravel())
    mesh.update(calc_edges=True)


def geometry_from_pydata(obj: bpy.types.Object, snapshot: SnapshotMesh) -> None:
    """The usual way."""
    mesh = obj.data
    mesh.clear_geometry()
    mesh.from_pydata(snapshot.vertices, [], snapshot.faces)
    mesh.uv_layers.new().data.foreach_set("uv", snapshot.uvs.ravel())
    mesh.shade_smooth()
    mesh.update()


def new_image(obj: bpy.types.Object, png: Path) -> None:
    """The usual way: load the file as another image, throw the last one away."""
    old, obj.dream.image = obj.dream.image, bpy.data.images.load(str(png))
    obj.active_material.node_tree.nodes["Image Texture"].image = obj.dream.image
    bpy.data.images.remove(old)


def update(obj: bpy.types.Object, path: Path, geometry: Callable, texture: Callable) -> dict[str, float]:
    """One live update, as the follower does it; milliseconds per part."""
    times = [time.perf_counter()]

    def part_done() -> None:
        """A part ends and the next begins."""
        times.append(time.perf_counter())

    snapshot = read_snapshot(path)
    part_done()
    geometry(obj, snapshot)
    part_done()
    texture(obj, path / "albedo.png")
    len(obj.dream.image.pixels)  # decodes the file, which drawing would do otherwise
    part_done()
    bpy.context.view_layer.update()
    part_done()
    obj.data.calc_loop_triangles()
    len(obj.data.vertex_normals)
    part_done()
    return {part: 1000 * (end - start) for part, start, end in zip(PARTS, times, times[1:], strict=False)}


def same_image(obj: bpy.types.Object, png: Path) -> None:
    """As the extension does it: the file takes the last one's place in the image."""
    material.show_albedo(obj, png, (0.5, 0.5, 0.5))


def geometry_if_unchanged(obj: bpy.types.Object, snapshot: SnapshotMesh) -> None:
    """As the extension does it: first it looks whether the artist has changed the mesh or its texture."""
    if not (live_mesh.is_changed(obj) or material.is_painted(obj)):
        live_mesh.replace_geometry(obj.data, snapshot)


def main() -> None:
    """Time both ways and print their figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=20)
    repeats = parser.parse_args().repeats
    for group in properties.GROUPS:
        bpy.utils.register_class(group)
    properties.attach()
    obj = bpy.data.objects.new("live", bpy.data.meshes.new("live"))
    bpy.context.collection.objects.link(obj)
    ways = {
        "the extension": (geometry_if_unchanged, same_image),
        "edges found by Blender": (geometry_without_edges, same_image),
        "from_pydata, new image": (geometry_from_pydata, new_image),
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = [write_snapshot(folder, n, bumpy_torus(n), patches_png(folder, n)) for n in range(2)]
        kibibytes = (paths[0] / "albedo.png").stat().st_size / 1024
        print(
            f"Blender {bpy.app.version_string}: {2 * RING**2:,} triangles, {TEXTURE_SIZE}^2 texels,"
            f" {kibibytes:,.0f} KiB"
        )
        print(f"{'milliseconds':24}", *(f"{part:>9}" for part in (*PARTS, "total", "least")))
        for way, (geometry, texture) in ways.items():
            turns = cycle(paths)
            runs = [update(obj, next(turns), geometry, texture) for _ in range(repeats + 2)][2:]
            totals = [sum(run.values()) for run in runs]
            medians = [statistics.median(run[part] for run in runs) for part in PARTS]
            figures = (*medians, statistics.median(totals), min(totals))
            print(f"{way:24}", *(f"{figure:9.2f}" for figure in figures))
    # The bpy module does not end cleanly with classes of ours still registered.
    properties.detach()
    for group in reversed(properties.GROUPS):
        bpy.utils.unregister_class(group)


if __name__ == "__main__":
    main()
