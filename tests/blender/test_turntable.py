"""Turntable: a video of a whole turn, and settings that stay as they were."""

from __future__ import annotations

import math
import os
from functools import partial
from types import SimpleNamespace

import bpy
import numpy as np
import pytest

pytestmark = pytest.mark.blender

FRAMES = 4


@pytest.fixture
def box(dream, plain):
    """A box with one red side, its front, that says that it was made by a run; a scene that renders fast."""
    bpy.ops.mesh.primitive_cube_add()
    obj, scene = bpy.context.object, bpy.context.scene
    obj.dream.run_id = "a-run"
    for colour in ((0.2, 0.2, 0.2), (0.8, 0.0, 0.0)):
        obj.data.materials.append(plain(*colour))
    front = min(obj.data.polygons, key=lambda polygon: polygon.center.y)
    front.material_index = 1
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 67, 49, 50
    scene.render.engine, scene.cycles.samples, scene.cycles.device = "CYCLES", 1, "CPU"
    return obj


def state(scene: bpy.types.Scene) -> tuple:
    """What a turntable might have changed."""
    render = scene.render
    return (
        render.filepath, render.image_settings.file_format, render.fps, scene.frame_start, scene.frame_end,
        scene.frame_current, render.resolution_x, render.resolution_percentage, scene.cycles.samples,
        len(bpy.data.scenes),
        None if scene.dream.light.pivot is None else scene.dream.light.pivot.rotation_euler.z,
    )


def loaded(path) -> np.ndarray:
    """(H, W, 3) of a picture, or of a video's first frame."""
    image = bpy.data.images.load(str(path))
    pixels = np.array(image.pixels).reshape(image.size[1], image.size[0], -1)[..., :3]
    bpy.data.images.remove(image)
    return pixels


def redness(path) -> float:
    """How much of a picture is the red side."""
    pixels = loaded(path)
    return float(((pixels[..., 0] > 1.5 * pixels[..., 1]) & (pixels[..., 0] > 0.15)).mean())


@pytest.mark.skipif(not bpy.app.ffmpeg.supported, reason="this Blender makes no videos")
def test_a_video_is_made_and_nothing_of_the_artists_is_changed(box, tmp_path):
    scene = bpy.context.scene
    bpy.ops.dream.light()
    scene.render.filepath, scene.frame_end, scene.render.fps = "//mine", 7, 30
    before = state(scene)
    assert bpy.ops.dream.turntable(filepath=str(tmp_path / "box"), frames=FRAMES) == {"FINISHED"}
    assert state(scene) == before
    (made,) = tmp_path.iterdir()
    assert made.name == "box.mp4" and b"ftyp" in made.read_bytes()[:16]
    clip = bpy.data.movieclips.load(str(made))
    assert clip.frame_duration == FRAMES and tuple(clip.size) == (32, 24) and clip.fps == 24
    pivot = scene.dream.light.pivot
    assert not pivot.animation_data or not pivot.animation_data.drivers
    assert tuple(pivot.delta_rotation_euler) == (0, 0, 0)


def test_the_file_browser_shows_the_name_that_is_written(dream, monkeypatch):
    operator, module = dream.module("operators.turntable").DREAM_OT_turntable, dream.module("bridge.turntable")
    for supported, ending in ((True, ".mp4"), (False, "-")):
        monkeypatch.setattr(module.bpy, "app", SimpleNamespace(ffmpeg=SimpleNamespace(supported=supported)))
        chosen = SimpleNamespace(filepath=os.path.join("folder", "mug"))
        chosen.proposed, chosen.named = partial(operator.proposed, chosen), partial(operator.named, chosen)
        assert operator.check(chosen, None) and chosen.filepath == os.path.join("folder", f"mug{ending}")
        assert not operator.check(chosen, None)


def test_a_camera_that_was_deleted_is_made_anew(box, tmp_path):
    bpy.ops.dream.light()
    scene = bpy.context.scene
    box.select_set(False)
    scene.dream.light.camera.select_set(True)
    bpy.ops.object.delete()
    box.select_set(True)
    bpy.context.view_layer.objects.active = box
    assert bpy.ops.dream.turntable(filepath=str(tmp_path / "box"), frames=2) == {"FINISHED"}
    assert [obj.name for obj in scene.objects if obj.type == "CAMERA"] == [scene.dream.light.camera.name]


