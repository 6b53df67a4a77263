"""What an image of the Toybox world shows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.toybox.patterns import PATTERNS
from engine.toybox.proportions import PROPORTIONS

BESIDE = "beside"
"""It stands between two objects side by side."""

TRAITS = (*PATTERNS, *PROPORTIONS, BESIDE)
"""Words for more than an object and its colours."""

TAUGHT_TRAITS: tuple[str, ...] = tuple(PROPORTIONS)
"""Those that training teaches unless asked for others, and that the shipped prior knows well enough to be promised."""


@dataclass(frozen=True)
class Shown:
    """An object in its colours, and the one beside it.

    >>> Shown("mug", "red", pattern="striped", proportion="tall").form
    Shown(name='mug', main=None, accent=None, pattern=None, proportion='tall', beside=None)
    """

    name: str
    """Of the catalogue."""
    main: str | None = None
    """Its main colour; None where no colour is told, which is white."""
    accent: str | None = None
    """Its accent's colour; None where that has none of its own."""
    pattern: str | None = None
    """A word of `PATTERNS`, which its main colour has: white on it, or black where that is light; None: plain."""
    proportion: str | None = None
    """A word of `PROPORTIONS`; None: as the catalogue makes it."""
    beside: Shown | None = None
    """What is to the right of it, as the front camera sees them; None: it is alone."""

    @property
    def things(self) -> list[Shown]:
        """The objects, each alone, from left to right."""
        return [replace(self, beside=None), *(self.beside.things if self.beside else [])]

    @property
    def form(self) -> Shown:
        """What is left of it without colours and patterns: all that geometry depends on."""
        return Shown(self.name, proportion=self.proportion, beside=self.beside and self.beside.form)
