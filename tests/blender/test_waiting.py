"""When a new mesh waits: for a render or a bake, and with a run's end for what the artist is in the middle of."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import bpy
import pytest

pytestmark = pytest.mark.blender

RED, BLUE = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)


class Window:
    """bpy as it is where Blender has a window, in which jobs go on, and modal operators."""

    def __init__(self, *jobs: str, modal: tuple[str, ...] = ()) -> None:
        self.app = SimpleNamespace(background=False, is_job_running=lambda job: job in jobs)
        if modal:
            operators = [SimpleNamespace(bl_idname=name) for name in modal]
            window = SimpleNamespace(view_layer=bpy.context.view_layer, modal_operators=operators)
            self.context = SimpleNamespace(window_manager=SimpleNamespace(windows=[window]))

    def __getattr__(self, name: str) -> Any:
        return getattr(bpy, name)


@pytest.fixture
def window(dream, monkeypatch):
    """A function that has the follower believe that it is in a window where this goes on."""
    return lambda *jobs, **more: monkeypatch.setattr(dream.module("bridge.follower"), "bpy", Window(*jobs, **more))


@pytest.mark.parametrize("job", ["RENDER", "OBJECT_BAKE"])
def test_a_mesh_waits_until_a_render_or_bake_is_done_and_show_newest_does_too(by_hand, window, job):
    obj, run, tick_until = by_hand.obj, by_hand.run, by_hand.dream.tick_until
    by_hand.update(1, RED, 3)
    window(job)
    by_hand.make(2, BLUE, 5)
    tick_until(lambda: run.note)
    assert run.note == "The next mesh waits until the render or bake is done." and len(obj.data.polygons) == 3
    obj.select_set(True)
    bpy.context.view_layer.objects.active = obj
    with pytest.raises(RuntimeError, match="waits until the render or bake is done"):
        bpy.ops.dream.show()
    window()
    tick_until(lambda: not run.note)
    assert len(obj.data.polygons) == 5


def test_a_run_that_stops_during_a_render_ends_with_its_last_mesh_in_the_scene(by_hand, window):
    obj, run = by_hand.obj, by_hand.run
    by_hand.update(1, RED, 3)
    window("RENDER")
    by_hand.make(2, BLUE, 5)
    run.process.release()
    by_hand.dream.tick_until(lambda: not run.alive and run.note)
    assert not run.over
    window()
    by_hand.dream.tick_until(lambda: run.over)
    assert len(obj.data.polygons) == 5


def test_no_undo_step_of_a_run_comes_into_one_of_the_artists(by_hand, window):
    run, tick = by_hand.run, by_hand.dream.module("bridge.follower").tick
    by_hand.update(1, RED, 3)
    bpy.ops.mesh.primitive_cube_add()
    bpy.ops.object.mode_set(mode="SCULPT")
    window()
    run.process.release()
    by_hand.dream.tick_until(lambda: not run.alive)
    for _ in range(3):
        tick()
    assert not run.over
    bpy.ops.object.mode_set(mode="OBJECT")
    by_hand.dream.tick_until(lambda: run.over)


@pytest.mark.parametrize(
    "modal, busy",
    [("SCULPT_OT_brush_stroke", True), ("PAINT_OT_image_paint", True), ("TRANSFORM_OT_translate", True),
     ("SCREEN_OT_animation_step", False), ("VIEW3D_OT_rotate", False)],
)  # fmt: skip
def test_the_artist_is_busy_while_an_operator_holds_an_undo_step_open(dream, window, modal, busy):
    follower = dream.module("bridge.follower")
    window(modal=("VIEW3D_OT_rotate", modal))
    assert follower._is_artist_busy() is busy
    assert {prefix.rstrip("_").lower() for prefix in follower.STROKES} <= set(dir(bpy.ops)), "Blender has these groups"
