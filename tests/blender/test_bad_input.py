"""What cannot work is refused in one sentence, and leaves nothing behind."""

import os
import shutil
import sys
import zipfile
from pathlib import Path

import bpy
import pytest

pytestmark = pytest.mark.blender


def refusal() -> str:
    """The sentence with which Generate refuses."""
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.dream.generate(wait=True)
    sentence = str(caught.value).strip()
    assert sentence.startswith("Error: ") and "\n" not in sentence and "Traceback" not in sentence
    return sentence.removeprefix("Error: ")


def nothing_left() -> bool:
    return not bpy.data.objects and not bpy.data.meshes


@pytest.mark.parametrize("prompt", ["", "   ", "\n\t"])
def test_an_empty_prompt(dream, prompt):
    dream.describe(prompt)
    assert refusal().startswith("The prompt is empty")
    assert nothing_left()


def test_five_thousand_characters(dream):
    dream.describe("a very " * 714 + "red")
    assert "5,001" in refusal()
    assert nothing_left()


@pytest.mark.parametrize("context", ["EXEC_DEFAULT", "INVOKE_DEFAULT"])
def test_words_that_are_not_known_are_told_and_hold_no_script_up(dream, context, capfd):
    dream.describe("a red wolf", steps=1)
    assert bpy.ops.dream.generate(context) == {"FINISHED"}
    assert 'Warning: Toybox does not know "wolf" (try dog).' in capfd.readouterr().out
    dream.describe("a grey cup")
    assert bpy.context.scene.dream.doubt() == ""


def test_unknown_choices_name_the_known_ones(dream):
    for name in ("prior", "preset", "device"):
        with pytest.raises(TypeError, match="not found in"):
            setattr(bpy.context.scene.dream, name, "unheard of")


def test_a_seed_out_of_range_is_the_nearest_one(dream):
    bpy.context.scene.dream.seed = -5
    assert bpy.context.scene.dream.seed == 0


def test_no_engine_python(dream, monkeypatch):
    monkeypatch.delenv("DREAMFUSION_ENGINE_PYTHON")
    dream.describe()
    assert refusal().startswith("The engine is not set up")
    assert dream.module("preferences").engine_problem.startswith("The engine is not set up")
    assert nothing_left()


def test_a_wrong_engine_python_in_the_preferences(dream):
    addon = bpy.context.preferences.addons["bl_ext.user_default.dreamfusion"]
    dream.describe()
    try:
        addon.preferences.engine_python = str(dream.user_folder / "no python")
        assert "no python" in dream.module("preferences").engine_problem, "seen at once, not only when generating"
        assert "correct the preferences" in refusal()
    finally:
        addon.preferences.engine_python = ""
    assert nothing_left()
    assert dream.module("preferences").engine_problem == ""


def test_an_engine_environment_without_torch(dream, monkeypatch):
    monkeypatch.setenv("DREAMFUSION_ENGINE_PYTHON", sys.executable)
    dream.describe()
    assert "package" in refusal()


def test_the_engine_is_checked_before_it_is_needed(dream, monkeypatch):
    preferences = dream.module("preferences")
    assert bpy.ops.dream.check() == {"FINISHED"}
    found = preferences.engine_findings
    assert found[0].startswith("Python 3.") and "torch 2" in found[0] and any("Device: " in line for line in found)
    assert any(line.startswith("Toybox: ready, knows") for line in found)

    monkeypatch.setenv("DREAMFUSION_ENGINE_PYTHON", sys.executable)  # Blender's own, without torch
    with pytest.raises(RuntimeError, match=r"The package torch is missing: install requirements/engine.txt\."):
        bpy.ops.dream.check()
    assert preferences.engine_findings[0].endswith("torch missing")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no program that does nothing")
def test_a_program_that_is_no_python_is_found_out(dream, monkeypatch):
    monkeypatch.setenv("DREAMFUSION_ENGINE_PYTHON", shutil.which("true"))
    with pytest.raises(RuntimeError, match="does not answer as a Python does: choose the engine's"):
        bpy.ops.dream.check()
    assert dream.module("preferences").engine_findings == []


def test_a_folder_of_weights_that_holds_none(dream):
    addon = bpy.context.preferences.addons["bl_ext.user_default.dreamfusion"]
    folder = Path(dream.user_folder) / "no weights"
    folder.mkdir()
    dream.describe()
    bpy.context.scene.dream.prior = "stable-diffusion"
    try:
        addon.preferences.stable_diffusion = str(folder)
        assert f"The folder {folder} holds no Stable Diffusion: it lacks" in refusal()
    finally:
        addon.preferences.stable_diffusion = ""


def test_a_folder_of_runs_that_cannot_be_made(dream, monkeypatch):
    file = Path(dream.user_folder) / "a file"
    file.write_text("", encoding="utf-8")
    monkeypatch.setenv("DREAMFUSION_RUNS", os.fspath(file / "runs"))
    dream.describe()
    assert refusal().startswith("No run can be kept in")
    assert nothing_left()


def test_a_mesh_that_claims_more_than_it_holds(dream, tmp_path):
    settings = dream.module("engine.run.settings")
    settings.write_settings(tmp_path, settings.RunSettings("a mug"))
    dream.module("engine.run.events").EventWriter(tmp_path).write("snapshot", step=250)
    folder = dream.module("engine.run.folder").snapshot_path(tmp_path, 250)
    folder.mkdir(parents=True)
    (folder / "albedo.png").touch()
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({2**44}, 3), }}".ljust(117).encode() + b"\n"
    with zipfile.ZipFile(folder / "mesh.npz", "w") as archive:
        archive.writestr("vertices.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(RuntimeError, match="does not have as many numbers as it claims"):
        bpy.ops.dream.open(directory=str(tmp_path))
    assert nothing_left()


def test_buttons_without_a_run_say_what_to_select(dream):
    for operator in (bpy.ops.dream.stop, bpy.ops.dream.pause, bpy.ops.dream.resume, bpy.ops.dream.export):
        assert not operator.poll()
        with pytest.raises(RuntimeError, match="(?i)select an object"):
            operator()


@pytest.mark.parametrize("name, task", [("export", "be exported"), ("turntable", "turn")])
def test_an_object_that_is_deleted_while_its_file_is_chosen(dream, tmp_path, name, task):
    for _ in range(2):
        bpy.ops.mesh.primitive_cube_add()
        bpy.context.object.dream.run_id = "a-run"
    first, second = bpy.data.objects
    uid = first.session_uid
    bpy.data.objects.remove(first)
    with pytest.raises(RuntimeError, match=f"The object that was to {task} is gone: undo brings it back"):
        getattr(bpy.ops.dream, name)(filepath=str(tmp_path / "file"), object_uid=uid)
    assert not list(tmp_path.iterdir()) and bpy.context.object == second


def test_resume_without_the_run_folder(dream):
    mesh = bpy.data.meshes.new("old")
    obj = bpy.data.objects.new("old", mesh)
    bpy.context.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = obj
    obj.select_set(True)
    obj.dream.run_id, obj.dream.folder = "gone", str(dream.user_folder / "gone")
    with pytest.raises(RuntimeError, match="The run gone is not in the folder of runs"):
        bpy.ops.dream.resume()
