"""What a prompt means to a prior with a small vocabulary: other words for the same, what is not known, what is nearest.
Korean is brought into English first (`engine.run.korean`).

The vocabulary is words.json, beside the prior's weights (`engine/toybox/words.py` makes it). Blender reads it before a
run starts, the engine with the weights; nothing here needs more than Python.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from . import korean

WORDS = "words.json"
"""The vocabulary's file among a prior's weights."""
MOST_NAMED = 2
"""Unknown words that a sentence names; of others it gives the number."""
LONGEST_NAMED = 16
"""Letters of an unknown word that a sentence shows."""
ALIKE = 0.7
"""Least likeness, as difflib has it, of a word to the one that it may be a slip for."""
ARTICLES = {"a", "an", "the"}
"""No phrase begins with one: a top hat is not atop a hat."""
LONGEST_PHRASE = 3
"""Words that may mean one together, such as "pine tree"."""

PUNCTUATION = str.maketrans(
    dict.fromkeys(".!?;:\"'()[]{}-\u2010\u2011\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb", " ") | {",": " , "}
)
"""What stands between words; a comma is one itself."""
ARTICLE = re.compile(r"\ban? (?=([aeiou])?)")
"""It changes with the word that follows: a plane, an aeroplane."""


@dataclass(frozen=True)
class Words:
    """A prior's vocabulary, in lower case.

    >>> words = Words(("a", "blue", "aeroplane"), ("aeroplane",), {"plane": "aeroplane", "navy blue": "blue"}, {})
    >>> words.understand("A navy-blue plane!")
    'a blue aeroplane'
    >>> words.doubt("a blue dog")
    'Toybox does not know "dog".'
    """

    known: tuple[str, ...]
    """The words that it was taught, names and little words alike."""
    objects: tuple[str, ...]
    """Those that name what it can make."""
    same: dict[str, str]
    """What else is said for some of them, words or phrases; nothing for what can be left out."""
    near: dict[str, str]
    """What is akin to some of them without being the same."""

    @cached_property
    def meanings(self) -> dict[str, str]:
        """The known words for all that is understood, as it is spelt without spaces and hyphens."""
        return {_squash(said): meant for said, meant in (dict(zip(self.known, self.known)) | self.same).items()}

    def understand(self, prompt: str) -> str:
        """The prompt in known words, as far as they are known, without punctuation but commas."""
        said: list[str] = []
        for part, meaning in self._parts(prompt):
            words = part if meaning is None else meaning
            if words and said[-1:] != [words]:  # navy blue is one blue
                said.append(words)
        text = " ".join(said).replace(" ,", ",")
        return ARTICLE.sub(lambda found: "an " if found[1] else "a ", text)

    def unknown(self, prompt: str) -> list[str]:
        """The words of the prompt that are not understood, each once."""
        return list(dict.fromkeys(part for part, meaning in self._parts(prompt) if meaning is None))

    def nearest(self, word: str) -> str | None:
        """The known word that an unknown one is akin to, or may be a slip of the pen for; None where there is none."""
        if korean.is_korean(word):
            return korean.nearest(word, self._knows)
        akin = next((self.near[form] for form in _forms(word) if form in self.near), None)
        spelt = [said for said, meant in self.meanings.items() if meant in self.objects or meant == said]
        alike = get_close_matches(word, spelt, n=1, cutoff=ALIKE)
        return akin or (self.meanings[alike[0]] if alike else None)

    def doubt(self, prompt: str) -> str:
        """One short sentence for the artist about what of the prompt will not be seen; empty where all will."""
        unknown = self.unknown(prompt)
        if unknown:
            return f"Toybox does not know {self._list(unknown)}."
        return "" if self.named(prompt) else "The prompt names no object that Toybox knows."

    def named(self, prompt: str) -> list[str]:
        """The known objects that the prompt names, in its order.

        >>> Words(("a", "cube"), ("cube", "ball"), {"block": "cube", "orb": "ball"}, {}).named("a block on an orb")
        ['cube', 'ball']
        """
        return [meaning for _, meaning in self._parts(prompt) if meaning in self.objects]

    def _parts(self, prompt: str) -> list[tuple[str, str | None]]:
        """The prompt's words, or phrases that are known as one, each with its meaning; None where it has none."""
        english = korean.in_english(prompt.lower().translate(PUNCTUATION), self._knows)
        words, parts, start = english.translate(PUNCTUATION).split(), [], 0
        while start < len(words):
            longest = 1 if words[start] in ARTICLES else min(LONGEST_PHRASE, len(words) - start)
            for length in range(longest, 0, -1):
                meaning = self._meaning("".join(words[start : start + length]))
                if meaning is not None or length == 1:
                    parts.append((" ".join(words[start : start + length]), meaning))
                    start += length
                    break
        return parts

    def _meaning(self, word: str) -> str | None:
        return next((self.meanings[form] for form in _forms(word) if form in self.meanings), None)

    def _knows(self, word: str) -> bool:
        return self._meaning(_squash(word)) is not None

    def _list(self, unknown: list[str]) -> str:
        named = []
        for word in unknown[:MOST_NAMED]:
            nearest = self.nearest(word)
            shown = word if len(word) <= LONGEST_NAMED else word[: LONGEST_NAMED - 3] + "..."
            named.append(f'"{shown}"' + (f" (try {nearest})" if nearest else ""))
        left = len(unknown) - len(named)
        if left:
            named.append(f"{left} more")
        return " or ".join(filter(None, (", ".join(named[:-1]), named[-1])))


def read_words(weights: Path) -> Words:
    """The vocabulary among a prior's weights. Raises OSError, or ValueError where it is broken."""
    stored = json.loads((weights / WORDS).read_text(encoding="utf-8"))
    lists, tables = ("known", "objects"), ("same", "near")
    try:
        words = Words(*(tuple(stored[name]) for name in lists), *(dict(stored[name]) for name in tables))
    except (KeyError, TypeError) as error:
        raise ValueError(f"it lacks {error}") from error
    every = [*words.known, *words.objects, *(text for table in (words.same, words.near) for text in table.items())]
    if not all(isinstance(text, str) for entry in every for text in (entry if isinstance(entry, tuple) else (entry,))):
        raise ValueError("it holds what is no word")
    return words


def _squash(phrase: str) -> str:
    return phrase.replace(" ", "").replace("-", "")


def _forms(word: str) -> list[str]:
    """A word as it is, and as one of several or several of one might be spelt."""
    singular = [word[: -len(ending)] for ending in ("s", "es") if word.endswith(ending)]
    return [word, *singular, f"{word}s"]
