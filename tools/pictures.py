"""Put rendered pictures together: a sheet with captions, and a looping GIF. Needs Pillow.

    python tools/pictures.py sheet sheet.json sheet.png
    python tools/pictures.py turntable turntable.gif frame0.png frame1.png ...

The sheet's JSON is {"title": ..., "subtitle": ..., "rows": [{"label": ..., "pictures": [[path, caption], ...]}, ...]}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH = 1200  # pixels of a row; each row's pictures share it
MARGIN = 40
GAP = 10
FEWEST = 5  # a row of fewer pictures leaves room on the right
PAGE, INK, FAINT = "#f4f3f0", "#1d1d1f", "#76757a"
FRAME_MILLISECONDS = 90


def sheet(layout: dict, output: Path) -> None:
    """Draw rows of pictures under a title; all pictures of one row are squares of the same size."""
    title, text = ImageFont.load_default(34), ImageFont.load_default(17)
    rows = [(row, (WIDTH + GAP) // max(FEWEST, len(row["pictures"])) - GAP) for row in layout["rows"]]
    head, label, caption = 104, 38, 34
    height = head + sum(label + side + caption for _, side in rows) + MARGIN // 2
    page = Image.new("RGB", (WIDTH + 2 * MARGIN, height), PAGE)
    draw = ImageDraw.Draw(page)
    draw.text((MARGIN, 26), shortened(layout["title"], title, WIDTH), INK, title)
    draw.text((MARGIN, 72), layout["subtitle"], FAINT, text)
    top = head
    for row, side in rows:
        draw.text((MARGIN, top + 12), row["label"], INK, text)
        top += label
        for number, (path, words) in enumerate(row["pictures"]):
            left = MARGIN + number * (side + GAP)
            with Image.open(path) as picture:
                page.paste(picture.convert("RGB").resize((side, side), Image.Resampling.LANCZOS), (left, top))
            draw.text((left + side / 2, top + side + 6), words, FAINT, text, anchor="ma")
        top += side + caption
    page.save(output, optimize=True)


def shortened(words: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    """The words, cut with an ellipsis where they are wider than `width` pixels."""
    if font.getlength(words) <= width:
        return words
    while words and font.getlength(words + "…") > width:
        words = words[:-1]
    return words.rstrip() + "…"


def turntable(frames: list[Path], output: Path) -> None:
    """Write a GIF that loops for ever; one palette for all frames, so that the background does not flicker."""
    pictures = []
    for frame in frames:
        with Image.open(frame) as picture:
            pictures.append(picture.convert("RGB"))
    width, height = pictures[0].size
    chosen = pictures[:: max(1, len(pictures) // 8)]
    montage = Image.new("RGB", (width * len(chosen), height))
    for number, picture in enumerate(chosen):
        montage.paste(picture, (number * width, 0))
    palette = montage.quantize(256, method=Image.Quantize.MEDIANCUT)
    first, *others = [picture.quantize(palette=palette) for picture in pictures]
    first.save(output, save_all=True, append_images=others, duration=FRAME_MILLISECONDS, loop=0, optimize=True)


if __name__ == "__main__":
    kind, *paths = sys.argv[1:]
    if kind == "sheet":
        sheet(json.loads(Path(paths[0]).read_text(encoding="utf-8")), Path(paths[1]))
    else:
        turntable([Path(path) for path in paths[1:]], Path(paths[0]))
