"""A picture of the whole catalogue: python -m engine.toybox.sheet --output FILE.png"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch.nn.functional import avg_pool2d

from engine.cameras import orbit_cameras
from engine.lights import Lights
from engine.preview import to_picture
from engine.shading import Shading
from engine.toybox.catalogue import OBJECTS
from engine.toybox.colours import COLOURS
from engine.toybox.paint import palette, together
from engine.toybox.render import look, shade
from engine.toybox.shown import Shown

PIXELS = 144
"""Side of an object's picture."""
LABEL = 18
"""Height of the line with its name, in pixels."""
COLUMNS = 9
AZIMUTH, ELEVATION = 35.0, 20.0
"""Of the camera, in degrees: front right, from a little above."""
BACKGROUND = 0.93
RAYS = 2
"""Per pixel and axis."""


def portrait(shown: Shown, pixels: int = PIXELS) -> Image.Image:
    """What is shown, seen from the front right and lit from the upper left.

    Returns:
        an RGB image of `pixels` x `pixels`.
    """
    angles = (torch.tensor([math.radians(angle)]) for angle in (ELEVATION, AZIMUTH))
    camera = orbit_cameras(*angles, torch.tensor([2.6]), torch.tensor([0.78]))
    lights = Lights(torch.tensor([[-0.3, -2.0, 1.7]]), torch.tensor([0.4]))
    side = RAYS * pixels
    background, views = torch.full((1, 3, side, side), BACKGROUND), look(shown, camera, side)
    image = shade(views, together([palette(shown)]), lights, [Shading.DIFFUSE], background)
    return to_picture(avg_pool2d(image, RAYS))


def coloured(names: list[str]) -> list[Shown]:
    """The objects in colours that change from one to the next."""
    colours = [colour for colour in COLOURS if colour not in ("white", "black", "gray")]
    return [
        Shown(name, colours[number % len(colours)], colours[(number + 4) % len(colours)])
        for number, name in enumerate(names)
    ]


def sheet(shown: list[Shown], labels: list[str]) -> Image.Image:
    """Their portraits, each over its label."""
    columns = min(COLUMNS, len(shown))
    size = columns * PIXELS, math.ceil(len(shown) / columns) * (PIXELS + LABEL)
    picture = Image.new("RGB", size, (round(255 * BACKGROUND),) * 3)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(12)
    for number, (one, label) in enumerate(zip(shown, labels, strict=True)):
        column, row = number % columns * PIXELS, number // columns * (PIXELS + LABEL)
        picture.paste(portrait(one), (column, row))
        draw.text((column + PIXELS / 2, row + PIXELS + LABEL / 2), label, (30, 30, 30), font, anchor="mm")
    return picture


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m engine.toybox.sheet", description=__doc__.split(":")[0])
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--objects", nargs="+", default=list(OBJECTS), choices=sorted(OBJECTS), metavar="NAME")
    options = parser.parse_args()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    sheet(coloured(options.objects), options.objects).save(options.output)


if __name__ == "__main__":
    main()
