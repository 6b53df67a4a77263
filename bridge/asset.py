"""An object as an asset: its picture, and the words that it is found by."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

from . import compat, lighting, runs

SIZE = 256
"""Pixels a side of the picture, as Blender's own previews have."""
SAMPLES, SAMPLES_ALONE = 16, 128
"""For each pixel, where the denoiser does the rest, and where there is none."""
SMALL_WORDS = frozenset(("a", "an", "and", "at", "in", "of", "on", "the", "to", "top", "with"))
"""By which nobody looks for an object."""


def tags_of(prompt: str) -> list[str]:
    """The prompt's words that say something, in lower case, each once.

    >>> tags_of("A red cube on top of a blue cube")
    ['red', 'cube', 'blue']
    """
    return list(dict.fromkeys(word for word in re.findall(r"\w+", prompt.lower()) if word not in SMALL_WORDS))


def mark(obj: bpy.types.Object) -> None:
    """Mark the object as an asset, or do anew what an earlier call did.

    Raises RunRefused, with the object as it was, if it has no mesh or cannot be rendered.
    """
    pixels = picture_of(obj)
    obj.asset_mark()
    data = obj.asset_data
    data.description = f"{obj.dream.prompt} (seed {obj.dream.seed})"
    for tag in tags_of(obj.dream.prompt):
        data.tags.new(tag, skip_if_exists=True)
    preview = obj.preview_ensure()
    preview.image_size = (SIZE, SIZE)
    preview.image_pixels_float.foreach_set(pixels)


def picture_of(obj: bpy.types.Object) -> np.ndarray:
    """(SIZE x SIZE x 4,) sRGB and alpha, row 0 at the bottom: the object as it stands in its own frame, in the studio's
    light, on nothing. Raises RunRefused."""
    with tempfile.TemporaryDirectory(prefix="dreamfusion-") as name, _stage(obj) as scene:
        scene.render.filepath = str(Path(name) / "picture.png")
        try:
            bpy.ops.render.render(write_still=True, scene=scene.name)
            image = bpy.data.images.load(scene.render.filepath)
        except RuntimeError as error:
            raise runs.RunRefused(f"The asset's picture cannot be rendered: {error}") from error
        pixels = np.empty(SIZE * SIZE * 4, dtype=np.float32)
        image.pixels.foreach_get(pixels)
        bpy.data.images.remove(image)
    return pixels


@contextmanager
def _stage(obj: bpy.types.Object) -> Iterator[bpy.types.Scene]:
    """A scene with nothing but a copy of the object, lit, as long as the block lasts. Raises RunRefused."""
    scene = bpy.data.scenes.new("Dream Asset")
    actor = obj.copy()
    try:
        actor.parent, actor.hide_render = None, False
        actor.constraints.clear()
        actor.animation_data_clear()
        actor.matrix_world = Matrix()
        scene.collection.objects.link(actor)
        render = scene.render
        try:
            render.engine = "CYCLES"
        except TypeError:
            raise runs.RunRefused("This Blender has no Cycles: enable its add-on in the preferences.") from None
        render.film_transparent = True
        render.resolution_x = render.resolution_y = SIZE
        compat.write_pictures(render)
        render.image_settings.color_mode = "RGBA"
        scene.cycles.use_denoising = compat.can_denoise()
        scene.cycles.samples = SAMPLES if scene.cycles.use_denoising else SAMPLES_ALONE
        layer = scene.view_layers[0]
        layer.update()
        cylinder = lighting.bounds(actor, layer.depsgraph)
        if cylinder is None:
            raise runs.RunRefused("There is no mesh to show yet: wait for the first one.")
        lighting.light(scene, actor, cylinder, render.engine)
        floor = next(part for part in scene.dream.light.collection.objects if part.type == "MESH")
        floor.hide_render = True
        yield scene
    finally:
        lighting.unlight(scene)
        bpy.data.objects.remove(actor)
        bpy.data.scenes.remove(scene)
