"""What an artist may type: the ways on from half a prompt, by what the built-in prior knows. Needs no bpy."""

from __future__ import annotations

import json
import re
from functools import cache

from .engine_process import ENGINE_HOME

CARD = ENGINE_HOME / "engine" / "toybox" / "weights" / "toybox.json"
"""What the built-in prior says that it was taught."""


@cache
def known_words() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The objects and the colours that the built-in prior knows; none where it cannot be read."""
    try:
        card = json.loads(CARD.read_text(encoding="utf-8"))
        objects = sorted(name.replace("-", " ") for name in card["objects"] if " on top of " not in name)
        return tuple(objects), tuple(card["colours"])
    except (OSError, ValueError, KeyError, TypeError):
        return (), ()


def suggest(text: str) -> list[str]:
    """Prompts that begin as `text` does and end in an object or, before there is one, a colour; none where no such
    prompt does.

    >>> suggest("a red du")
    ['a red duck']
    """
    objects, colours = known_words()
    if not text.strip():
        return [f"{'an' if name[0] in 'aeiou' else 'a'} {name}" for name in objects]
    pattern = rf"((?:an? |the )?)((?:(?:{'|'.join(colours)}) )?)(.*)"
    article, colour, begun = re.match(pattern, text, re.IGNORECASE | re.DOTALL).groups()
    words = objects if colour else (*objects, *colours)
    return [article + colour + word for word in words if word.startswith(begun.lower()) and word != begun.lower()]
