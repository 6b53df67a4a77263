"""The colours of what is shown, at any point of its surface."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from engine.toybox.catalogue import OBJECTS
from engine.toybox.colours import COLOURS, UNTOLD
from engine.toybox.parts import ACCENT, MAIN
from engine.toybox.patterns import PATTERNS
from engine.toybox.place import place
from engine.toybox.shown import Shown

PLAIN = -1
"""The number of no pattern."""
LIGHT = 0.65
"""A colour that is brighter has a black pattern, others a white one."""
LUMA = (0.2126, 0.7152, 0.0722)
"""How bright red, green and blue are (ITU-R BT.709)."""


@dataclass
class Palette:
    """How P parts are painted; with one dimension more before that, those of B images.

    Attributes:
        first, second: (..., P, 3) colours in [0, 1], sRGB-encoded; the second is the pattern's.
        pattern: (..., P) whole numbers, which of PATTERNS it is, or PLAIN.
        origin, sizes: (..., P, 3) of the frames in which patterns are (see `Placed`).
    """

    first: Tensor
    second: Tensor
    pattern: Tensor
    origin: Tensor
    sizes: Tensor

    def to(self, device: torch.device | str) -> Palette:
        """The same on a device."""
        return Palette(**{field.name: getattr(self, field.name).to(device) for field in fields(self)})

    def at(self, points: Tensor, *index: Tensor) -> Tensor:
        """The colours (N, 3) of points (N, 3) in the scene.

        Args:
            index: of each point, (N,) the number of its image if there are several, and (N,) that of its part.
        """
        colour, pattern = self.first[index], self.pattern[index]
        for number, has_second in enumerate(PATTERNS.values()):
            rows = torch.nonzero(pattern == number).squeeze(1)
            if len(rows):
                of_rows = tuple(each[rows] for each in index)
                own = (points[rows] - self.origin[of_rows]) / self.sizes[of_rows]
                colour[rows] = torch.where(has_second(own)[:, None], self.second[of_rows], colour[rows])
        return colour


def contrast(colour: str) -> str:
    """The colour of a pattern on another colour.

    >>> contrast("red"), contrast("yellow")
    ('white', 'black')
    """
    return "black" if sum(share * part for share, part in zip(LUMA, COLOURS[colour])) > LIGHT else "white"


def palette(shown: Shown) -> Palette:
    """How the parts of what is shown are painted: those of an object's main colour have its pattern."""
    first, second, pattern, origin, sizes = [], [], [], [], []
    for placed in place(shown):
        toy, main = OBJECTS[placed.shown.name], placed.shown.main or UNTOLD
        words = {MAIN: main, ACCENT: placed.shown.accent or toy.accent_colour or main}
        for part in placed.own:
            has_pattern = placed.shown.pattern is not None and part.colour == MAIN
            first.append(COLOURS[words.get(part.colour, part.colour)])
            second.append(COLOURS[contrast(main)])
            pattern.append(list(PATTERNS).index(placed.shown.pattern) if has_pattern else PLAIN)
            origin.append(placed.origin)
            sizes.append(placed.sizes)
    return Palette(*map(torch.tensor, (first, second, pattern, origin, sizes)))


def together(palettes: list[Palette]) -> Palette:
    """The palettes of B images as one: (B, P), with P the most parts that one has."""
    return Palette(**{
        field.name: pad_sequence([getattr(one, field.name) for one in palettes], batch_first=True)
        for field in fields(Palette)
    })
