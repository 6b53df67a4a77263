"""What the engine makes, in Blender's eyes: sound meshes, and files that look as the object in the scene does."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import bpy
import numpy as np
import pytest

pytestmark = pytest.mark.blender

ROOT = Path(__file__).resolve().parents[2]
MAKE = """
import sys
import numpy as np, torch
from pathlib import Path
from engine.meshing import clean
from engine.meshing.export import export_snapshot
from engine.meshing.snapshot import extract
from engine.meshing.surface import marching_cubes
from engine.run.snapshots import write_snapshot
from tests.engine.meshing.conftest import Ball, EVERYWHERE
from tests.engine.meshing.hard_fields import HARD_FIELDS

folder = Path(sys.argv[1])
for make in HARD_FIELDS:
    density = make(48, np.random.default_rng(0)).astype(np.float32)
    vertices, faces = clean.clean(*marching_cubes(density, 1.0), 3000, 10)
    np.savez(folder / f"{make.__name__}.npz", vertices=vertices, faces=faces)
ball = extract(Ball(), EVERYWHERE, threshold=25.0, resolution=24, face_budget=500, texture_size=64, final=False)
snapshot = write_snapshot(folder, 1, ball.mesh, ball.albedo_png)
for format in ("glb", "obj"):
    export_snapshot(snapshot, folder / f"my ball.{format}", format)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder with meshes of hard fields, and a ball as GLB and OBJ."""
    folder = tmp_path_factory.mktemp("made")
    command = [os.environ["DREAMFUSION_ENGINE_PYTHON"], "-c", MAKE, folder]
    subprocess.run(command, check=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
    return folder


def test_blender_finds_nothing_to_mend(dream, made):
    for file in sorted(made.glob("*.npz")):
        with np.load(file) as arrays:
            mesh = bpy.data.meshes.new(file.stem)
            mesh.from_pydata(arrays["vertices"].tolist(), [], arrays["faces"].tolist())
            assert not mesh.validate(verbose=True), file.stem
            assert len(mesh.polygons) == len(arrays["faces"]) and 2 * len(mesh.edges) == 3 * len(mesh.polygons)


@pytest.mark.parametrize("format", ["glb", "obj"])
def test_an_export_looks_as_in_the_scene(dream, made, format):
    load = bpy.ops.import_scene.gltf if format == "glb" else bpy.ops.wm.obj_import
    load(filepath=str(made / f"my ball.{format}"))
    (material,) = {slot.material for obj in bpy.data.objects for slot in obj.material_slots}
    image = bpy.data.images.new("any", 8, 8)
    ours = dream.module("bridge.material")._new_material("ours", image)
    shown, wanted = (
        next(node for node in each.node_tree.nodes if node.type == "BSDF_PRINCIPLED").inputs
        for each in (material, ours)
    )
    for name in ("Roughness", "Metallic", "Specular IOR Level"):
        assert shown[name].default_value == pytest.approx(wanted[name].default_value, abs=1e-3), name
    assert shown["Base Color"].links[0].from_node.image.size[0] == 128
