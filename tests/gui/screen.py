"""What an eye sees in a picture of the screen: red things, how bright it is, and what has changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

Box = tuple[int, int, int, int]
"""Left, top, right and bottom of a part of the screen, in pixels."""

STATUS_BAR = 24
"""Its height: Blender tells of an error there, on red."""


def read(path: Path, box: Box) -> np.ndarray:
    """A part of a picture: rows of pixels, red, green and blue from 0 to 255."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB").crop(box)).astype(np.int16)


def red(pixels: np.ndarray) -> np.ndarray:
    """Which pixels are as red as a red mug in any light."""
    r, g, b = np.moveaxis(pixels, -1, 0)
    return (r > 70) & (r > 2 * g) & (r > 2 * b)


def red_things(pixels: np.ndarray, least: int = 8) -> list[tuple[int, int]]:
    """Where the red things that stand side by side are, from the left: column and row of each one's middle.

    `least` is how many pixels a thing has at least in each of its columns, more than a line has, and how many columns;
    where two parts are not further apart than twice as much, a word is written across a thing.
    """
    found = red(pixels)
    columns = np.flatnonzero(found.sum(axis=0) >= least)
    parts = np.split(columns, np.flatnonzero(np.diff(columns) > 2 * least) + 1)
    return [
        (int(part[0] + part[-1]) // 2, round(float(np.nonzero(found[:, part])[0].mean())))
        for part in parts if len(part) >= least
    ]


def brightness(pixels: np.ndarray) -> float:
    """Of the middle pixel, if all stood in a row by their brightness, from 0 to 1."""
    return float(np.median(pixels.mean(axis=-1))) / 255


def change(before: np.ndarray, after: np.ndarray) -> float:
    """The share of pixels that an eye sees differ."""
    return float((np.abs(before - after).max(axis=-1) > 12).mean())


def tells_of_error(path: Path) -> bool:
    """Whether the status bar at the bottom of the screen has a red field."""
    with Image.open(path) as image:
        width, height = image.size
    return float(red(read(path, (0, height - STATUS_BAR, width, height))).mean()) > 0.01
