"""A curve as a small picture, such as a loss over the steps of a training."""

from __future__ import annotations

import math

from PIL import Image, ImageDraw, ImageFont

SIZE = (640, 360)
"""Of the picture, in pixels."""
LEFT, TOP, RIGHT, BOTTOM = 70, 40, 600, 320
"""The frame that the curve fills, in pixels."""
TICKS = 5
"""Labels along each axis."""
INK, GRID, CURVE = (40, 40, 40), (225, 225, 225), (31, 94, 184)


def draw_curve(values: list[tuple[float, float]], title: str) -> Image.Image:
    """Draw y over x for points (x, y), joined in the order given; y is logarithmic where all of it is positive.

    Points that are not finite are left out; without any points the frame stays empty.

    Example:
        >>> draw_curve([(0, 1.0), (50, 0.1), (100, 0.05)], "loss").size
        (640, 360)
    """
    points = [(x, y) for x, y in values if math.isfinite(x) and math.isfinite(y)]
    picture = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(13)
    draw.text(((LEFT + RIGHT) / 2, TOP / 2), title, INK, font, anchor="mm")
    if points:
        logarithmic = all(y > 0 for _, y in points)
        across, up = [x for x, _ in points], [math.log(y) if logarithmic else y for _, y in points]
        left, right, low, high = min(across), max(across), min(up), max(up)
        for tick in range(TICKS):
            share = tick / (TICKS - 1)
            x, y = LEFT + share * (RIGHT - LEFT), BOTTOM - share * (BOTTOM - TOP)
            draw.line([(x, TOP), (x, BOTTOM)], GRID)
            draw.line([(LEFT, y), (RIGHT, y)], GRID)
            height = low + share * (high - low)
            draw.text((x, BOTTOM + 14), _label(left + share * (right - left)), INK, font, anchor="mm")
            draw.text((LEFT - 8, y), f"{math.exp(height) if logarithmic else height:.3g}", INK, font, anchor="rm")
        line = [
            (LEFT + _share(x, left, right) * (RIGHT - LEFT), BOTTOM - _share(y, low, high) * (BOTTOM - TOP))
            for x, y in zip(across, up)
        ]
        draw.line(line, CURVE, 2)
        if len(line) == 1:
            draw.circle(line[0], 3, CURVE)
    draw.rectangle((LEFT, TOP, RIGHT, BOTTOM), outline=INK)
    return picture


def _label(value: float) -> str:
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e6 else f"{value:.4g}"


def _share(value: float, low: float, high: float) -> float:
    """How far the value is from `low` to `high`, in [0, 1]; in the middle where both are the same."""
    return (value - low) / (high - low) if high > low else 0.5
