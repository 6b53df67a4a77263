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
    assert parse_subject(prompt) == expected


@pytest.mark.parametrize("prompt", ["", "a red", "a violin", "a red mug on top of a blue cube", "cuboids"])
def test_what_is_no_object_of_the_catalogue_is_said(prompt):
    with pytest.raises(ValueError, match="names no object"):
        parse_subject(prompt)


@given(
    st.sampled_from(sorted(OBJECTS)), st.sampled_from(sorted(COLOURS)), st.sampled_from([None, *sorted(COLOURS)]),
    st.sampled_from([None, "front"]), st.sampled_from(list(Shading)), st.integers(0, 10_000),
)
def test_every_caption_is_understood(name, main, accent, view, shading, seed):
    accent = accent if OBJECTS[name].accent else None
    text = caption(name, main, accent, view, shading, random.Random(seed))
    assert parse_subject(text) == (name, main, accent)


def test_which_objects_show_their_side():
    for name in ("chair", "snowman", "duck", "car", "robot", "house", "mug", "book", "boat"):
        assert shows_its_side(name), name
    for name in ("ball", "cube", "cone", "cylinder", "mushroom", "donut", "star", "cube on top of a cylinder"):
        assert not shows_its_side(name), name
    for name in ("stool", "rocket", "castle"):  # from the side alike to their front or back
        assert not shows_its_side(name), name
