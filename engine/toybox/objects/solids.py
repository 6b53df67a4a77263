"""Basic solids, alone and one on top of another."""

from __future__ import annotations

from functools import partial

from engine.toybox.parts import ACCENT, MAIN, Part, Toy
from engine.toybox.shapes import Shape, box, cone, cylinder, move, scale, sphere

SHAPES: dict[str, tuple[Shape, float]] = {
    "ball": (sphere(0.62), 0.62),
    "cube": (box(0.48, 0.48, 0.48, 0.03), 0.48),
    "cone": (cone(0.55, 0.02, 0.6, 0.01), 0.6),
    "cylinder": (cylinder(0.42, 0.58, 0.02), 0.58),
}
"""Each solid and its half height."""
HALF_HEIGHT = 0.36
"""Of each of the two in a stack."""


def _solid(name: str) -> list[Part]:
    return [Part(SHAPES[name][0])]


def _stack(upper: str, lower: str) -> list[Part]:
    parts = []
    for name, colour, side in ((upper, MAIN, 1), (lower, ACCENT, -1)):
        shape, half_height = SHAPES[name]
        parts.append(Part(move(scale(shape, HALF_HEIGHT / half_height), z=side * HALF_HEIGHT), colour))
    return parts


SOLIDS: dict[str, Toy] = {
    "ball": Toy(partial(_solid, "ball"), synonyms=("sphere",)),
    "cube": Toy(partial(_solid, "cube"), synonyms=("box",)),
    "cone": Toy(partial(_solid, "cone")),
    "cylinder": Toy(partial(_solid, "cylinder")),
}

STACKS: dict[str, Toy] = {
    f"{upper} on top of a {lower}": Toy(partial(_stack, upper, lower), lower, joint="on top of a")
    for lower in ("cube", "cylinder") for upper in SHAPES if upper != lower
}
"""Such as "cube on top of a cylinder"; the main colour is the upper one's."""
