"""Scored meshes side by side, as one picture."""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

TILE, LABEL, LINE, GAP, MARGIN = 132, 36, 17, 8, 20
"""Side of a view, height of the line below it, of each one more, and what is left free, in pixels."""
COLUMNS = 5
PAPER, INK = "#f4f3f0", "#1d1d1f"
SHOWN = 1
"""Which of the views of `look_around` is shown: the one from the front right."""


def picture_path(folder: Path, prompt: str) -> Path:
    """Where the picture of a prompt's mesh lies; a prompt may hold what no file's name can."""
    words = re.sub(r"\W+", "-", prompt).strip("-")
    return folder / f"{words}.png"


def mesh_sheet(rows: list[dict], folder: Path) -> Image.Image:
    """A view of each scored prompt, in its colours and as bare geometry, with its F-score.

    Args:
        rows: of `score_meshes`; those that were not taught are left out.
        folder: of each prompt's picture, of `look_around`.
    """
    scored = [row for row in rows if row["taught"]]
    lines = max(1, -(-len(scored) // COLUMNS))
    font = ImageFont.load_default(14)
    labels = [wrapped(f"{row['prompt']}  {row['f']:.2f}", 2 * TILE, font) for row in scored]
    longest = max((label.count("\n") for label in labels), default=0)
    width, height = 2 * TILE + GAP, TILE + LABEL + longest * LINE
    page = Image.new("RGB", (2 * MARGIN + COLUMNS * width - GAP, MARGIN + lines * height), PAPER)
    draw = ImageDraw.Draw(page)
    for number, row in enumerate(scored):
        left, top = MARGIN + number % COLUMNS * width, MARGIN + number // COLUMNS * height
        with Image.open(picture_path(folder, row["prompt"])) as picture:
            side = picture.height // 2
            for line in range(2):
                box = (SHOWN * side, line * side, (SHOWN + 1) * side, (line + 1) * side)
                tile = picture.crop(box).resize((TILE, TILE), Image.Resampling.LANCZOS)
                page.paste(tile, (left + line * TILE, top))
        draw.text((left, top + TILE + 6), labels[number], INK, font)
    return page


def wrapped(text: str, width: int, font: ImageFont.FreeTypeFont) -> str:
    """The text with line breaks, so that it is at most so many pixels wide; a word that is wider is taken apart.

    >>> wrapped("a blue mug", 50, ImageFont.load_default(14))
    'a blue\\nmug'
    """
    lines = [""]
    for word in text.split():
        if lines[-1] and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
            continue
        lines += [""] if lines[-1] else []
        for letter in word:
            if lines[-1] and font.getlength(lines[-1] + letter) > width:
                lines.append("")
            lines[-1] += letter
    return "\n".join(lines)
