"""What an artist may type: the ways on from half a prompt, and what of a whole one the built-in prior does not know.
Needs no bpy."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache

from ..engine.run import korean
from ..engine.run.korean_words import TRAITS
from ..engine.run.words import Words, read_words
from .engine_process import ENGINE_HOME

WEIGHTS = ENGINE_HOME / "engine" / "toybox" / "weights"
"""Where the built-in prior says what it was taught, and which words it understands."""
BESIDE, KOREAN_BESIDE = "beside", "옆의"
"""What stands between an object and the one beside it; in Korean that one comes first."""


@cache
def known_words() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The objects and the colours that the built-in prior knows; none where it cannot be read."""
    try:
        card = json.loads((WEIGHTS / "toybox.json").read_text(encoding="utf-8"))
        objects = sorted(name.replace("-", " ") for name in card["objects"] if " on top of " not in name)
        return tuple(objects), tuple(card["colours"])
    except (OSError, ValueError, KeyError, TypeError):
        return (), ()


@cache
def known_traits() -> tuple[str, ...]:
    """What else can be said of an object before it, such as "striped", and BESIDE, as far as the built-in prior knows
    it."""
    try:
        known = _built_in_words().known
    except (OSError, ValueError):
        return ()
    return tuple(word for word in (*TRAITS, BESIDE) if word in known)


def suggest(text: str, in_korean: bool = False) -> list[str]:
    """Prompts that begin as `text` does and end in an object or, before there is one, a colour or a trait; after one,
    in the word for another beside it. None where no such prompt does. They are Korean where the text is, or where there
    is none yet and `in_korean`.

    >>> suggest("a red du"), suggest("빨간 오")
    (['a red duck'], ['빨간 오리'])
    """
    is_korean = korean.is_korean(text) or (in_korean and not text.strip())
    if is_korean:
        text = unicodedata.normalize("NFC", text)
    beside = (KOREAN_BESIDE if is_korean else BESIDE) if BESIDE in known_traits() else ""
    form = rf"(.* {beside} )?(.*)" if beside else "()(.*)"
    first, second = re.fullmatch(form, text, re.IGNORECASE | re.DOTALL).groups()
    return [(first or "") + thing for thing in _things(second, is_korean, "" if first else beside)]


def _things(text: str, is_korean: bool, beside: str) -> list[str]:
    """Ways on from the words for one thing to its end, and from there to `beside`, if that is not empty."""
    objects, colours = known_words()
    traits = tuple(word for word in known_traits() if word != BESIDE)
    if is_korean:
        objects, colours, traits = (sorted(map(korean.name, words)) for words in (objects, colours, traits))
    if not text.strip():
        return list(objects) if is_korean else [f"{'an' if name[0] in 'aeiou' else 'a'} {name}" for name in objects]
    pattern = rf"((?:an? |the )?)((?:{_one_of(traits)} )*)((?:{_one_of(colours)} )?)(.*)"
    article, said, colour, begun = re.match(pattern, text, re.IGNORECASE | re.DOTALL).groups()
    before, begun = article + said + colour, begun.lower()
    left = [trait for trait in traits if trait not in said.lower().split()]
    found = [word for word in (objects if colour else (*objects, *colours, *left)) if word.startswith(begun)]
    named = [name for name in objects if begun.startswith(f"{name} ")] if beside else []
    found += [f"{name} {beside}" for name in named if f"{name} {beside}".startswith(begun)]
    return [before + word for word in found if word != begun]


def _one_of(words: Iterable[str]) -> str:
    """A pattern for any of the words; for nothing where there are none."""
    return f"(?:{'|'.join(map(re.escape, words)) or '(?!)'})"


@lru_cache(maxsize=64)
def doubt(prompt: str) -> str:
    """One short sentence about words that the built-in prior does not know, or nothing; nothing too where it cannot be
    read, of which the engine tells."""
    try:
        words = _built_in_words()
    except (OSError, ValueError):
        return ""
    return words.doubt(prompt) if prompt.strip() else ""


def kind_of(prompt: str) -> str:
    """The first of the built-in prior's objects that the prompt names, such as "mug"; nothing where there is none, or
    they cannot be read."""
    try:
        return next(iter(_built_in_words().named(prompt)), "").replace("-", " ")
    except (OSError, ValueError):
        return ""


@cache
def _built_in_words() -> Words:
    return read_words(WEIGHTS)
