"""One long run that an artist steers from the sidebar: the tests share it, in this order."""

from __future__ import annotations

import json
import math
import time

import bpy
import numpy as np
import pytest

pytestmark = pytest.mark.blender


def volume(mesh: bpy.types.Mesh) -> float:
    """Of a closed mesh, by the divergence theorem."""
    corners = np.array([[mesh.vertices[index].co for index in face.vertices] for face in mesh.polygons], float)
    return float(np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2]))) / 6


def told(run, command: str) -> list[dict]:
    """What the run's engine was told with a command."""
    path = run.folder / "commands.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else ()
    return [line for line in map(json.loads, lines) if line["command"] == command]


def remesh(live, **changes) -> bpy.types.Mesh:
    """Change the sliders of the active object, whose run is paused, and wait for the mesh that comes of it."""
    obj, run = bpy.context.object, live.run()
    seen = run.state.snapshots
    for name, value in changes.items():
        setattr(obj.dream, name, value)
    live.tick_until(lambda: obj.dream.snapshots == run.state.snapshots > seen)
    return obj.data


def settle(live) -> None:
    """Wait until a paused run has made all the meshes that it was told to."""
    run = live.run()
    while True:
        seen, until = run.state.snapshots, time.monotonic() + 1.0
        live.tick_until(lambda: run.state.snapshots > seen or time.monotonic() > until)
        if run.state.snapshots == seen:
            return


def test_a_picture_of_the_nerf_is_kept_in_no_file(live):
    preview, run = live.module("bridge.preview"), live.run()
    live.tick_until(lambda: run.state.previews)
    icon = preview._icons[str(run.object_uid)]
    assert tuple(icon.image_size) == (96, 96)
    pixels = np.array(icon.image_pixels_float).reshape(96, 96, 4)
    assert np.ptp(pixels[..., :3]) > 0.2, "there is an object before a plain backdrop"
    assert not [image for image in bpy.data.images if image.name.startswith(str(run.object_uid))]


def test_the_sidebar_and_the_status_bar_say_how_far_it_is(live):
    run, status_bar = live.run(), live.module("panels.status_bar")
    live.tick_until(lambda: run.state.rate and run.state.remaining)
    share, words = status_bar.what_goes_on()
    assert share == run.state.step / run.state.steps
    assert words.startswith(f"a red cube, {run.state.step:,} of 100,000, ") and words.endswith(" left")


def test_a_picture_that_is_none_is_left_out(live, capfd):
    preview, run = live.module("bridge.preview"), live.run()
    bpy.ops.dream.pause()
    live.tick_until(lambda: run.status == "paused")
    picture = run.folder / "preview.png"
    whole = picture.read_bytes()
    for broken in (whole[:-9], b"", b"not a picture", whole[:16] + b"\0\1\0\0\0\1\0\0" + whole[24:]):
        picture.write_bytes(broken)
        run.state.previews += 1
        assert not preview.refresh(run)
    assert capfd.readouterr().out.count("is left out") == 4
    assert preview.icon_of(run) == preview._icons[str(run.object_uid)].icon_id, "the last good one stays"


def test_a_new_picture_takes_the_place_of_the_last(live):
    preview, run = live.module("bridge.preview"), live.run()
    for colour in ((1.0, 0.0, 0.0, 1.0), (0.0, 0.0, 1.0, 1.0)):
        image = bpy.data.images.new("plain", 8, 8)
        image.pixels, image.file_format = colour * 64, "PNG"
        image.filepath_raw = str(run.folder / "preview.png")
        image.save()
        bpy.data.images.remove(image)
        run.state.previews += 1
        assert preview.refresh(run)
        shown = np.array(preview._icons[str(run.object_uid)].image_pixels_float).reshape(-1, 4)
        np.testing.assert_allclose(shown, [colour] * 64, atol=0.01)


def test_the_slider_moves_the_surface(live):
    run, obj = live.run(), bpy.context.object
    assert run.steered is not None and obj.dream.surface == 0.0 and obj.dream.faces == 20_000
    slim, own, full = (volume(remesh(live, surface=value)) for value in (-0.5, 0.0, 0.5))
    assert slim < 0.95 * own and own < 0.95 * full
    values = [line["value"] for line in told(run, "threshold")]
    assert values == [pytest.approx(12 * math.sqrt(5)), None, pytest.approx(12 / math.sqrt(5))]


def test_dragging_does_not_flood_and_the_last_value_wins(live):
    run, obj, follower = live.run(), bpy.context.object, live.module("bridge.follower")
    before = len(told(run, "threshold"))
    began = time.monotonic()
    for step in range(200):
        obj.dream.surface = -step / 400
        follower.tick()
        time.sleep(0.005)
    obj.dream.surface = -0.6
    settle(live)
    sent = told(run, "threshold")[before:]
    assert len(sent) <= (time.monotonic() - began) / live.module("bridge.steering").EVERY + 1
    assert sent[-1]["value"] == pytest.approx(12 * 5**0.6)


def test_faces_and_textures_change_with_the_next_mesh(live):
    mesh = remesh(live, faces=500, texture=64, final_texture=128)
    assert len(mesh.polygons) <= 500
    assert tuple(bpy.context.object.dream.image.size) == (64, 64)
    assert told(live.run(), "mesh") == [{"command": "mesh", "faces": 500, "texture": 64, "final_texture": 128}]


def test_what_was_told_outlives_a_killed_engine_and_the_sliders_show_it(live):
    obj, run = bpy.context.object, live.run()
    run.process.kill()
    live.tick_until(lambda: run.over)
    assert live.module("bridge.preview")._icons is None, "the picture is freed with the last run"
    obj.dream.surface, obj.dream.faces = 0.3, 1000  # as an older .blend would say
    bpy.ops.dream.resume()
    live.tick_until(lambda: live.run().steered)
    assert (obj.dream.surface, obj.dream.faces, obj.dream.texture) == (pytest.approx(-0.6), 500, 64)
    live.new_mesh()
    assert len(obj.data.polygons) <= 500
    assert len(told(live.run(), "mesh")) == 1, "the engine knows already"


def test_disabling_frees_the_picture(live):
    preview = live.module("bridge.preview")
    live.tick_until(lambda: preview._icons is not None)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    assert preview._icons is None and live.module("panels.status_bar").what_goes_on() is None
