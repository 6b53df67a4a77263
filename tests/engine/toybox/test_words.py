"""The vocabulary of the built-in prior: what its captions say stays as it is, and what people say becomes that."""

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageColor

from engine.guidance.priors.toybox import WEIGHTS
from engine.run.words import read_words
from engine.shading import Shading
from engine.toybox.captions import SHADING_WORDS, VIEWS, caption
from engine.toybox.catalogue import OBJECTS
from engine.toybox.colours import COLOURS, TAUGHT_COLOURS
from engine.toybox.patterns import PATTERNS
from engine.toybox.proportions import PROPORTIONS
from engine.toybox.shown import BESIDE, TRAITS, Shown
from engine.toybox.words import NEAR, SAME, nearest_colours, oklab, vocabulary
from tests.engine.toybox.few import FEW_COLOURS, FEW_OBJECTS

WORDS = read_words(WEIGHTS)
CARD = json.loads((WEIGHTS / "toybox.json").read_text(encoding="utf-8"))
EVERYTHING = vocabulary(OBJECTS, COLOURS, TRAITS)
SINGLE = sorted(name for name in OBJECTS if not OBJECTS[name].composed)


def test_the_file_beside_the_weights_is_the_one_that_this_code_makes():
    made = vocabulary(CARD["objects"], CARD["colours"], CARD.get("traits", ()))
    assert made == WORDS, "write it anew: python -m engine.toybox.words engine/toybox/weights"


SHIPPED, WHOLE = (WORDS, CARD["objects"], CARD["colours"]), (EVERYTHING, list(OBJECTS), list(COLOURS))


@pytest.mark.parametrize("words, objects, colours", [SHIPPED, WHOLE])
@given(st.none() | st.sampled_from(VIEWS), st.randoms(), st.data())
def test_captions_that_it_was_taught_with_mean_themselves(words, objects, colours, view, rng, data):
    name, main = data.draw(st.sampled_from(objects)), data.draw(st.sampled_from(colours))
    accent = data.draw(st.none() | st.sampled_from(colours))
    text = caption(Shown(name, main, accent if OBJECTS[name].accent else None), view, Shading.DIFFUSE, rng)
    nouns = "|".join(sorted((name, *OBJECTS[name].synonyms), key=len, reverse=True))
    said, understood = (re.sub(rf"\b({nouns})\b", "THING", line) for line in (text.lower(), words.understand(text)))
    assert words.doubt(text) == ""
    assert understood.replace("an ", "a ") == said.replace("an ", "a ")


@given(
    st.sampled_from(SINGLE), st.sampled_from(sorted(COLOURS)), st.sampled_from([None, *PATTERNS]),
    st.sampled_from([None, *PROPORTIONS]), st.sampled_from([None, *SINGLE]), st.randoms(),
)
def test_captions_with_traits_mean_themselves(name, main, pattern, proportion, other, rng):
    shown = Shown(name, main, None, pattern, proportion, Shown(other, "red") if other else None)
    text = caption(shown, None, Shading.ALBEDO, rng).lower()
    understood = EVERYTHING.understand(text)
    assert EVERYTHING.doubt(text) == "" and EVERYTHING.understand(understood) == understood
    assert [word for word in understood.split() if word in TRAITS] == [word for word in text.split() if word in TRAITS]


@pytest.mark.parametrize("word", [word for word in SHADING_WORDS.values() if word])
def test_a_prompt_does_not_say_how_views_are_shaded(word):
    assert WORDS.understand(f"a {word} red mug, {word}") == "a red mug,"
    assert WORDS.doubt(f"a {word} red mug") == ""


@pytest.mark.parametrize(
    ("prompt", "understood"),
    [
        ("a grey cup", "a gray mug"),
        ("a plane", "an aeroplane"),
        ("a couch", "a sofa"),
        ("an airplane with blue wings", "an aeroplane with blue wings"),
        ("two-tone", "two tone"),
        ("light blue doughnuts", "blue donut"),
        ("a navy-blue light house", "a navy lighthouse"),
        ("a crimson tea pot's lid", "a red teapot lid"),
        ("a pine tree", "a tree"),
        ("a palm tree", "a palm"),
    ],
)
def test_what_people_say(prompt, understood):
    assert WORDS.understand(prompt) == understood


