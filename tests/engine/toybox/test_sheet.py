"""The picture of the catalogue: a portrait per object, in its colours, over its name."""

import sys

import numpy as np
import pytest
from PIL import Image

from engine.toybox import sheet
from engine.toybox.colours import COLOURS
from engine.toybox.shown import Shown


def share_of(picture: Image.Image, colour: str) -> float:
    """The share of pixels whose hue is the colour's: proportional to it, whatever the light."""
    image = np.asarray(picture) / 255
    unit = image / np.linalg.norm(image, axis=-1, keepdims=True).clip(1e-6)
    return float((unit @ (COLOURS[colour] / np.linalg.norm(COLOURS[colour])) > 0.998).mean())


def test_a_portrait_shows_both_colours():
    picture = sheet.portrait(Shown("cube on top of a cylinder", "red", "blue"), 32)
    assert picture.size == (32, 32) and share_of(picture, "red") > 0.05 and share_of(picture, "blue") > 0.03
    assert share_of(picture, "green") == 0


def test_a_portraits_edges_are_smooth():
    """Where a dark ball ends, some pixels are between it and the background."""
    picture = np.asarray(sheet.portrait(Shown("ball", "black"), 32).convert("L")) / 255
    between = (picture > 0.3) & (picture < sheet.BACKGROUND - 0.1)
    assert 8 < between.sum() < 90


@pytest.mark.parametrize("count, columns, rows", [(1, 1, 1), (2, 2, 1), (10, 9, 2)])
def test_the_sheet_has_room_for_every_object(count, columns, rows, monkeypatch):
    monkeypatch.setattr(sheet, "portrait", lambda *_: Image.new("RGB", (sheet.PIXELS, sheet.PIXELS), "red"))
    picture = sheet.sheet([Shown("ball", "red")] * count, ["ball"] * count)
    assert picture.size == (columns * sheet.PIXELS, rows * (sheet.PIXELS + sheet.LABEL))
    red = (np.asarray(picture) == (255, 0, 0)).all(-1).sum()
    assert red == count * sheet.PIXELS**2


def test_the_command_line(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["sheet", "--output", str(tmp_path / "new" / "sheet.png"), "--objects", "ball"])
    sheet.main()
    assert Image.open(tmp_path / "new" / "sheet.png").size == (sheet.PIXELS, sheet.PIXELS + sheet.LABEL)
