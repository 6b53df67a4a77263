"""View-dependent prompts: the paper's words for a camera (DreamFusion, section 3.2), and those that Perp-Neg avoids."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from engine.cameras import degrees_from_front, view_word
from engine.guidance.prior import Caption, Views


@dataclass
class ViewWords:
    """What a prompt is followed by, after a comma, in views from each side. An empty one adds nothing."""

    on: bool = True
    """Whether prompts depend on the view."""
    front: str = "front view"
    """Within 45 degrees of the front."""
    side: str = "side view"
    """In between, on either side."""
    back: str = "back view"
    """Within 45 degrees of the back."""
    overhead: str = "overhead view"
    """More than 60 degrees above the horizon."""


def opposed_views(elevation: float, azimuth: float) -> tuple[tuple[str, float], tuple[str, float]]:
    """The two views that Perp-Neg pushes away from, with the weights that its authors' 3D code gives them.

    With f(r) = exp(-r / 2) - exp(-1 / 2), which falls from .39 to 0: from front to side, r = 1 to 0, 4 f(r) for "front"
    and 4 f(1 - r) for "side"; from side to back, r = 1 to 0, 4 f(0) + f(r) for "front" and f(r) for "side". So each
    view opposes its neighbour, none opposes itself, and the back opposes the front most. Overhead, both are 0.

    Args:
        elevation, azimuth: as in `view_word`.
    """
    f = lambda r: math.exp(-r / 2) - math.exp(-1 / 2)
    quarters = degrees_from_front(azimuth) / 90
    if view_word(elevation, azimuth) == "overhead":
        return ("front", 0.0), ("side", 0.0)
    if quarters < 1:
        return ("front", 4 * f(1 - quarters)), ("side", 4 * f(quarters))
    return ("front", 4 * f(0) + f(2 - quarters)), ("side", f(2 - quarters))


def view_captions(prompt: str, views: Views, words: ViewWords, tell_camera: bool, extra: str = "") -> list[Caption]:
    """What a prior is told of each view: prompt, view and `extra` words, shading, and the camera if it is to be."""
    captions = []
    for camera, shading in views:
        word = getattr(words, view_word(*camera[:2])) if words.on else ""
        captions.append(Caption(join(prompt, word, extra), shading, camera if tell_camera else None))
    return captions


def opposed_captions(prompt: str, views: Views, words: ViewWords) -> tuple[list[Caption], list[Caption], Tensor]:
    """Perp-Neg's two captions for each of B views, with weights (2, B). They tell no camera: it is the wrong one."""
    pairs = [opposed_views(*camera[:2]) for camera, _ in views]
    first, second = (
        [Caption(join(prompt, getattr(words, view)), shading) for (view, _), (_, shading) in zip(column, views)]
        for column in zip(*pairs)
    )
    return first, second, torch.tensor([[weight for _, weight in column] for column in zip(*pairs)])


def with_cameras(captions: list[Caption], views: Views) -> list[Caption]:
    """The captions of B views, each with the camera that its view is seen by, whatever else it says."""
    return [replace(caption, camera=camera) for caption, (camera, _) in zip(captions, views)]


def texts_of_a_run(prompt: str, words: ViewWords, opposed: bool, extra: list[str]) -> list[str]:
    """Every text that a prior may be asked for with a prompt: that with each view's words, where they are on or
    Perp-Neg has `opposed` ones, and with extra ones."""
    views = ("", words.front, words.side, words.back, words.overhead) if words.on or opposed else ("",)
    return list(dict.fromkeys(join(prompt, view, more) for more in ["", *extra] for view in views))


def join(*parts: str) -> str:
    """Parts of a caption with commas between them, empty ones left out."""
    return ", ".join(part for part in parts if part)
