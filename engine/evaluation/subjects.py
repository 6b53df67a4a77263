"""What of the Toybox world a prompt names, in which colours, and whether it can be told from which side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import replace
from functools import cache
from itertools import combinations, pairwise

from engine.cameras import ring_cameras, view_word
from engine.run.words import ARTICLES, Words
from engine.toybox.catalogue import OBJECTS
from engine.toybox.colours import COLOURS, UNTOLD
from engine.toybox.patterns import PATTERNS
from engine.toybox.proportions import PROPORTIONS
from engine.toybox.render import NOTHING, look
from engine.toybox.shown import BESIDE, TRAITS, Shown
from engine.toybox.words import vocabulary

PLACED = ("on", "top", "of")


def parse_subject(prompt: str) -> Shown:
    """What a Toybox prompt names: one object or two, each with its main colour, and with its accent's colour, its
    pattern and its proportion where they are named.

    The longest name wins ("palm tree" is no tree), then the first. A colour right before the word for the object's
    accent is the accent's, of others the first is the main one; where none is named the object is white.

    Raises:
        ValueError: it names no object of the catalogue on one side of "beside", too many side by side, or a trait of a
            stack, which none has.

    >>> parse_subject("a tall striped blue cup with a yellow handle")
    Shown(name='mug', main='blue', accent='yellow', pattern='striped', proportion='tall', beside=None)
    >>> [(one.name, one.main) for one in parse_subject("a red mug next to a green chair").things]
    [('mug', 'red'), ('chair', 'green')]
    """
    understood = _every_word().understand(prompt).replace(",", " ")
    first, *others = f" {understood} ".split(f" {BESIDE} ")
    if len(others) > 1:
        raise ValueError(f"{prompt!r} names more than two objects side by side: name two.")
    return replace(_parse_thing(first, prompt), beside=_parse_thing(others[0], prompt) if others else None)


def true_object(prompt: str) -> Shown | None:
    """What a prompt names, where all of it is known: objects of the Toybox world that it has together, and no word that
    it has none for.

    >>> true_object("a grey cup").name
    'mug'
    >>> true_object("a wooden cup"), true_object("a galaxy"), true_object("a cup and a pear")
    (None, None, None)
    """
    words = _every_word()
    try:
        shown = None if words.unknown(prompt) else parse_subject(prompt)
    except ValueError:
        return None
    if shown is None:
        return None
    told = Counter(word for one in shown.things for word in (*one.name.split(), OBJECTS[one.name].accent))
    return None if Counter(words.named(prompt)) - told else shown


def _parse_thing(text: str, prompt: str) -> Shown:
    """What one side of a prompt names, which is in words that are understood."""
    words = _words_of(text)
    name = _find_name([word for word in words if word not in COLOURS and word not in TRAITS])
    if name is None:
        raise ValueError(f"{prompt!r} names no object of the Toybox world.")
    colours = [word for word in words if word in COLOURS]
    accented = OBJECTS[name].accent
    accents = [word for word, following in pairwise(words) if word in COLOURS and following == accented]
    if accents:
        colours.remove(accents[0])
    traits = [word for word in words if word in TRAITS]
    if traits and OBJECTS[name].composed:
        raise ValueError(f"{prompt!r}: what stands on another has no traits. Leave out {' and '.join(traits)}.")
    main, *others = colours or [UNTOLD]
    return Shown(name, main, (accents + others + [None])[0], _first(traits, PATTERNS), _first(traits, PROPORTIONS))


def _first(words: list[str], table: Container[str]) -> str | None:
    """The first of the words that is in a table; None where there is none."""
    return next((word for word in words if word in table), None)


@cache
def _every_word() -> Words:
    """Those of the whole catalogue, taught or not."""
    return vocabulary(OBJECTS, COLOURS, TRAITS)


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
    parts = look(Shown(name), cameras, 64).part
    return all(
        ((parts[one] != parts[other]).sum() > 0.01 * ((parts[one] != NOTHING) | (parts[other] != NOTHING)).sum()).item()
        for one, other in combinations(range(12), 2) if 2 <= other - one <= 10 and words[one] != words[other]
    )
