"""Which object of the Toybox world a prompt names, in which colours, and whether it can be told from which side."""

from __future__ import annotations

from functools import cache
from itertools import combinations, pairwise

from engine.cameras import ring_cameras, view_word
from engine.run.words import Words
from engine.toybox.catalogue import OBJECTS
from engine.toybox.colours import COLOURS
from engine.toybox.render import NOTHING, look
from engine.toybox.words import vocabulary

ARTICLES = ("a", "an", "the")
PLACED = ("on", "top", "of")


def parse_subject(prompt: str) -> tuple[str, str, str | None]:
    """The object, its main colour and its accent's colour (None where not named) that a Toybox prompt names.

    The longest name wins ("palm tree" is no tree), then the first. A colour right before the word for the object's
    accent is the accent's, of others the first is the main one; where none is named the object is white.

    Raises:
        ValueError: it names no object of the catalogue.

    >>> parse_subject("a red box on top of a blue cylinder")
    ('cube on top of a cylinder', 'red', 'blue')
    """
    words = _words_of(_every_word().understand(prompt).replace(",", " "))
    name = _find_name([word for word in words if word not in COLOURS])
    if name is None:
        raise ValueError(f"{prompt!r} names no object of the Toybox world.")
    colours = [word for word in words if word in COLOURS]
    accented = OBJECTS[name].accent
    accents = [word for word, following in pairwise(words) if word in COLOURS and following == accented]
    if accents:
        colours.remove(accents[0])
    main, *others = colours or ["white"]
    return name, main, (accents + others + [None])[0]


@cache
def _every_word() -> Words:
    """Those of the whole catalogue, taught or not."""
    return vocabulary(OBJECTS, COLOURS)


def _words_of(text: str) -> list[str]:
    return [word for word in text.split() if word not in ARTICLES]


def _find_name(words: list[str]) -> str | None:
    """The object with the longest name among the words, of those the first; None where there is none."""
    found = [
        (-len(_words_of(name)), start, name) for name in OBJECTS for start in range(len(words))
        if words[start : start + len(_words_of(name))] == _words_of(name)
    ]
    name = min(found)[2] if found else None
    placed = any(tuple(words[start : start + 3]) == PLACED for start in range(len(words)))
    return name if name is None or OBJECTS[name].composed or not placed else None


@cache
def shows_its_side(name: str) -> bool:
    """Whether a picture of the object tells from which side it is seen: no two directions, 60 degrees or more apart and
    of different view words, look the same but for a hundredth of its pixels. A stool looks alike thrice a turn."""
    cameras = ring_cameras(12)
    words = list(map(view_word, cameras.elevation.tolist(), cameras.azimuth.tolist()))
    parts = look(name, cameras, 32).part
    return all(
        ((parts[one] != parts[other]).sum() > 0.01 * ((parts[one] != NOTHING) | (parts[other] != NOTHING)).sum()).item()
        for one, other in combinations(range(12), 2) if 2 <= other - one <= 10 and words[one] != words[other]
    )
