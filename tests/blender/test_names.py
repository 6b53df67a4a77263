"""Names and paths as people type them."""

from __future__ import annotations

import re
from pathlib import Path

import bpy
import pytest

pytestmark = pytest.mark.blender


@pytest.mark.parametrize("name", ["x" * 255, "赤" * 85, "🟥" * 63, "a/b\\c: *?<mug>", "mug v1.5"])
def test_a_name_becomes_a_files(dream, tmp_path, name):
    made = bpy.data.objects.new(name, None).name
    proposed = dream.module("bridge.names").file_name(made)
    for ending in (".glb", "-albedo.png"):
        (tmp_path / f".{proposed}{ending}.1234567.tmp").write_bytes(b"")
    assert proposed and not set(proposed) & set('/\\:*?<>"| .')


def test_a_texture_with_a_long_name_can_be_unpacked(dream, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "long.blend"))
    picture = bpy.data.images.new("plain", 8, 8)
    picture.filepath_raw, picture.file_format = str(tmp_path / "plain.png"), "PNG"
    picture.save()
    obj = bpy.data.objects.new("🟥" * 63, bpy.data.meshes.new("made"))
    dream.module("bridge.material").show_albedo(obj, tmp_path / "plain.png", (1.0, 0.0, 0.0))
    obj.dream.image.unpack(method="WRITE_LOCAL")
    assert obj.dream.image.packed_file is None and len(list((tmp_path / "textures").iterdir())) == 1


@pytest.mark.filterwarnings("ignore:.*blend relative")
def test_paths_beside_the_file_are_kept_whole_in_the_preferences(dream, tmp_path):
    chosen = bpy.context.preferences.addons["bl_ext.user_default.dreamfusion"].preferences
    preferences = dream.module("preferences")
    try:
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "file.blend"))
        for name in ("engine_folder", "engine_python", "runs_folder", "stable_diffusion", "deepfloyd_if"):
            setattr(chosen, name, "//../beside")
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
        beside = tmp_path.parent / "beside"
        assert preferences.engine_folder(bpy.context) == preferences.runs_folder(bpy.context) == beside
        assert preferences.weights(bpy.context, "stable-diffusion") == str(beside)
        with pytest.raises(RuntimeError, match=f"no engine Python at {re.escape(str(beside))}"):
            preferences.engine_python(bpy.context)
        chosen.runs_folder, chosen.deepfloyd_if = f' "{tmp_path}" ', "DeepFloyd/IF-I-M-v1.0"
        assert preferences.runs_folder(bpy.context) == tmp_path
        assert preferences.weights(bpy.context, "deepfloyd-if") == "DeepFloyd/IF-I-M-v1.0"
        chosen.runs_folder = "//runs"
        assert not chosen.runs_folder.startswith("//"), "no file is open when Blender starts"
        chosen.runs_folder = "~/runs"
        assert preferences.runs_folder(bpy.context) == Path.home() / "runs"
    finally:
        for name in ("engine_folder", "engine_python", "runs_folder", "stable_diffusion", "deepfloyd_if"):
            chosen.property_unset(name)
        preferences.check_engine()


@pytest.mark.parametrize(
    "typed, wanted", [("mug", "mug.glb"), ("mug.obj", "mug.glb"), ("mug v1.5", "mug v1.5.glb"), ("mug.GLB", "mug.glb")]
)
def test_exports_get_the_ending_of_their_format(dream, typed, wanted):
    class Chosen:
        filepath, format = typed, "glb"

    assert dream.module("operators.export").DREAM_OT_export.named(Chosen) == wanted
