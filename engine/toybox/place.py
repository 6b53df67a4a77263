"""Where the objects of a scene are and how large: from what is shown to parts that can be traced."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import torch
from torch import Tensor

from engine.toybox.catalogue import OBJECTS
from engine.toybox.parts import Part
from engine.toybox.proportions import PROPORTIONS
from engine.toybox.shapes import Vector, move, stretch
from engine.toybox.shown import Shown
from engine.toybox.tracing import outline

GAP = 0.1
"""Between two objects side by side, before they are made smaller."""
REACH = 0.95
"""How far from the middle such a pair may reach: a little less than the scene's sphere, for what an outline misses."""


@dataclass(frozen=True)
class Placed:
    """One object of a scene. A point q of its own frame, in which the catalogue makes it, lies at `origin` + `sizes` q
    in the scene."""

    shown: Shown
    own: list[Part]
    """Its parts in its own frame."""
    sizes: Vector = (1.0, 1.0, 1.0)
    origin: Vector = (0.0, 0.0, 0.0)

    @property
    def parts(self) -> list[Part]:
        """Its parts in the scene."""
        if (self.sizes, self.origin) == (Placed.sizes, Placed.origin):
            return self.own
        return [replace(part, shape=move(stretch(part.shape, *self.sizes), *self.origin)) for part in self.own]


def place(shown: Shown) -> list[Placed]:
    """The objects of a scene: one at rest where the catalogue makes it, or several side by side."""
    if shown.beside is None:
        return [_alone(shown)]
    frames = side_by_side(tuple(one.form for one in shown.things))
    return [Placed(one, OBJECTS[one.name].build(), *frame) for one, frame in zip(shown.things, frames)]


def _alone(shown: Shown) -> Placed:
    return Placed(shown, OBJECTS[shown.name].build(), PROPORTIONS.get(shown.proportion, Placed.sizes))


@cache
def _outline(form: Shown) -> Tensor:
    return outline(_alone(form).parts)


@cache
def side_by_side(forms: tuple[Shown, ...]) -> list[tuple[Vector, Vector]]:
    """The sizes and the origin of the frame of each of several forms in a row along x, on one ground, GAP apart; all
    are as much smaller as fits them around the scene's middle, none is larger than alone."""
    placed, right = [], 0.0
    for surface in map(_outline, forms):
        low, high = surface.amin(0), surface.amax(0)
        origin = torch.stack([right - low[0], -(low[1] + high[1]) / 2, -low[2]])
        right = (origin[0] + high[0]).item() + GAP
        placed.append((surface + origin, origin))
    together = torch.cat([surface for surface, _ in placed])
    middle = (together.amin(0) + together.amax(0)) / 2
    size = min(1.0, REACH / (together - middle).norm(dim=-1).max().item())
    return [
        (tuple(size * factor for factor in _alone(form).sizes), tuple((size * (origin - middle)).tolist()))
        for form, (_, origin) in zip(forms, placed)
    ]


def parts_of(shown: Shown) -> list[Part]:
    """The parts of all objects of a scene, in the order of `place`."""
    return [part for placed in place(shown) for part in placed.parts]
