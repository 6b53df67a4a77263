"""Captions: only words that the prior has, and no more of them than it reads."""

import itertools
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.cameras import view_word
from engine.shading import Shading
from engine.toybox.captions import SHADING_WORDS, VIEWS, VOCABULARY, caption, phrase
from engine.toybox.catalogue import OBJECTS, TAUGHT
from engine.toybox.colours import COLOURS
from engine.toybox.conditioning import CAPTION_LENGTH
from engine.toybox.data import HELD_OUT
from engine.toybox.model import build_tokenizer
from engine.toybox.parts import ACCENT, MAIN
from engine.toybox.patterns import PATTERNS
from engine.toybox.proportions import PROPORTIONS
from engine.toybox.shown import Shown

TOKENIZER = build_tokenizer()
SINGLE = sorted(name for name in OBJECTS if not OBJECTS[name].composed)
NAMES = st.sampled_from(sorted(OBJECTS))
COLOUR = st.sampled_from(sorted(COLOURS))


@given(
    NAMES,
    st.none() | COLOUR,
    st.none() | COLOUR,
    st.none() | st.sampled_from(sorted(PATTERNS)),
    st.none() | st.sampled_from(sorted(PROPORTIONS)),
    st.none() | st.sampled_from(VIEWS),
    st.sampled_from(Shading),
    st.randoms(),
)
def test_captions_hold_only_vocabulary_words_and_are_read_whole(
    name, main, accent, pattern, proportion, view, shading, rng
):
    toy = OBJECTS[name]
    assume(accent or not toy.composed)  # both objects of a stack always have a colour
    traits = (None, None) if toy.composed else (pattern, proportion)
    shown = Shown(name, main, accent if toy.accent else None, *traits)
    text = caption(shown, view, shading, rng)
    words = text.lower().replace(",", " , ").split()
    assert set(words) <= set(VOCABULARY)
    ids = TOKENIZER(text).input_ids
    assert len(ids) <= CAPTION_LENGTH and TOKENIZER.unk_token_id not in ids
    assert any(noun in text for noun in (name, name.split()[0], *OBJECTS[name].synonyms))
    assert (view is None) == ("view" not in words)


@given(
    st.sampled_from(SINGLE), st.sampled_from(SINGLE), st.none() | COLOUR, COLOUR, st.sampled_from(Shading), st.randoms()
)
def test_captions_of_pairs_are_read_whole(left, right, main, other, shading, rng):
    text = caption(Shown(left, main, beside=Shown(right, main and other)), "overhead", shading, rng)
    ids = TOKENIZER(text).input_ids
    assert len(ids) <= CAPTION_LENGTH and TOKENIZER.unk_token_id not in ids and " beside a" in text


def test_phrases():
    class Straight(random.Random):
        def random(self):
            return 0.5

    assert phrase(Shown("mug"), Straight()) == "mug"
    assert phrase(Shown("mug", "red"), Straight()) == "red mug"
    assert phrase(Shown("mug", "red", "yellow"), Straight()) == "red mug with a yellow handle"
    assert phrase(Shown("cube on top of a cylinder", "red", "blue"), Straight()) == "red cube on top of a blue cylinder"


def test_what_is_said_before_a_name_comes_in_every_order():
    rng, shown = random.Random(0), Shown("chair", "red", "blue", "striped", "tall")
    before = {tuple(phrase(shown, rng).split()[:3]) for _ in range(200)}
    assert before == set(itertools.permutations(("tall", "striped", "red")))


def test_captions_vary():
    rng = random.Random(0)
    assert len({caption(Shown("mug", "red"), "side", Shading.ALBEDO, rng) for _ in range(200)}) >= 6


def test_the_views_are_the_papers():
    degrees = 3.141592653589793 / 180
    assert {view_word(e * degrees, a * degrees) for e in (0, 80) for a in range(-180, 180, 10)} == set(VIEWS)


def test_every_way_of_shading_has_its_own_words():
    assert set(SHADING_WORDS) == set(Shading) and len(set(SHADING_WORDS.values())) == len(Shading)


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_the_catalogue_is_whole(name):
    toy = OBJECTS[name]
    colours = {part.colour for part in toy.build()}
    assert colours <= {MAIN, ACCENT, *COLOURS} and MAIN in colours
    assert (toy.accent is not None) == (ACCENT in colours)
    assert toy.accent_colour is None or toy.accent_colour in COLOURS


def test_what_is_taught_and_what_is_held_out_exists():
    assert set(TAUGHT) <= set(OBJECTS) and min(TAUGHT.values()) > 0
    assert all(colour in COLOURS and name in OBJECTS for colour, name in HELD_OUT)