def test_without_videos_there_are_pictures_of_all_sides(box, tmp_path, dream, monkeypatch):
    module = dream.module("bridge.turntable")
    monkeypatch.setattr(module, "output_of", lambda typed: typed.with_name(f"{typed.name}-"))
    assert bpy.ops.dream.turntable(filepath=str(tmp_path / "box"), frames=FRAMES) == {"FINISHED"}
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [f"box-{number:04d}.png" for number in range(1, FRAMES + 1)]
    shown = [redness(file) for file in files]
    assert shown[0] > 0.05 and min(shown) == 0, "its front, and at some time its back"
    assert bpy.context.scene.dream.light.subject == box, "what it needed was made on the way"


def test_the_turn_is_even_and_its_end_joins_its_beginning(box, dream, tmp_path):
    turntable = dream.module("bridge.turntable")
    bpy.ops.dream.light()
    scene = bpy.context.scene
    turning = turntable.begin(scene, FRAMES, tmp_path / "x-")
    layer, angles = turning.view_layers[0], []
    for frame in range(1, FRAMES + 2):
        turning.frame_set(frame)
        matrix = turning.camera.evaluated_get(layer.depsgraph).matrix_world
        angles.append(math.atan2(matrix[1][3], matrix[0][3]))
    steps = np.mod(np.diff(angles), math.tau)
    np.testing.assert_allclose(steps, math.tau / FRAMES, atol=1e-4)
    turntable.end(turning.name)
    turntable.end("Dream Turntable")
    assert len(bpy.data.scenes) == 1


@pytest.mark.parametrize("way", ["undo", "file"])
def test_a_scene_that_turns_does_not_come_back(box, dream, tmp_path, way):
    turntable = dream.module("bridge.turntable")
    bpy.ops.dream.light("EXEC_DEFAULT", True)
    name = turntable.begin(bpy.context.scene, FRAMES, tmp_path / "x-").name
    if way == "undo":  # the artist does something while it renders, and undoes later what came after
        bpy.ops.ed.undo_push(message="meanwhile")
        turntable.end(name)
        bpy.ops.ed.undo_push(message="later")
        bpy.ops.ed.undo()
    else:
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "meanwhile.blend"))
        bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "meanwhile.blend"))
    pivot = bpy.context.scene.dream.light.pivot
    assert len(bpy.data.scenes) == 1 and not (pivot.animation_data and pivot.animation_data.drivers)


def test_the_object_that_was_chosen_turns_whatever_is_selected_since(box, tmp_path):
    uid = box.session_uid
    bpy.ops.mesh.primitive_cube_add()
    assert bpy.context.object != box
    box.select_set(True)
    bpy.context.view_layer.objects.active = box
    other = box.copy()
    bpy.context.collection.objects.link(other)
    bpy.context.view_layer.objects.active = other
    other.select_set(True)
    bpy.ops.dream.turntable(filepath=str(tmp_path / "box"), frames=2, object_uid=uid)
    assert bpy.context.scene.dream.light.subject == box
    box.data.clear_geometry()
    with pytest.raises(RuntimeError, match="nothing to light yet"):
        bpy.ops.dream.turntable(filepath=str(tmp_path / "box"), frames=2)


def test_another_object_gets_its_own_light(box, tmp_path, dream):
    bpy.ops.dream.light()
    other = box.copy()
    bpy.context.collection.objects.link(other)
    box.select_set(False)
    other.select_set(True)
    bpy.context.view_layer.objects.active = other
    other.location.x = 9
    bpy.ops.dream.turntable(filepath=str(tmp_path / "other"), frames=2)
    light = bpy.context.scene.dream.light
    assert light.subject == other and light.pivot.location.x == pytest.approx(9)


def test_a_folder_that_is_not_there_is_named(box, tmp_path):
    with pytest.raises(RuntimeError, match="There is no folder .*nowhere: choose where"):
        bpy.ops.dream.turntable(filepath=str(tmp_path / "nowhere" / "box.mp4"))
    with pytest.raises(RuntimeError, match="choose where the turntable goes"):
        bpy.ops.dream.turntable()


def test_what_cannot_be_rendered_leaves_no_scene_behind(box, tmp_path):
    (tmp_path / "box.mp4").mkdir()
    (tmp_path / "box-0001.png").mkdir()
    with pytest.raises(RuntimeError, match="The turntable cannot be rendered"):
        bpy.ops.dream.turntable(filepath=str(tmp_path / "box"), frames=2)
    assert len(bpy.data.scenes) == 1
