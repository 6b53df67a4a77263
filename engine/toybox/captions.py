"""What Toybox images are called, and the words that its prior knows."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable

from engine.shading import Shading
from engine.toybox.catalogue import FIRST_OBJECTS, OBJECTS
from engine.toybox.colours import COLOURS, FIRST_COLOURS
from engine.toybox.parts import Toy

VIEWS = ("front", "side", "back", "overhead")
"""The paper's view words (section 3.2)."""

SHADING_WORDS = {
    Shading.ALBEDO: "unlit", Shading.DIFFUSE: "", Shading.TEXTURELESS: "textureless", Shading.POSITION: "position",
    Shading.NORMAL: "normal",
}
"""What the prior is told of how an image is shaded: without it, albedo views would be pulled towards lit ones, which
bakes light into the texture, and white textureless views towards the prompt's colour, which they can not show."""

TEMPLATES = ("{thing}", "a {thing}", "a photo of a {thing}", "a DSLR photo of a {thing}")

LITTLE_WORDS = ("a", "an", "the", "of", "on", "top", "with", "and", "that", "is", "photo", "dslr", "view", ",", ".")
"""Words that name nothing."""


def _words_for(toys: dict[str, Toy]) -> list[str]:
    """What the toys are called, then what their accents are."""
    nouns = [word for name, toy in toys.items() for noun in (name, *toy.synonyms) for word in noun.split()]
    return [*nouns, *(toy.accent for toy in toys.values() if toy.accent)]


VOCABULARY = tuple(dict.fromkeys([
    *LITTLE_WORDS, *VIEWS, "unlit", "textureless", *FIRST_COLOURS, *_words_for(FIRST_OBJECTS), "position", "normal",
    *COLOURS, *_words_for(OBJECTS),
]))
"""Every word of the tokenizer, taught or not yet, so that widening the taught world keeps the same embedding. New words
come last: `--start` keeps what the network knows of the others."""


def taught_words(objects: Iterable[str], colours: Iterable[str]) -> set[str]:
    """The words that captions of these objects in these colours may hold, and those that name nothing."""
    toys = {name: OBJECTS[name] for name in objects if name in OBJECTS}
    return {*LITTLE_WORDS, *VIEWS, *SHADING_WORDS.values(), *COLOURS.keys() & set(colours), *_words_for(toys)}


def phrase(name: str, main: str | None, accent: str | None, rng: random.Random) -> str:
    """A natural name for an object, such as "red mug", "mug that is red" or "red mug with a yellow handle"."""
    toy = OBJECTS[name]
    if main is None:
        return name
    if accent is not None:
        joint = toy.joint.removesuffix(" a") if toy.accent.endswith("s") else toy.joint
        return f"{main} {name.split()[0]} {joint} {accent} {toy.accent}"
    noun = rng.choice(toy.synonyms) if toy.synonyms and rng.random() < 0.15 else name
    return f"{noun} that is {main}" if rng.random() < 0.15 else f"{main} {noun}"


def caption(
    name: str, main: str | None, accent: str | None, view: str | None, shading: Shading, rng: random.Random
) -> str:
    """A caption, such as "a photo of a red mug, side view, unlit"; without view words where `view` is None."""
    text = rng.choice(TEMPLATES).format(thing=phrase(name, main, accent, rng))
    if view is not None:
        text += f", {view} view"
    if SHADING_WORDS[shading]:
        text += f", {SHADING_WORDS[shading]}"
    return re.sub(r"\ba (?=[aeiou])", "an ", text)
