"""What training images show, drawn at random."""

from __future__ import annotations

import random
from dataclasses import replace

from engine.toybox.catalogue import OBJECTS
from engine.toybox.patterns import PATTERNS
from engine.toybox.proportions import PROPORTIONS
from engine.toybox.shown import BESIDE, Shown

PATTERNED, PROPORTIONED, PAIRED = 0.15, 0.1, 0.08
"""Shares of images in which a lone object has a pattern, in which it has a proportion, and in which two objects are
side by side: where these are taught."""
ACCENTED = 0.25
"""Share of lone objects whose accent has a colour of its own."""
PARTNERS = 8
"""Objects that each is beside, the others of a pair: traced views are of a limited number of pairs."""


class Draws:
    """Objects, colours and traits, as often as they are taught.

    Args:
        names: the objects; one that is there twice is drawn twice as often.
        colours: those taught.
        traits: the patterns and proportions that are taught, and BESIDE where pairs are; none is of a stack.
        held_out: pairs of colour and object that never come.
        rng: draws.
    """

    def __init__(
        self, names: tuple[str, ...], colours: tuple[str, ...], traits: tuple[str, ...],
        held_out: frozenset[tuple[str, str]], rng: random.Random,
    ):
        self.names, self.colours, self.held_out, self.rng = names, colours, held_out, rng
        self.patterns = [word for word in traits if word in PATTERNS]
        self.proportions = [word for word in traits if word in PROPORTIONS]
        alone = [name for name in dict.fromkeys(names) if not OBJECTS[name].composed]
        self.plain = [Shown(name) for name in dict.fromkeys(names)]
        self.stretched = [Shown(name, proportion=word) for name in alone for word in self.proportions]
        self.pairs = side_by_side(alone) if BESIDE in traits else []

    def draw(self) -> Shown:
        """An object in its colours or, now and then, two."""
        if self.pairs and self.rng.random() < PAIRED:
            left, right = (replace(one, main=self._colour(one.name)) for one in self.rng.choice(self.pairs).things)
            return replace(left, beside=right)
        name = self.rng.choice(self.names)
        main, toy = self._colour(name), OBJECTS[name]
        two_coloured = toy.composed or toy.accent and self.rng.random() < ACCENTED
        accent = self.rng.choice(self.colours) if two_coloured else None
        if toy.composed:
            return Shown(name, main, accent)
        traits = self._trait(self.patterns, PATTERNED), self._trait(self.proportions, PROPORTIONED)
        return Shown(name, main, accent, *traits)

    def _colour(self, name: str) -> str:
        while True:
            colour = self.rng.choice(self.colours)
            if (colour, name) not in self.held_out:
                return colour

    def _trait(self, taught: list[str], share: float) -> str | None:
        return self.rng.choice(taught) if taught and self.rng.random() < share else None


def side_by_side(names: list[str]) -> list[Shown]:
    """The pairs that are taught of some objects: each beside PARTNERS others, the same at every call."""
    pairs = []
    for name in names:
        others = [other for other in names if other != name] or names
        partners = random.Random(name).sample(others, min(PARTNERS, len(others)))
        pairs += [Shown(name, beside=Shown(other)) for other in partners]
    return pairs


def examples(names: tuple[str, ...], colours: tuple[str, ...], traits: tuple[str, ...]) -> list[Shown]:
    """One image of each object, and then of each trait on one of them."""
    shown = []
    for number, name in enumerate(names):
        main, accent = (colours[(number + offset) % len(colours)] for offset in (0, 5))
        shown.append(Shown(name, main, accent if OBJECTS[name].composed else None))
    alone = [one for one in shown if not OBJECTS[one.name].composed]
    for number, trait in enumerate(traits if alone else ()):
        one, other = alone[number % len(alone)], alone[(number + 1) % len(alone)]
        shown.append(replace(
            one, pattern=trait if trait in PATTERNS else None, proportion=trait if trait in PROPORTIONS else None,
            beside=other if trait == BESIDE else None,
        ))
    return shown
