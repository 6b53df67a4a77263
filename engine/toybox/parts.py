"""What an object of the Toybox world is: coloured parts and the words for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.toybox.shapes import Shape

MAIN, ACCENT = "main", "accent"
"""The colour of a part that takes the prompt's first colour, or its second."""


@dataclass(frozen=True)
class Part:
    """A shape and its colour."""

    shape: Shape
    colour: str = MAIN
    """MAIN, ACCENT, or a fixed colour's name."""


@dataclass(frozen=True)
class Toy:
    """An object of the catalogue."""

    build: Callable[[], list[Part]]
    """Makes the parts."""
    accent: str | None = None
    """The word for the part that a two-colour phrase may colour ("a blue mug with a yellow HANDLE")."""
    accent_colour: str | None = None
    """The accent's colour when the caption names none; None: the same as the main colour."""
    synonyms: tuple[str, ...] = ()
    """Other names, which captions use now and then."""
    joint: str = "with a"
    """What stands between the object's name and the accent's colour."""

    @property
    def composed(self) -> bool:
        """Whether this is one object on top of another, each of which has a colour of its own."""
        return self.joint == "on top of a"
