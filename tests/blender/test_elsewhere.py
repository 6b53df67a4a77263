"""Files that go to other computers, and files that come from strangers."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import bpy
import numpy as np
import pytest

pytestmark = pytest.mark.blender

RED, BLUE = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)
ASKED = '{"schema": 1, "prompt": "a red cube"}'


def remembered(name: str, folder: str = "") -> bpy.types.Object:
    """An object that says it was made by a run, chosen."""
    obj = bpy.data.objects.new("made", bpy.data.meshes.new("made"))
    bpy.context.collection.objects.link(obj)
    obj.dream.run_id, obj.dream.folder = name, folder
    choose(obj)
    return obj


def choose(obj: bpy.types.Object) -> None:
    """Make it the chosen object."""
    obj.select_set(True)
    bpy.context.view_layer.objects.active = obj


def run_at(folder: Path) -> Path:
    """A folder that holds a run."""
    folder.mkdir(parents=True)
    (folder / "settings.json").write_text(ASKED, encoding="utf-8")
    return folder


@pytest.fixture
def opened(dream, tmp_path, monkeypatch):
    """What the system's file manager was asked to open, one path a line."""
    if os.name == "nt":
        pytest.skip("Windows opens folders itself")
    for name in ("xdg-open", "open"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\necho "$1" >> "{tmp_path}/opened"\n', encoding="utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "opened").touch()
    return lambda: (tmp_path / "opened").read_text(encoding="utf-8").split("\n")[:-1]


def test_a_run_folder_is_opened(opened, tmp_path):
    folder = run_at(tmp_path / "mug")
    remembered("mug", str(folder))
    assert bpy.ops.dream.folder() == {"FINISHED"}
    assert opened() == [str(folder.resolve())]


def test_nothing_else_that_a_file_names_is_opened(dream, opened, tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    run_at(tmp_path / "Program.app")
    run_at(Path(dream.user_folder) / "secret")
    root = dream.module("preferences").runs_folder(bpy.context)
    root.mkdir(exist_ok=True)
    names = [str(program), str(tmp_path / "empty"), str(tmp_path / "Program.app"), "//", "https://example.org", "-a x"]
    for folder in names:
        remembered("mug", folder)
        with pytest.raises(RuntimeError, match="not in the folder of runs|not named as runs are"):
            bpy.ops.dream.folder()
    for name in ("../secret", str(tmp_path / "Program.app"), "..", "."):
        remembered(name)
        with pytest.raises(RuntimeError, match="not in the folder of runs"):
            bpy.ops.dream.folder()
    assert opened() == []


def test_a_file_names_no_folder_of_its_artist(dream, tmp_path, monkeypatch):
    """Runs in the folder of runs, elsewhere in the artist's home, and outside of it."""
    monkeypatch.setenv("HOME", str(tmp_path / "anna"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "anna"))
    root = tmp_path / "anna" / "dreamfusion" / "runs"
    monkeypatch.setenv("DREAMFUSION_RUNS", str(root))
    folders = dream.module("bridge.run_folders")
    outside = tmp_path / "disk" / "third"
    places = [run_at(root / "first"), run_at(tmp_path / "anna" / "work" / "second"), run_at(outside)]
    for folder, kept in zip(places, ("", "~/work/second", str(outside)), strict=True):
        obj = remembered("x")
        folders.remember(obj, folder, root)
        assert (obj.dream.run_id, obj.dream.folder) == (folder.name, kept)
        assert folders.find(obj, root) == folder
    path = str(tmp_path / "gone to others.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path, compress=False)
    assert b"anna/dreamfusion" not in Path(path).read_bytes() and b"anna/work" not in Path(path).read_bytes()


def test_a_file_that_named_the_whole_path_does_so_no_longer(dream, tmp_path):
    root = dream.module("preferences").runs_folder(bpy.context)
    folder = run_at(root / "old")
    remembered("old", str(folder))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "old.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "old.blend"))
    obj = bpy.data.objects["made"]
    assert obj.dream.folder == "" and dream.module("bridge.run_folders").find(obj, root) == folder


def test_a_file_without_its_run_says_so_and_exports_what_it_holds(by_hand, tmp_path):
    by_hand.update(1, RED, 6)
    obj, preferences = by_hand.obj, by_hand.dream.module("preferences")
    by_hand.run.process.kill()
    by_hand.dream.tick_until(lambda: by_hand.run.over)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "sent.blend"))
    shutil.move(by_hand.folder, tmp_path / "elsewhere")
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "sent.blend"))
    obj = bpy.data.objects["made"]
    choose(obj)
    assert preferences.missing_runs == {"run"}
    for operator in (bpy.ops.dream.resume, bpy.ops.dream.show):
        with pytest.raises(RuntimeError, match="The run run is not in the folder of runs: Export saves the mesh"):
            operator()
    kept = by_hand.dream.module("bridge.kept_mesh")
    snapshots, state = by_hand.snapshots, by_hand.dream.module("engine.run.state")
    with kept.folder_of_kept_mesh(obj) as folder:
        step, path = state.newest_snapshot(folder)
        mesh = snapshots.read_snapshot(path)
        whole = snapshots.read_snapshot(tmp_path / "elsewhere" / "snapshots" / "000001")
        np.testing.assert_array_equal(mesh.vertices, whole.vertices)
        np.testing.assert_array_equal(mesh.uvs, whole.uvs)
        assert step == 1 and len(mesh.faces) == 6
        picture = bpy.data.images.load(str(path / "albedo.png"))
        assert tuple(picture.pixels[:3]) == RED
    assert not folder.exists()


