"""A turntable: a scene beside the artist's in which the studio's camera goes once round the object."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

import bpy
from bpy.app.handlers import persistent

from . import compat

FPS = 24
MOST_SAMPLES = 64
"""Of Cycles, for each pixel of a frame; the denoiser does the rest, where there is one."""
ENDINGS = (".mp4", ".png")
TURNED, TURN = ("delta_rotation_euler", 2), "(frame - 1) * "
"""What turns of the studio, and how the expression begins that has it turn."""
COMES_BACK = (bpy.app.handlers.load_post, bpy.app.handlers.undo_post, bpy.app.handlers.redo_post)
"""What brings back a scene that was taken away."""
POLL_EVERY = 1.0
"""Seconds between two looks at whether a render has ended."""


def output_of(typed: Path) -> Path:
    """The video's file, where this Blender makes videos; else what the names of the frames' files begin with."""
    stem = typed.with_suffix("") if typed.suffix.lower() in ENDINGS else typed
    return stem.with_name(f"{stem.name}.mp4" if bpy.app.ffmpeg.supported else f"{stem.name.rstrip('-')}-")


def begin(scene: bpy.types.Scene, frames: int, output: Path) -> bpy.types.Scene:
    """A scene that shows what the lit `scene` does and renders to `output`, where the studio makes one turn in so many
    frames: the first follows on the last. `end` takes it away, and the artist's own settings were never changed."""
    turning = scene.copy()
    turning.name, turning.camera, turning.dream.is_turntable = "Dream Turntable", scene.dream.light.camera, True
    turning.timeline_markers.clear()  # which may name other cameras
    turning.animation_data_clear()
    turning.frame_start, turning.frame_end, turning.frame_step = 1, frames, 1
    _set_output(turning.render, output)
    if turning.render.engine == "CYCLES":
        turning.cycles.samples = min(turning.cycles.samples, MOST_SAMPLES)
        turning.cycles.use_denoising = compat.can_denoise()
    # A driver of so simple an expression works in files too whose scripts may not run. The rotation itself is the
    # artist's to set.
    driver = turning.dream.light.pivot.driver_add(*TURNED).driver
    driver.expression = f"{TURN}{math.tau / frames}"
    return turning


def _set_output(render: bpy.types.RenderSettings, output: Path) -> None:
    render.filepath = str(output)
    render.use_overwrite = render.use_file_extension = True
    render.use_placeholder = render.use_sequencer = render.use_border = render.use_multiview = False
    render.use_compositing = False  # the artist's nodes may name another scene, and write files of their own
    render.fps, render.fps_base = FPS, 1.0
    for side in ("resolution_x", "resolution_y"):  # H.264 takes even numbers only
        setattr(render, side, max(2, getattr(render, side) * render.resolution_percentage // 200 * 2))
    render.resolution_percentage = 100
    if output.suffix == ".mp4":
        compat.write_video(render)
        render.ffmpeg.format, render.ffmpeg.codec, render.ffmpeg.audio_codec = "MPEG4", "H264", "NONE"
        render.ffmpeg.constant_rate_factor = "HIGH"
    else:
        compat.write_pictures(render)


def end(name: str) -> None:
    """Take away the scene of that name that `begin` made, unless undo has done so already."""
    turning = bpy.data.scenes.get(name)
    if turning is not None:
        _stand_still(turning.dream.light.pivot)
        bpy.data.scenes.remove(turning)


def _stand_still(pivot: bpy.types.Object | None) -> None:
    """Take away the driver that `begin` gave the studio."""
    drivers = pivot.animation_data.drivers if pivot and pivot.animation_data else ()
    if any((one.data_path, one.array_index, one.driver.expression[: len(TURN)]) == (*TURNED, TURN) for one in drivers):
        pivot.driver_remove(*TURNED)
        pivot.delta_rotation_euler.z = 0.0


def end_after_render(name: str) -> None:
    """The same, once the render that goes on in the window is over."""
    bpy.app.timers.register(partial(_end_if_over, name), first_interval=POLL_EVERY)


def _end_if_over(name: str) -> float | None:
    if bpy.app.is_job_running("RENDER"):
        return POLL_EVERY
    end(name)
    return None


@persistent
def _end_what_came_back(*_: object) -> None:
    """Undo, or a file that was saved meanwhile, may bring back what a render needed that is over: the scene, or in a
    file, which scenes without users are not saved in, the studio's driver alone."""
    if bpy.app.is_job_running("RENDER"):
        return
    for name in [scene.name for scene in bpy.data.scenes if scene.dream.is_turntable]:
        end(name)
    for scene in bpy.data.scenes:
        _stand_still(scene.dream.light.pivot)


def register() -> None:
    """Begin to look for what comes back."""
    for handlers in COMES_BACK:
        handlers.append(_end_what_came_back)


def unregister() -> None:
    """No handler stays behind."""
    for handlers in COMES_BACK:
        handlers.remove(_end_what_came_back)
