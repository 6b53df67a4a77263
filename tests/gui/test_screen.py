"""What the tour takes a picture of the screen for, in pictures that are made here. Needs no window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from tests.gui import screen

GREY, RED, LINE = (60, 60, 60), (150, 20, 20), (140, 50, 55)


def picture(path: Path, *fields: tuple[int, int, int, int]) -> Path:
    """A grey picture with the red axis of the viewport across it, and red fields: left, top, right, bottom."""
    pixels = np.full((200, 400, 3), GREY, np.uint8)
    pixels[100:102] = LINE
    for left, top, right, bottom in fields:
        pixels[top:bottom, left:right] = RED
    Image.fromarray(pixels).save(path)
    return path


def everything(path: Path) -> np.ndarray:
    return screen.read(path, (0, 0, 400, 200))


def test_things_are_counted_where_they_stand_and_lines_are_none(tmp_path):
    pixels = everything(picture(tmp_path / "p.png", (20, 80, 60, 120), (70, 90, 80, 110), (200, 60, 240, 100)))
    assert screen.red_things(pixels) == [(49, 100), (219, 80)]  # a handle behind a word belongs to its mug
    assert screen.red_things(everything(picture(tmp_path / "p.png"))) == []


def test_an_error_is_told_in_the_status_bar_alone(tmp_path):
    assert not screen.tells_of_error(picture(tmp_path / "p.png", (20, 80, 60, 120)))
    assert screen.tells_of_error(picture(tmp_path / "p.png", (300, 182, 390, 198)))


def test_change_and_brightness(tmp_path):
    before, after = everything(picture(tmp_path / "a.png")), everything(picture(tmp_path / "b.png", (0, 0, 400, 50)))
    assert screen.change(before, before) == 0
    assert screen.change(before, after) == 0.25
    assert round(screen.brightness(before) * 255) == 60
