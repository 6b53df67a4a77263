"""What an artist may type: the ways on from half a prompt, and what of a whole one the built-in prior does not know.
Needs no bpy."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache, lru_cache

from ..engine.run import korean
from ..engine.run.words import Words, read_words
from .engine_process import ENGINE_HOME

WEIGHTS = ENGINE_HOME / "engine" / "toybox" / "weights"
"""Where the built-in prior says what it was taught, and which words it understands."""


@cache
def known_words() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The objects and the colours that the built-in prior knows; none where it cannot be read."""
    try:
        card = json.loads((WEIGHTS / "toybox.json").read_text(encoding="utf-8"))
        objects = sorted(name.replace("-", " ") for name in card["objects"] if " on top of " not in name)
        return tuple(objects), tuple(card["colours"])
    except (OSError, ValueError, KeyError, TypeError):
        return (), ()


def suggest(text: str, in_korean: bool = False) -> list[str]:
    """Prompts that begin as `text` does and end in an object or, before there is one, a colour; none where no such
    prompt does. They are Korean where the text is, or where there is none yet and `in_korean`.

    >>> suggest("a red du"), suggest("빨간 오")
    (['a red duck'], ['빨간 오리'])
    """
    objects, colours = known_words()
    if korean.is_korean(text) or (in_korean and not text.strip()):
        objects, colours = (sorted(map(korean.name, words)) for words in (objects, colours))
        text = unicodedata.normalize("NFC", text)
    if not text.strip():
        return list(objects) if in_korean else [f"{'an' if name[0] in 'aeiou' else 'a'} {name}" for name in objects]
    pattern = rf"((?:an? |the )?)((?:(?:{'|'.join(colours)}) )?)(.*)"
    article, colour, begun = re.match(pattern, text, re.IGNORECASE | re.DOTALL).groups()
    words = objects if colour else (*objects, *colours)
    return [article + colour + word for word in words if word.startswith(begun.lower()) and word != begun.lower()]


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
