"""Korean prompts in the English that the built-in prior was taught.

A prompt is read as Korean grammar has it: what describes a thing stands before it, and the thing comes last. So 노란 손잡이가
달린 파란 머그컵 ("yellow handle-on being blue mug") is "a blue mug with a yellow handle", and 파란 공 위의 빨간 정육면체 ("blue
ball top-of red cube") is "a red cube on top of a blue ball". The words are in `engine.run.korean_words`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from . import korean_words as table

HANGUL = re.compile("[\uac00-\ud7a3\u3131-\u318e]")
"""A syllable, or a letter by itself."""
PIECES = re.compile("[\uac00-\ud7a3\u3131-\u318e]+|[^\uac00-\ud7a3\u3131-\u318e\\s]+")
"""A Korean word with its endings, or what is written in another script."""
ENGLISH_GRAMMAR = {"a", "an", "the", "with", "on", "of", "that", "beside"}
"""A clause with one of these has English word order."""
LONGEST_COMPOUND = 4
"""Pieces that may be one word written with spaces, such as 등받이 없는 의자."""
LONGEST_PIECE = 40
"""Syllables of a piece that is taken apart; a longer one is no word."""
FIRST_SYLLABLE, FINALS, ADJECTIVE = 0xAC00, 28, 4
"""Unicode counts syllables from 가, those with the same beginning by their 28 last consonants, of which the first is
none and ㄴ, the end of adjectives, the fifth."""
ALIKE = 0.75
"""Least likeness of the letters of an unknown word to those of the one that it may be a slip for."""


class Kind(Enum):
    """What a word does in a sentence."""

    COLOUR = auto()
    TRAIT = auto()
    """What else is said of a thing before it."""
    THING = auto()
    PART = auto()
    ON = auto()
    """It follows what is below, or beside."""
    PHOTO = auto()
    VIEW = auto()
    SUBJECT = auto()
    """A particle after what the next word says something of."""
    SILENT = auto()
    """Other particles, and what adds nothing."""
    OTHER = auto()
    """What is not Korean, or not known."""


class Word(NamedTuple):
    """A word of a prompt."""

    kind: Kind
    text: str
    """In English, or as it was typed where it is not known; a part is named once its object is."""
    typed: str = ""
    """In Korean, for a thing, a trait or a part."""


def is_korean(text: str) -> bool:
    """Whether there is Hangul in the text, composed or not (macOS takes syllables apart)."""
    return HANGUL.search(unicodedata.normalize("NFC", text)) is not None


Knows = Callable[[str], bool]
"""Whether a prior understands an English word; `bool` understands them all."""


def in_english(prompt: str, knows: Knows = bool) -> str:
    """The prompt, in lower case, with what is Korean in English; Korean words that are not known, or whose English the
    prior does not understand, stay as they are.

    >>> in_english("노란 손잡이가 달린 파란 머그컵")
    'a blue mug with a yellow handle'
    >>> in_english("빨간 외계인, front view")
    'a red 외계인, front view'
    """
    prompt = unicodedata.normalize("NFC", prompt)
    return ",".join(_clause(part, knows) if is_korean(part) else part for part in prompt.split(","))


def nearest(word: str, knows: Knows = bool) -> str | None:
    """The Korean word for something known that an unknown one is akin to, or may be a slip of the pen for."""
    stems = [word, *(word.removesuffix(ending) for ending in sorted(ENDINGS, key=len, reverse=True))]
    akin = (name(thing) for stem in stems for said, thing in reversed(AKIN) if said == stem and knows(thing))
    listed = (table.OBJECTS, table.PARTS, table.COLOURS, table.TRAITS)
    said = [form for each in listed for english, forms in each.items() if knows(english) for form in _words(forms)]
    spelt = {unicodedata.normalize("NFD", one): f"{one}색" if one in table.NEED_COLOUR else one for one in said}
    letters = dict.fromkeys(unicodedata.normalize("NFD", stem) for stem in stems if len(stem) > 1)
    alike = (match for stem in letters for match in get_close_matches(stem, spelt, n=1, cutoff=ALIKE))
    return next(akin, None) or next((spelt[match] for match in alike), None)


def name(english: str) -> str:
    """What an object, a colour or a trait of the built-in prior's is called; itself where there is no word for it.

    >>> name("mug"), name("red"), name("brown"), name("striped")
    ('머그컵', '빨간', '갈색', '줄무늬')
    """
    word = (_words((table.OBJECTS | table.COLOURS | table.TRAITS).get(english.replace(" ", "-"), "")) or [english])[0]
    is_adjective = (ord(word[-1]) - FIRST_SYLLABLE) % FINALS == ADJECTIVE
    return word if english not in table.COLOURS or is_adjective else f"{word}색"


def _words(listed: str) -> list[str]:
    return [word.replace(" ", "") for word in listed.split(",") if word.strip()]


def _meanings(listed: dict[str, str]) -> dict[str, str]:
    return {word: english for english, words in listed.items() for word in _words(words)}


def _colours() -> dict[str, str]:
    """All forms of colours, shades before them included: the shade stays, for the prior's own table to judge."""
    forms = {}
    for word, english in _meanings(table.COLOURS).items():
        for form in (f"{word}색", f"{word}색깔", f"{word}빛", *([] if word in table.NEED_COLOUR else [word])):
            forms[form] = english
            forms |= {f"{said}{form}": f"{shade} {english}" for said, shade in _meanings(table.SHADES).items()}
    return forms


