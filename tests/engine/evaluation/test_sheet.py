"""The page of scored meshes: every prompt is whole, and below its own pictures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFont

from engine.evaluation.sheet import GAP, LABEL, LINE, MARGIN, PAPER, TILE, mesh_sheet, picture_path, wrapped

FONT = ImageFont.load_default(14)
LONG = "a tall striped orange lighthouse with a white lantern beside a small teal bookshelf"


@given(st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=80), st.integers(20, 300))
def test_lines_are_no_wider_than_they_may_be_and_lose_no_letter(text, width):
    lines = wrapped(text, width, FONT).split("\n")
    assert all(FONT.getlength(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_what_fits_stays_on_one_line():
    assert wrapped("a mug  0.91", 2 * TILE, FONT) == "a mug 0.91"


@pytest.mark.parametrize("prompt, more", [("a mug", 0), (LONG, 2)])
def test_a_long_prompt_stays_below_its_own_pictures(tmp_path, prompt, more):
    rows = [{"prompt": each, "taught": True, "f": 0.5} for each in (prompt, "a cube")]
    for row in rows:
        Image.new("RGB", (192 * 3, 192), "gray").save(picture_path(tmp_path, row["prompt"]))
    page = mesh_sheet(rows, tmp_path)
    assert page.height == MARGIN + TILE + LABEL + more * LINE
    pixels, right = np.asarray(page), MARGIN + 2 * TILE
    assert (pixels[MARGIN + TILE :, right : right + GAP] == np.asarray(Image.new("RGB", (1, 1), PAPER))).all()
