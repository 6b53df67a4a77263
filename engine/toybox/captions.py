"""What Toybox images are called, and the words that its prior knows."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import replace

from engine.shading import Shading
from engine.toybox.catalogue import OBJECTS
from engine.toybox.colours import COLOURS
from engine.toybox.parts import Toy
from engine.toybox.shown import BESIDE, TRAITS, Shown

VIEWS = ("front", "side", "back", "overhead")
"""The paper's view words (section 3.2)."""

SHADING_WORDS = {
    Shading.ALBEDO: "unlit", Shading.DIFFUSE: "", Shading.TEXTURELESS: "textureless", Shading.POSITION: "position",
    Shading.NORMAL: "normal",
}
"""What the prior is told of how an image is shaded: without it, albedo views would be pulled towards lit ones, which
bakes light into the texture, and white textureless views towards the prompt's colour, which they cannot show."""

TEMPLATES = ("{thing}", "a {thing}", "a photo of a {thing}", "a DSLR photo of a {thing}")

LITTLE_WORDS = ("a", "an", "the", "of", "on", "top", "with", "and", "that", "is", "photo", "dslr", "view", ",", ".")
"""Words that name nothing."""


def _words_for(toys: dict[str, Toy]) -> list[str]:
    """What the toys are called, then what their accents are."""
    nouns = [word for name, toy in toys.items() for noun in (name, *toy.synonyms) for word in noun.split()]
    return [*nouns, *(toy.accent for toy in toys.values() if toy.accent)]


VOCABULARY = tuple(dict.fromkeys([
    *LITTLE_WORDS, *VIEWS, *filter(None, SHADING_WORDS.values()), *COLOURS, *_words_for(OBJECTS), *TRAITS,
]))
"""Every word of the tokenizer, taught or not yet."""


def taught_words(objects: Iterable[str], colours: Iterable[str], traits: Iterable[str]) -> set[str]:
    """The words that captions of these objects in these colours and with these traits may hold, and those that name
    nothing."""
    toys = {name: OBJECTS[name] for name in objects if name in OBJECTS}
    told = COLOURS.keys() & set(colours) | set(TRAITS) & set(traits)
    return {*LITTLE_WORDS, *VIEWS, *SHADING_WORDS.values(), *told, *_words_for(toys)}


def describe(shown: Shown, noun: str | None = None, rng: random.Random | None = None) -> str:
    """The plainest words for what is shown, without an article.

    Args:
        noun: said in place of the object's name.
        rng: draws the order of what is said before it; None: proportion, pattern, colour.

    >>> describe(Shown("mug", "red", "yellow", "striped", "tall", Shown("chair", "green")))
    'tall striped red mug with a yellow handle beside a green chair'
    """
    toy, words = OBJECTS[shown.name], [word for word in (shown.proportion, shown.pattern, shown.main) if word]
    if rng and len(words) > 1:
        rng.shuffle(words)
    if shown.accent is None:
        words.append(noun or shown.name)
    else:
        joint = toy.joint.removesuffix(" a") if toy.accent.endswith("s") else toy.joint
        words += [shown.name.split()[0], joint, shown.accent, toy.accent]
    if shown.beside is not None:
        words += [BESIDE, "a", describe(shown.beside)]
    return " ".join(words)


def phrase(shown: Shown, rng: random.Random) -> str:
    """A natural name for what is shown, such as "red mug", "tall mug that is red" or "red mug with a yellow handle"."""
    if shown.beside is not None:  # in few words: a caption has room for CAPTION_LENGTH
        return f" {BESIDE} a ".join(describe(one, _noun(one, rng)) for one in shown.things)
    if shown.main is None or shown.accent is not None:
        return describe(shown, rng=rng)
    noun = _noun(shown, rng)
    if rng.random() < 0.15:
        return f"{describe(replace(shown, main=None), noun, rng)} that is {shown.main}"
    return describe(shown, noun, rng)


def _noun(shown: Shown, rng: random.Random) -> str:
    """The object's name or, now and then, a synonym."""
    synonyms = OBJECTS[shown.name].synonyms
    return rng.choice(synonyms) if synonyms and rng.random() < 0.15 else shown.name


def caption(shown: Shown, view: str | None, shading: Shading, rng: random.Random) -> str:
    """A caption, such as "a photo of a red mug, side view, unlit"; without view words where `view` is None."""
    text = rng.choice(TEMPLATES).format(thing=phrase(shown, rng))
    if view is not None:
        text += f", {view} view"
    if SHADING_WORDS[shading]:
        text += f", {SHADING_WORDS[shading]}"
    return re.sub(r"\ba (?=[aeiou])", "an ", text)
