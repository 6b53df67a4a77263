"""The contact sheet: all runs of a batch with their pictures, as a page and as one picture, new after every run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote

from PIL import Image, ImageDraw, ImageFont

from engine.batch.plan import BadLine, Task
from engine.preview import png_of
from engine.run.atomic import atomic_write_bytes
from engine.run.korean import in_english
from engine.run.survey import picture_of

PAGE, PICTURE = "sheet.html", "sheet.png"
TILE, LABEL, GAP, MARGIN = 144, 40, 12, 20
"""Side of a run's picture, height of the two lines below it, and what is left free, in pixels."""
FEWEST_COLUMNS, MOST_TILES = 5, 900
"""Of the picture; the page has every run, however many there are."""
PAPER, EMPTY, INK, FAINT = "#f4f3f0", "#dddcd8", "#1d1d1f", "#76757a"
REFRESH = 10
"""Seconds after which a page that still grows is read again."""
STYLE = f"""
body {{ margin: 2em; font: 15px/1.4 system-ui, sans-serif; background: {PAPER}; color: {INK} }}
main {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(11em, 1fr)); gap: 1.5em }}
figure {{ margin: 0; overflow-wrap: anywhere }}
img, .none {{ display: block; width: 100%; aspect-ratio: 1; object-fit: cover; background: {EMPTY} }}
small, .bad {{ color: {FAINT} }}
a {{ color: inherit; text-decoration: none }}
"""


@dataclass
class Row:
    """A run as it stands."""

    task: Task
    status: str
    """As `engine.run.survey.ListedRun` has it."""
    sentence: str
    """The same in words."""
    score: float | None = None
    """F-score, where the true object is known and the run has finished."""

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return self.status == "finished"

    @property
    def facts(self) -> str:
        """Seed, and score where there is one; otherwise the status, unless that goes without saying."""
        said = "" if self.done else self.status
        return ", ".join(filter(None, (f"seed {self.task.settings.seed}", f_score(self.score) or said)))


def f_score(score: float | None) -> str:
    """In words; empty for None."""
    return "" if score is None else f"F-score {score:.2f}"


def write_sheet(root: Path, rows: Sequence[Row], bad: Sequence[BadLine], heading: str, grows: bool) -> None:
    """Write both files into the folder of runs. `grows`: whether more is to come. Raises OSError."""
    pictures = [picture_of(row.task.folder) for row in rows]
    atomic_write_bytes(root / PAGE, page(root, rows, pictures, bad, heading, grows).encode("utf-8", "replace"))
    atomic_write_bytes(root / PICTURE, png_of(tiles(rows[:MOST_TILES], pictures[:MOST_TILES])))


def page(
    root: Path, rows: Sequence[Row], pictures: Sequence[Path | None], bad: Sequence[BadLine], heading: str, grows: bool
) -> str:
    """The page, which needs nothing but the runs' own pictures beside it."""
    name = escape(root.resolve().name)
    refresh = f'<meta http-equiv="refresh" content="{REFRESH}">' if grows else ""
    lines = "".join(f"<p class=bad>Line {line.number}: {escape(line.sentence)}</p>" for line in bad)
    figures = "\n".join(_figure(root, row, picture) for row, picture in zip(rows, pictures, strict=True))
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">{refresh}<title>{name}</title>'
        f"<style>{STYLE}</style></head>\n<body><h1>{name}</h1><p>{escape(heading)}</p>{lines}\n<main>\n{figures}\n"
        "</main></body></html>\n"
    )


def _figure(root: Path, row: Row, picture: Path | None) -> str:
    settings = row.task.settings
    folder, prompt = _link(row.task.folder, root), escape(settings.prompt)
    shown = "<span class=none></span>" if picture is None else f'<img src="{_link(picture, root)}" alt="{prompt}">'
    more = escape(f"{settings.prior}, {settings.preset}. {row.sentence}")
    return (
        f'<figure><a href="{folder}/">{shown}<figcaption>{prompt}<br><small>{escape(row.facts)}<br>{more}</small>'
        "</figcaption></a></figure>"
    )


def _link(path: Path, root: Path) -> str:
    """Relative to the page, as an address in quotes has it."""
    return escape(quote(path.relative_to(root).as_posix(), errors="replace"))


def tiles(rows: Sequence[Row], pictures: Sequence[Path | None]) -> Image.Image:
    """The runs side by side, about as many columns as lines; Korean in English, since Pillow's font has no Hangul."""
    columns = max(FEWEST_COLUMNS, math.ceil(math.sqrt(len(rows))))
    lines = max(1, math.ceil(len(rows) / columns))
    width, height = TILE + GAP, TILE + LABEL + GAP
    sheet = Image.new("RGB", (2 * MARGIN + columns * width - GAP, 2 * MARGIN + lines * height - GAP), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for number, (row, path) in enumerate(zip(rows, pictures, strict=True)):
        left, top = MARGIN + number % columns * width, MARGIN + number // columns * height
        draw.rectangle((left, top, left + TILE - 1, top + TILE - 1), EMPTY)
        if path is not None:
            sheet.paste(_tile(path), (left, top))
        draw.text((left, top + TILE + 4), _shortened(in_english(row.task.settings.prompt), font), INK, font)
        draw.text((left, top + TILE + 21), _shortened(row.facts, font), FAINT, font)
    return sheet


def _tile(path: Path) -> Image.Image:
    """A picture that `picture_of` found whole; gray if it cannot be decoded all the same."""
    try:
        with Image.open(path) as picture:
            return picture.convert("RGB").resize((TILE, TILE), Image.Resampling.LANCZOS)
    except (OSError, ValueError, SyntaxError):
        return Image.new("RGB", (TILE, TILE), EMPTY)


def _shortened(words: str, font: ImageFont.FreeTypeFont) -> str:
    """As many of the words as there is room for, with dots for the rest."""
    if font.getlength(words) <= TILE:
        return words
    while words and font.getlength(f"{words}...") > TILE:
        words = words[:-1]
    return f"{words.rstrip()}..."