def test_a_mesh_with_other_polygons_and_paint_is_kept_too(by_hand):
    by_hand.update(1, RED, 4)
    obj = by_hand.obj
    obj.data.clear_geometry()
    obj.data.from_pydata([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], [], [(0, 1, 2, 3)])
    obj.dream.image.pixels[0:4] = (*BLUE, 1.0)
    kept, snapshots = by_hand.dream.module("bridge.kept_mesh"), by_hand.snapshots
    with kept.folder_of_kept_mesh(obj) as folder:
        path = folder / "snapshots" / "000001"
        assert len(snapshots.read_snapshot(path).faces) == 2
        assert tuple(bpy.data.images.load(str(path / "albedo.png")).pixels[:3]) == BLUE
    assert obj.dream.image.is_dirty, "it is as the artist left it"
    obj.dream.image.file_format = "JPEG"
    with kept.folder_of_kept_mesh(obj) as folder:
        assert len(snapshots.read_snapshot(folder / "snapshots" / "000001").faces) == 2
    assert obj.dream.image.file_format == "JPEG"
    obj.data.clear_geometry()
    with pytest.raises(RuntimeError, match="holds no mesh or no texture"), kept.folder_of_kept_mesh(obj):
        pass


def test_export_without_the_run_asks_the_real_engine(dream, tmp_path):
    dream.describe(steps=2)
    assert bpy.ops.dream.generate(wait=True) == {"FINISHED"}
    obj = bpy.context.object
    assert obj.data.polygons
    shutil.rmtree(dream.run().folder)
    assert bpy.ops.dream.export(filepath=str(tmp_path / "mug v1.5"), format="obj") == {"FINISHED"}
    with pytest.raises(RuntimeError, match="The file has no name"):
        bpy.ops.dream.export(filepath=f"{tmp_path}/")
    text = (tmp_path / "mug v1.5.obj").read_text(encoding="utf-8")
    assert text.count("\nf ") == len(obj.data.polygons)


def test_what_an_artist_has_made_of_the_mesh_is_exported(dream, tmp_path):
    dream.describe(steps=2)
    assert bpy.ops.dream.generate(wait=True) == {"FINISHED"}
    for height in (0, 7):
        bpy.context.object.data.vertices[0].co.z += height
        assert bpy.ops.dream.export(filepath=str(tmp_path / "cube"), format="obj") == {"FINISHED"}
        lines = (tmp_path / "cube.obj").read_text(encoding="utf-8").splitlines()
        places = np.array([line.split()[1:4] for line in lines if line.startswith("v ")], float)
        assert (np.abs(places).max() > 5) == bool(height)
    obj = bpy.context.object
    dream.module("bridge.live_mesh").replace_geometry(obj.data, dream.module("bridge.live_mesh").as_snapshot(obj.data))
    obj.modifiers.new("twice", "ARRAY").relative_offset_displace = (0, 0, 3)
    assert bpy.ops.dream.export(filepath=str(tmp_path / "cube"), format="obj") == {"FINISHED"}
    faces = (tmp_path / "cube.obj").read_text(encoding="utf-8").count("\nf ")
    assert faces == 2 * len(obj.data.polygons)
    obj.modifiers.new("none", "MASK").vertex_group = obj.vertex_groups.new(name="empty").name
    with pytest.raises(RuntimeError, match="leave no faces to export"):
        bpy.ops.dream.export(filepath=str(tmp_path / "cube"), format="obj")