COLOURS = _colours()
THINGS = _meanings(table.OBJECTS)
PARTS = {word: word for words in table.PARTS.values() for word in _words(words)}
AKIN = [(f"나무{thing}", english) for thing, english in THINGS.items() if thing != "나무"]  # wooden: no material is known
AKIN += [(word, english) for english, words in table.NEAR.items() for word in _words(words)]
ENDINGS = _words(f"{table.SUBJECT}, {table.PARTICLES}")


def _entries() -> dict[str, Word]:
    """Every word that is understood, and those that are known to be unknown."""
    entries = {word: Word(Kind.SILENT, "") for word in (*_words(table.SILENT), *_words(table.HAVING), *ENDINGS)}
    entries |= {word: Word(Kind.SUBJECT, "") for word in _words(table.SUBJECT)}
    entries |= {word: Word(Kind.OTHER, word) for word in (*table.COUNTED, *dict(AKIN))}
    entries |= {word: Word(Kind.PART, word, word) for word in PARTS}
    entries |= {word: Word(Kind.VIEW, f"{view} view") for word, view in _meanings(table.VIEWS).items()}
    entries |= {word: Word(Kind.TRAIT, trait, word) for word, trait in _meanings(table.TRAITS).items()}
    entries |= {word: Word(Kind.PHOTO, "photo") for word in _words(table.PHOTO)}
    entries |= {word: Word(Kind.ON, english, word) for word, english in _meanings(table.ON).items()}
    entries |= {word: Word(Kind.THING, english, word) for word, english in THINGS.items()}
    return entries | {word: Word(Kind.COLOUR, english) for word, english in COLOURS.items()}


ENTRIES = _entries()
NOT_AFTER_CONSONANTS, NOT_AFTER_VOWELS = set(_words(table.AFTER_VOWELS)), set(_words(table.AFTER_CONSONANTS))
ENGLISH = {
    **dict.fromkeys(table.COLOURS, Kind.COLOUR), **dict.fromkeys(table.PARTS, Kind.PART),
    **dict.fromkeys(table.OBJECTS, Kind.THING), **dict.fromkeys(table.TRAITS, Kind.TRAIT), "dslr": Kind.PHOTO,
}  # fmt: skip
NOUNS = {Kind.THING, Kind.PART, Kind.OTHER}
LITTLE = {Kind.SILENT, Kind.SUBJECT}


def _clause(clause: str, knows: Knows) -> str:
    """What stands between two commas, in English."""
    words = [
        Word(Kind.OTHER, word.typed) if word.typed and not all(map(knows, word.text.split())) else word
        for word in _name_parts(_read(clause))
    ]
    if ENGLISH_GRAMMAR.intersection(clause.split()):
        return " ".join(word.text for word in words if word.text)
    text = _scene([word for word in words if word.kind not in (Kind.PHOTO, Kind.VIEW)])
    photo = " ".join(word.text for word in words if word.kind is Kind.PHOTO)
    views = [word.text for word in words if word.kind is Kind.VIEW]
    return ", ".join(filter(None, [f"a {photo} of {text}".strip() if photo else text, *views]))


def _read(clause: str) -> list[Word]:
    """The clause's words; spaces within them do not count, and may lack between them."""
    pieces, words, start = PIECES.findall(clause), [], 0
    while start < len(pieces):
        for end in range(min(start + LONGEST_COMPOUND, len(pieces)), start, -1):
            first, *others = pieces[start:end]
            found = _compound(first, "".join(others)) if others else _take_apart(first)
            if found:
                break
        words += found or [Word(ENGLISH.get(first, Kind.OTHER), first)]
        start = end
    return words


