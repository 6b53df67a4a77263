"""Make Asset Library, in processes of their own: what another Blender finds in the file, and what stays."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from types import MethodType, SimpleNamespace

import bpy
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
RED, BLUE = (0.9, 0.05, 0.05), (0.05, 0.05, 0.9)

pytestmark = pytest.mark.blender


@pytest.fixture
def library(dream, finished_run, tmp_path, monkeypatch):
    """A folder of runs, two of them finished, one not and one broken; the operator looks there."""
    root = tmp_path / "library"
    finished_run(root / "red-mug", "a tall red mug", RED)
    finished_run(root / "blue-car", "파란 자동차", BLUE, seed=7)
    settings = dream.module("engine.run.settings")
    (root / "waiting").mkdir()
    settings.write_settings(root / "waiting", settings.RunSettings("a cone"))
    monkeypatch.setenv("DREAMFUSION_RUNS", str(root))
    yield root
    for listed in list(bpy.context.preferences.filepaths.asset_libraries):
        if listed.name.startswith("Dreamfusion"):
            bpy.context.preferences.filepaths.asset_libraries.remove(listed)


def assets(path: Path) -> dict[str, bpy.types.Object]:
    """Open the library; its assets by the names of their runs."""
    bpy.ops.wm.open_mainfile(filepath=str(path))
    return {obj.dream.run_id: obj for obj in bpy.data.objects if obj.asset_data}


def colour_of_preview(obj: bpy.types.Object) -> np.ndarray:
    assert tuple(obj.preview.image_size) == (256, 256)
    pixels = np.array(obj.preview.image_pixels_float).reshape(256, 256, 4)
    seen = pixels[..., 3] > 0.5
    assert 0.02 < seen.mean() < 0.9
    return np.median(pixels[seen], axis=0)[:3]


def test_another_blender_finds_everything_in_the_file(library, tmp_path):
    assert bpy.ops.dream.library() == {"FINISHED"}
    output = tmp_path / "assets"
    assert sorted(path.name for path in output.iterdir()) == ["blender_assets.cats.txt", "library.blend", "library.log"]
    listed = [entry for entry in bpy.context.preferences.filepaths.asset_libraries if entry.name == "Dreamfusion"]
    assert [Path(entry.path) for entry in listed] == [output]
    moved = tmp_path / "elsewhere.blend"
    (output / "library.blend").rename(moved)  # nothing it shows is beside it
    found = assets(moved)
    mug, car = found["red-mug"], found["blue-car"]
    assert len(found) == 2 and len(bpy.data.objects) == 2 and not mug.users_scene
    assert (mug.name, car.name) == ("a tall red mug", "파란 자동차")
    assert [tag.name for tag in mug.asset_data.tags] == ["tall", "red", "mug"]
    assert car.asset_data.description == "파란 자동차 (seed 7)" and mug.asset_data.author == ""
    catalogues = dict(
        line.split(":")[:2] for line in (output / "blender_assets.cats.txt").read_text().splitlines() if ":" in line
    )
    assert catalogues[mug.asset_data.catalog_id] == "Dreamfusion/Mug"
    assert catalogues[car.asset_data.catalog_id] == "Dreamfusion/Car"
    red, blue = colour_of_preview(mug), colour_of_preview(car)
    assert red[0] > 2 * max(red[1:]) and blue[2] > 2 * max(blue[:2])
    image = next(node.image for node in mug.active_material.node_tree.nodes if node.type == "TEX_IMAGE")
    assert image.packed_file and np.allclose(image.pixels[:3], RED, atol=0.01)
    assert str(tmp_path) not in mug.dream.folder and len(mug.data.polygons) == 6


def test_pressed_again_it_adds_what_is_new_and_leaves_what_was_changed(library, tmp_path, finished_run, dream):
    bpy.ops.dream.library()
    path = tmp_path / "assets" / "library.blend"
    mug = assets(path)["red-mug"]
    mug.asset_data.tags.new("kitchen")
    mug.asset_data.catalog_id = own = "11111111-2222-3333-4444-555555555555"
    bpy.data.materials.new("Own").asset_mark()
    bpy.ops.wm.save_mainfile()
    finished_run(library / "cone", "a galaxy", RED)
    finished_run(library / "blue-car", "파란 자동차", BLUE, seed=7, step=20, faces=9)
    assert bpy.ops.dream.library() == {"FINISHED"}
    names = [entry.name for entry in bpy.context.preferences.filepaths.asset_libraries]
    assert names.count("Dreamfusion") == 1
    found = assets(path)
    assert sorted(found) == ["blue-car", "cone", "red-mug"] and bpy.data.materials["Own"].asset_data
    assert found["red-mug"].asset_data.catalog_id == own and "kitchen" in found["red-mug"].asset_data.tags
    assert len(found["blue-car"].data.polygons) == 9 and len(found["red-mug"].data.polygons) == 6
    found["blue-car"].data.vertices[0].co.z += 1
    bpy.ops.wm.save_mainfile()
    finished_run(library / "blue-car", "파란 자동차", BLUE, seed=7, step=30, faces=5)
    said = []
    build = dream.module("bridge.library").build
    assert build(library, tmp_path / "assets", said.append) == [
        "blue-car is left out: its mesh or its texture was changed in the library."
    ]
    assert said == ["1 of 3: a galaxy", "2 of 3: a tall red mug", "3 of 3: 파란 자동차"]
    assert len(assets(path)["blue-car"].data.polygons) == 9


def test_a_broken_run_is_named_and_the_others_made(library, tmp_path):
    (library / "blue-car" / "snapshots" / "000009" / "mesh.npz").write_bytes(b"no mesh")
    assert bpy.ops.dream.library(directory=str(tmp_path / "props")) == {"FINISHED"}
    assert "blue-car is left out: The snapshot" in (tmp_path / "props" / "library.log").read_text(encoding="utf-8")
    assert list(assets(tmp_path / "props" / "library.blend")) == ["red-mug"]


def test_without_a_finished_run_nothing_is_made(dream, tmp_path, monkeypatch):
    monkeypatch.setenv("DREAMFUSION_RUNS", str(tmp_path / "none"))
    with pytest.raises(RuntimeError, match="There is no finished run in"):
        bpy.ops.dream.library()
    assert not list(tmp_path.glob("assets/*.blend"))
    assert bpy.ops.dream.library.poll(), "it may be pressed again"


class Pressed:
    """The operator as a window has it, as far as it can be called without one."""

    directory = ""

    def __init__(self, cls: type, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reports, self.statuses, self.timers = [], [], []
        for name in ("invoke", "execute", "act", "modal", "cancel", "_finish", "_output"):
            setattr(self, name, MethodType(getattr(cls, name), self))
        window = SimpleNamespace(
            event_timer_add=lambda *_, **__: self.timers.append("timer") or "timer", windows=(),
            event_timer_remove=self.timers.remove, modal_handler_add=lambda _: None,
        )
        self.context = SimpleNamespace(
            window_manager=window, window=None, preferences=bpy.context.preferences,
            workspace=SimpleNamespace(name="Layout", status_text_set=self.statuses.append),
            temp_override=lambda **_: nullcontext(),
        )
        monkeypatch.setattr(cls, "_making", None)
        self.cls = cls

    _making = property(lambda self: self.cls._making)
    _timer = property(lambda self: self.cls._timer)

    def report(self, kind: set, words: str) -> None:
        self.reports.append((kind, words))


def test_a_window_goes_on_meanwhile_and_its_status_bar_says_how_far_it_is(library, dream, monkeypatch, tmp_path):
    module = dream.module("operators.library")
    pressed, timer = Pressed(module.DREAM_OT_library, monkeypatch), SimpleNamespace(type="TIMER")
    window = SimpleNamespace(
        app=SimpleNamespace(background=False, binary_path=""),
        data=SimpleNamespace(workspaces={"Layout": pressed.context.workspace}),
    )
    monkeypatch.setattr(module, "bpy", window)
    assert pressed.invoke(pressed.context, None) == {"RUNNING_MODAL"}
    assert not bpy.ops.dream.library.poll(), "one at a time"
    assert pressed.modal(pressed.context, SimpleNamespace(type="LEFTMOUSE")) == {"PASS_THROUGH"}
    while pressed.modal(pressed.context, timer) == {"PASS_THROUGH"}:
        time.sleep(0.05)
    assert "Making the asset library: 2 of 2: 파란 자동차" in pressed.statuses and pressed.statuses[-1] is None
    assert pressed.reports == [({"INFO"}, f"The asset browser has the library {tmp_path / 'assets'}.")]
    assert bpy.ops.dream.library.poll() and pressed.timers == []
    assert pressed.invoke(pressed.context, None) == {"RUNNING_MODAL"}
    pressed.cancel(pressed.context)
    assert bpy.ops.dream.library.poll() and pressed.timers == []
    assert pressed.invoke(pressed.context, None) == {"RUNNING_MODAL"}
    process = module.DREAM_OT_library._making
    module.give_up(pressed.context)  # as when the extension is disabled
    assert bpy.ops.dream.library.poll() and pressed.timers == [] and process._process.returncode is not None
    assert len(assets(tmp_path / "assets" / "library.blend")) == 2


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for Blender's program is a shell script")
def test_the_command_finds_a_blender_and_tells_how_far_it_is(library, tmp_path):
    program = tmp_path / "Blender" / "blender"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\nwhile [ "$1" != -- ]; do [ "$1" = --python ] && script="$2"; shift; done\n'
        f'exec "{sys.executable}" "$script" "$@"\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    engine = os.environ["DREAMFUSION_ENGINE_PYTHON"]
    command = [engine, "-m", "engine", "library", library, "--output", tmp_path / "out", "--blender", program.parent]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == ["1 of 2: a tall red mug", "2 of 2: 파란 자동차", str(tmp_path / "out")]
    assert len(assets(tmp_path / "out" / "library.blend")) == 2
    command[-1] = tmp_path
    lost = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert lost.returncode == 2 and "name the program with --blender" in lost.stderr
