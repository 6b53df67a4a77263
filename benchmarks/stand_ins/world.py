"""What the stand-ins are taught: twenty objects of the Toybox world in eight colours, and how they are asked for."""

from __future__ import annotations

ALIKE = ("ball", "cone", "mushroom", "donut", "bottle", "vase", "tree", "cake", "lamp", "snowman")
"""Objects that look alike from all sides, or nearly so: words suffice for them."""
SIDED = ("chair", "car", "duck", "mug", "boat", "teapot", "fish", "house", "robot", "sofa")
"""Objects that do not."""
OBJECTS = ALIKE + SIDED
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white")

SIDE = 64
"""Of the images, in pixels."""


def prompts(names: tuple[str, ...]) -> list[str]:
    """A prompt for each object, each in a colour of its own where there are enough.

    >>> prompts(("ball", "cone"))
    ['a red ball', 'an orange cone']
    """
    colours = [COLOURS[number % len(COLOURS)] for number in range(len(names))]
    return [f"{'an' if colour[0] in 'aeiou' else 'a'} {colour} {name}" for colour, name in zip(colours, names)]
