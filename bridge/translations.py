"""What the interface says, in Korean. Needs no bpy.

`korean.json` has, by what is said in English, what is said in Korean. A sentence with values in it, such as "Paused at
step {step}.", is a pattern: the values, in Korean too where they are words, take their places in the Korean one.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("korean.json")
PLACE = re.compile(r"\\\{(\w+)\\\}")
"""A value's place in a sentence, after re.escape."""
TAKES = {"number": "[0-9.,]+", "word": '[^"]+'}
"""What a place takes whose name is this, or this with a digit; others take anything."""
LONGEST = 600
"""Characters of a sentence that is compared with the patterns: a stranger's run may hold longer ones."""


@cache
def korean() -> dict[str, str]:
    """The whole table."""
    return json.loads(TABLE.read_text(encoding="utf-8"))


@lru_cache(maxsize=1024)
def in_korean(said: str) -> str:
    """The sentence in Korean; as it is where the table has none for it."""
    if said in korean():
        return korean()[said]
    for pattern, sentence in _patterns() if len(said) <= LONGEST else ():
        found = pattern.fullmatch(said)
        if found:
            return sentence.format(**{place: in_korean(value) for place, value in found.groupdict().items()})
    return said


@cache
def _patterns() -> list[tuple[re.Pattern, str]]:
    """Each pattern with its sentence, those first that have most words of their own."""
    sentences = sorted(filter(has_places, korean()), key=lambda said: len(re.sub(r"\{\w+\}", "", said)), reverse=True)
    return [(re.compile(PLACE.sub(_group, re.escape(said)), re.DOTALL), korean()[said]) for said in sentences]


def has_places(said: str) -> bool:
    """Whether values belong into the sentence."""
    return re.search(r"\{\w+\}", said) is not None


def _group(place: re.Match) -> str:
    return f"(?P<{place[1]}>{TAKES.get(place[1].rstrip('0123456789'), '.*?')})"
