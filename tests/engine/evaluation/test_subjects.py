"""What prompts name: every caption of the Toybox world is understood again."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation.subjects import parse_subject, shows_its_side
from engine.shading import Shading
from engine.toybox.captions import caption
from engine.toybox.catalogue import OBJECTS
from engine.toybox.colours import COLOURS
from engine.toybox.patterns import PATTERNS
from engine.toybox.proportions import PROPORTIONS
from engine.toybox.shown import Shown


SINGLE = sorted(name for name in OBJECTS if not OBJECTS[name].composed)


@pytest.mark.parametrize(
    "prompt, expected",
    [
        ("a red ball", ("ball", "red", None)),
        ("A DSLR photo of a Red MUG, side view.", ("mug", "red", None)),
        ("a mug that is red", ("mug", "red", None)),
        ("a blue mug with a yellow handle", ("mug", "blue", "yellow")),
        ("a blue cup with a blue handle", ("mug", "blue", "blue")),
        ("a mug with a yellow handle", ("mug", "white", "yellow")),
        ("a mug with a yellow handle that is blue", ("mug", "blue", "yellow")),
        ("a snowman", ("snowman", "white", None)),
        ("a green palm tree", ("palm", "green", None)),
        ("a green pine tree", ("tree", "green", None)),
        ("a pink ice cream with a brown cone", ("ice-cream", "pink", "brown")),
        ("a red cube on top of a blue cylinder", ("cube on top of a cylinder", "red", "blue")),
        ("the red box on top of the blue cylinder", ("cube on top of a cylinder", "red", "blue")),
        ("a red sphere on top of a cube", ("ball on top of a cube", "red", None)),
        ("a white rocket with a red nose", ("rocket", "white", "red")),
        ("a grey couch", ("sofa", "gray", None)),
        ("a crimson coffee-cup with a gold handle", ("mug", "red", "yellow")),
        ("cubes", ("cube", "white", None)),
        ("a blue duck with orange wings", ("duck", "blue", "orange")),
    ],
)
def test_subjects(prompt, expected):
    assert parse_subject(prompt) == Shown(*expected)


@pytest.mark.parametrize("prompt", ["", "a red", "a violin", "a red mug on top of a blue cube", "cuboids"])
def test_what_is_no_object_of_the_catalogue_is_said(prompt):
    with pytest.raises(ValueError, match="names no object"):
        parse_subject(prompt)


@given(
    st.sampled_from(sorted(OBJECTS)), st.sampled_from(sorted(COLOURS)), st.sampled_from([None, *sorted(COLOURS)]),
    st.sampled_from([None, *PATTERNS]), st.sampled_from([None, *PROPORTIONS]),
    st.sampled_from([None, "front"]), st.sampled_from(list(Shading)), st.integers(0, 10_000),
)
def test_every_caption_is_understood(name, main, accent, pattern, proportion, view, shading, seed):
    toy = OBJECTS[name]
    traits = (None, None) if toy.composed else (pattern, proportion)
    shown = Shown(name, main, accent if toy.accent else None, *traits)
    assert parse_subject(caption(shown, view, shading, random.Random(seed))) == shown


@pytest.mark.parametrize(
    "prompt, proportion",
    [
        ("a tall blue mug", "tall"), ("a blue mug that is thin", "thin"), ("a small blue mug", "tiny"),
        ("a blue mug, low and broad", "short"), ("파란 키 큰 머그컵", "tall"),
    ],
)
def test_proportions_are_read_wherever_they_stand(prompt, proportion):
    assert parse_subject(prompt) == Shown("mug", "blue", proportion=proportion)


@pytest.mark.parametrize(
    "prompt, pattern",
    [
        ("a striped blue mug", "striped"), ("a blue stripy mug", "striped"),
        ("a polka-dot mug that is blue", "spotted"),
        ("a chequered blue mug", "checkered"),
        ("줄무늬가 있는 파란 머그컵", "striped"), ("파란 물방울무늬 머그컵", "spotted"),
    ],
)
def test_patterns_are_read_wherever_they_stand(prompt, pattern):
    assert parse_subject(prompt) == Shown("mug", "blue", pattern=pattern)


def test_a_stack_has_no_traits():
    with pytest.raises(ValueError, match="Leave out tall"):
        parse_subject("a tall red cube on top of a blue cylinder")


@pytest.mark.parametrize(
    "prompt",
    [
        "a red mug beside a tall green chair", "a red cup, next to a tall green chair", "키 큰 초록 의자 옆의 빨간 머그컵",
        "a photo of the red mug alongside a green high chair",
    ],
)
def test_two_objects_side_by_side(prompt):
    assert parse_subject(prompt) == Shown("mug", "red", beside=Shown("chair", "green", proportion="tall"))


@given(st.sampled_from(SINGLE), st.sampled_from(SINGLE), st.sampled_from(sorted(COLOURS)), st.integers(0, 10_000))
def test_every_caption_of_a_pair_is_understood(left, right, colour, seed):
    shown = Shown(left, colour, beside=Shown(right, "red"))
    assert parse_subject(caption(shown, "side", Shading.ALBEDO, random.Random(seed))) == shown


@pytest.mark.parametrize("prompt, match", [
    ("a mug beside a violin", "names no object"), ("beside a mug", "names no object"),
    ("a mug beside a cat beside a dog", "name two"),
])
def test_pairs_that_can_not_be_made_are_refused(prompt, match):
    with pytest.raises(ValueError, match=match):
        parse_subject(prompt)


def test_which_objects_show_their_side():
    for name in ("chair", "snowman", "duck", "car", "robot", "house", "mug", "book", "boat"):
        assert shows_its_side(name), name
    for name in ("ball", "cube", "cone", "cylinder", "mushroom", "donut", "star", "cube on top of a cylinder"):
        assert not shows_its_side(name), name
    for name in ("stool", "rocket", "castle"):  # from the side alike to their front or back
        assert not shows_its_side(name), name