def _compound(first: str, others: str) -> tuple[Word, ...] | None:
    """One word that is written with spaces, and the particles after it; None if these pieces are none."""
    joined = first + others
    for end in range(len(joined), len(first), -1):
        word = ENTRIES.get(joined[:end])
        rest = _rest(joined[end:], joined[end - 1], word.kind) if word else None
        if rest is not None and all(little.kind in LITTLE for little in rest):
            return (word, *rest)
    return None


def _take_apart(piece: str) -> tuple[Word, ...] | None:
    """The words that a piece is made of; None unless it is made of known ones alone, of which a small one is not first:
    가위, scissors, is not a particle and "top"."""
    if len(piece) > LONGEST_PIECE:
        return None
    if piece in ENTRIES:
        return (ENTRIES[piece],)
    for end in range(len(piece) - 1, 0, -1):
        word = ENTRIES.get(piece[:end])
        if word is None or (end == 1 and word.kind in LITTLE):
            continue
        rest = _rest(piece[end:], piece[end - 1], word.kind)
        if rest is not None:
            return (word, *rest)
    return None


@lru_cache(maxsize=4096)
def _rest(piece: str, before: str, kind: Kind) -> tuple[Word, ...] | None:
    """The same for what follows a syllable, the end of a word of some kind. Two nouns do not meet without a space:
    성공, success, is no castle ball."""
    if not piece:
        return ()
    for end in range(len(piece), 0, -1):
        word = ENTRIES.get(piece[:end])
        if word is None or (word.kind in NOUNS and kind in NOUNS) or not _sounds_right(piece[:end], before):
            continue
        rest = _rest(piece[end:], piece[end - 1], word.kind)
        if rest is not None:
            return (word, *rest)
    return None


def _sounds_right(ending: str, before: str) -> bool:
    """Whether this form of a particle is the one that follows the syllable."""
    has_consonant = (ord(before) - FIRST_SYLLABLE) % FINALS != 0
    return ending not in (NOT_AFTER_CONSONANTS if has_consonant else NOT_AFTER_VOWELS)


def _name_parts(words: list[Word]) -> list[Word]:
    """The words, each part with the English name that it has on the last thing."""
    thing = next((word.text for word in reversed(words) if word.kind is Kind.THING), "")
    return [word._replace(text=_part(word.text, thing)) if word.kind is Kind.PART else word for word in words]


def _part(word: str, thing: str) -> str:
    names = [english for english, said in table.PARTS.items() if word in (english, *_words(said))]
    own = table.PART_OF.get(thing)
    return own if own in names else names[0]


def _scene(words: list[Word]) -> str:
    """Things on one another or side by side: 위, "top", follows what is below, 옆, "side", what is beside, and what is
    there comes last or is the sentence's subject."""
    kinds = [word.kind for word in words]
    if Kind.ON not in kinds:
        return _thing(words)
    at = len(kinds) - 1 - kinds[::-1].index(Kind.ON)
    below, above = words[:at], words[at + 1 :]
    if all(word.kind in LITTLE for word in above) and Kind.SUBJECT in kinds[:at]:
        subject = kinds.index(Kind.SUBJECT)
        above, below = below[:subject], below[subject + 1 :]
    return f"{_scene(above)} {words[at].text} {_scene(below)}".strip()


def _thing(words: list[Word]) -> str:
    """A thing with its parts, each with its colour before it."""
    things: list[list[str]] = []
    parts: list[list[str]] = []
    told: list[str] = []
    for word in _colours_before_parts(words):
        if word.kind in (Kind.THING, Kind.PART):
            (things if word.kind is Kind.THING else parts).append([*told, word.text])
            told = []
        elif word.kind not in LITTLE:
            told.append(word.text)
    if told and things and set(told) <= set(COLOURS.values()):
        things[-1] = [*told, *things[-1]]  # 머그컵, 빨간색: the colour came last
    elif told:
        things.append(told)
    if not things:
        things, parts = parts, []
    return " with ".join(" and ".join(map(_phrase, phrases)) for phrases in (things, parts) if phrases)


def _colours_before_parts(words: list[Word]) -> list[Word]:
    """In 지붕이 빨간 집, "roof red house", the roof is red."""
    words = list(words)
    for at in range(len(words) - 2):
        part, particle, colour = words[at : at + 3]
        coloured = at > 0 and words[at - 1].kind is Kind.COLOUR
        if (part.kind, particle.kind, colour.kind) == (Kind.PART, Kind.SUBJECT, Kind.COLOUR) and not coloured:
            words[at : at + 3] = [colour, part, particle]
    return words


def _phrase(words: Iterable[str]) -> str:
    *_, last = words
    text = " ".join(words)
    return text if last in table.PARTS and last.endswith("s") else f"a {text}"