@pytest.mark.parametrize(
    ("prompt", "doubt"),
    [
        ("a red wolf with a helmet", 'Toybox does not know "wolf" (try dog) or "helmet" (try hat).'),
        ("a red hamer", 'Toybox does not know "hamer" (try hammer).'),
        ("a violin", 'Toybox does not know "violin".'),
        ("a tomato", "The prompt names no object that Toybox knows."),
        ("a gold cake", ""),
    ],
)
def test_what_is_doubted(prompt, doubt):
    assert WORDS.doubt(prompt) == doubt


@pytest.mark.parametrize("taught", [TAUGHT_COLOURS, tuple(COLOURS), ("red", "navy", "white")])
def test_every_colour_of_css_is_one_that_was_taught(taught):
    found = nearest_colours(taught)
    assert set(COLOURS) <= set(found) == set(ImageColor.colormap) and set(found.values()) == set(taught)
    assert all(found[colour] == colour for colour in taught)


def test_colours_lie_apart():
    places = oklab(np.array(list(COLOURS.values())))
    between = np.linalg.norm(places[:, None] - places[None], axis=-1) + np.eye(len(COLOURS))
    assert between.min() > 0.1


def test_the_nearest_colour_is_the_one_that_people_would_say():
    told = {"crimson": "red", "navy": "blue", "gold": "yellow", "cyan": "teal", "indigo": "purple", "silver": "white",
            "lightblue": "blue", "darkslategrey": "gray", "forestgreen": "green", "sienna": "brown", "hotpink": "pink"}
    assert {name: nearest_colours(FEW_COLOURS)[name] for name in told} == told
    told |= {"navy": "navy", "cyan": "cyan", "indigo": "purple", "fuchsia": "magenta", "khaki": "beige"}
    assert {name: nearest_colours(COLOURS)[name] for name in told} == told


def test_a_colour_that_was_not_taught_is_told_as_the_nearest_that_was():
    first = vocabulary(FEW_OBJECTS, FEW_COLOURS)
    assert first.understand("a dark navy mug") == "a blue mug" and first.doubt("a dark navy mug") == ""
    assert first.understand("a navy blue mug") == "a blue mug" and WORDS.understand("a navy blue mug") == "a navy mug"
    assert EVERYTHING.understand("a dark navy mug") == "a navy mug"


def test_oklab_of_colours_that_its_author_gives():
    found = oklab(np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]))
    expected = [[1.0, 0.0, 0.0], [0.62796, 0.22486, 0.12585], [0.45201, -0.03246, -0.31153]]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_what_is_said_for_a_thing_is_understood_as_that_thing():
    for words in (WORDS, EVERYTHING):
        for meant, others in SAME.items():
            if set(meant.split()) <= set(words.known):
                assert {words.understand(said) for said in others.split(", ")} == {meant}
    assert set(NEAR) <= set(OBJECTS)


@pytest.mark.parametrize("words", [WORDS, EVERYTHING])
def test_what_is_understood_needs_no_nearest_word(words):
    assert not set(words.near) & set(words.meanings) and set(words.near.values()) <= set(words.objects)


@pytest.mark.parametrize("trait", TRAITS)
def test_a_trait_that_was_not_taught_is_unknown_and_one_that_was_is_not(trait):
    prompt = f"a {trait} red mug" if trait != BESIDE else "a red mug beside a chair"
    taught = vocabulary(CARD["objects"], CARD["colours"], (trait,))
    untaught = vocabulary(CARD["objects"], CARD["colours"])
    assert untaught.unknown(prompt) == [trait] and taught.doubt(prompt) == ""
    assert f'"{trait}"' in untaught.doubt(prompt) and taught.understand(prompt) == prompt


def test_what_is_akin_depends_on_what_was_taught():
    first = vocabulary(FEW_OBJECTS, FEW_COLOURS)
    told = {"dog": "cat", "puppy": "cat", "apple": "ball", "truck": "car", "church": "house"}
    assert {word: first.nearest(word) for word in told} == told
    assert EVERYTHING.nearest("puppy") == "dog" and EVERYTHING.nearest("kitten") == "cat"
    assert EVERYTHING.doubt("a dog with an apple") == ""
