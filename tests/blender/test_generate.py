"""One run, from the prompt to a saved and reopened file: the tests share it, in this order."""

import bpy
import numpy as np
import pytest

pytestmark = pytest.mark.blender


class Seen:
    """What the shared run did to its object."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.uids: set[int] = set()
        self.steps: list[int] = []
        self.shapes: list[np.ndarray] = []

    def note(self, obj: bpy.types.Object) -> None:
        self.names.add(obj.name)
        self.uids.add(obj.session_uid)
        if obj.dream.step not in self.steps and obj.dream.snapshots:
            self.steps.append(obj.dream.step)
            self.shapes.append(positions(obj.data))


def positions(mesh: bpy.types.Mesh) -> np.ndarray:
    """(V, 3) float32."""
    flat = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", flat)
    return flat.reshape(-1, 3)


@pytest.fixture(scope="module")
def finished(extension):
    """A finished run on an object that an artist has changed in between; the object, and what was seen of it."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.context.scene.cursor.location = (1, 2, 3)
    extension.describe("a red\n cube 🟥 \"'$(")
    assert bpy.ops.dream.generate() == {"FINISHED"}
    obj, seen = bpy.context.object, Seen()
    extension.tick_until(lambda: obj.dream.snapshots > 0)
    obj.name = "My cube"
    obj.modifiers.new("Bevel", "BEVEL")
    obj.rotation_euler.z = 1.0
    run = extension.run()
    extension.tick_until(lambda: seen.note(obj) or run.over)
    assert run.status == "finished", run.sentence
    return obj, seen


def test_the_object_is_at_the_cursor_and_remembers_its_run(finished):
    obj, _ = finished
    assert tuple(obj.location) == (1, 2, 3)
    assert obj.dream.prompt == "a red cube 🟥 \"'$("
    assert obj.dream.step == 30
    assert obj.dream.run_id and not obj.dream.folder, "its name finds it in the folder of runs"


def test_the_same_object_was_updated_more_than_once(finished):
    _, seen = finished
    assert len(seen.uids) == 1
    assert len(seen.steps) >= 3, "the first mesh and two updates"
    assert any(
        a.shape != b.shape or not np.array_equal(a, b) for a, b in zip(seen.shapes, seen.shapes[1:], strict=False)
    )


def test_what_the_artist_changed_stays(finished):
    obj, seen = finished
    assert seen.names == {"My cube"}
    assert [modifier.type for modifier in obj.modifiers] == ["BEVEL"]
    assert obj.rotation_euler.z == 1.0
    assert len(obj.material_slots) == 1
    assert bpy.context.scene.collection.objects.get("My cube") == obj


def test_the_mesh_is_sound_and_smooth(finished):
    mesh = finished[0].data
    edges = len(mesh.edges)
    assert len(mesh.polygons) > 100
    assert not mesh.validate(verbose=True), "Blender would have had to repair the mesh"
    assert len(mesh.edges) == edges
    assert all(polygon.use_smooth for polygon in mesh.polygons)
    assert np.linalg.norm(positions(mesh), axis=1).max() < 1.8


def test_the_uvs_are_in_the_image(finished):
    mesh = finished[0].data
    uvs = np.empty(len(mesh.loops) * 2, np.float32)
    mesh.uv_layers.active.uv.foreach_get("vector", uvs)
    assert mesh.uv_layers.active.active_render
    assert 0 <= uvs.min() < uvs.max() <= 1


def test_the_material_shows_the_albedo(finished):
    obj, _ = finished
    nodes = obj.active_material.node_tree.nodes
    principled = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
    texture = principled.inputs["Base Color"].links[0].from_node
    assert texture.image == obj.dream.image
    assert texture.image.colorspace_settings.name == "sRGB"
    assert 0.3 <= principled.inputs["Roughness"].default_value <= 0.8
    assert principled.inputs["Metallic"].default_value == 0


def test_a_reopened_file_is_textured_without_the_run_folder(finished, extension):
    image = finished[0].dream.image
    pixels, size = image.pixels[:], tuple(image.size)
    path = extension.user_folder / "saved.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    obj = bpy.data.objects["My cube"]
    image = obj.dream.image
    assert image.packed_file is not None
    assert str(extension.user_folder) not in image.filepath
    assert tuple(image.size) == size
    assert image.pixels[:] == pixels
    assert obj.active_material.node_tree.nodes["Image Texture"].image == image


def test_a_reopened_object_can_be_exported(finished, extension):
    original = bpy.data.objects["My cube"]
    bpy.context.view_layer.objects.active = original
    original.select_set(True)
    path = extension.user_folder / "exported"
    for kind in ("glb", "obj"):
        assert bpy.ops.dream.export(filepath=str(path), format=kind) == {"FINISHED"}
        assert path.with_suffix(f".{kind}").stat().st_size > 1000

    bpy.ops.import_scene.gltf(filepath=str(path.with_suffix(".glb")))
    imported = bpy.context.object
    shown = original.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    assert len(imported.data.polygons) == sum(len(face.vertices) - 2 for face in shown.polygons), "bevelled, too"
    corners = np.array([imported.matrix_world @ vertex.co for vertex in imported.data.vertices])
    np.testing.assert_allclose(corners.min(0), positions(shown).min(0), atol=1e-4)
    np.testing.assert_allclose(corners.max(0), positions(original.data).max(0), atol=1e-4)
