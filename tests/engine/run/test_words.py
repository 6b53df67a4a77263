"""What prompts mean to a small vocabulary, on one that is spelt out here."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.evaluation.subjects import true_object
from engine.run.words import LONGEST_NAMED, WORDS, Words, read_words

LITTLE = Words(
    known=("a", "an", "with", ",", "red", "gray", "mug", "aeroplane", "ice-cream", "bus", "cup", "legs"),
    objects=("mug", "aeroplane", "ice-cream", "bus"),
    same={"cup": "mug", "plane": "aeroplane", "grey": "gray", "crimson": "red", "air bus": "aeroplane", "please": ""},
    near={"dog": "mug"},
)

WEIGHTS = Path(engine.__file__).parent / "toybox" / "weights"


@pytest.mark.parametrize(
    ("prompt", "understood"),
    [
        ("a red mug", "a red mug"),
        ("A Red MUG.", "a red mug"),
        ('"a red mug"!', "a red mug"),
        ("a grey cup", "a gray mug"),
        ("grey mugs", "gray mug"),
        ("red buses", "red bus"),
        ("a bus with leg", "a bus with legs"),
        ("an ice cream", "an ice-cream"),
        ("an ice-cream", "an ice-cream"),
        ("a red-mug", "a red mug"),
        ("an air-bus", "an aeroplane"),
        ("a plane", "an aeroplane"),
        ("an airbus, a cup", "an aeroplane, a mug"),
        ("a crimson red mug", "a red mug"),
        ("a mug please", "a mug"),
        ("red\u00a0mug", "red mug"),
        ("a wug", "a wug"),
    ],
)
def test_what_is_understood(prompt, understood):
    assert LITTLE.understand(prompt) == understood
    assert LITTLE.understand(understood) == understood


@pytest.mark.parametrize(
    ("prompt", "doubt"),
    [
        ("a grey cup, please", ""),
        ("a dog", 'Toybox does not know "dog" (try mug).'),
        ("dogs", 'Toybox does not know "dogs" (try mug).'),
        ("an aeroplan", 'Toybox does not know "aeroplan" (try aeroplane).'),
        ("a zebra with a dog", 'Toybox does not know "zebra" or "dog" (try mug).'),
        ("w x y z w", 'Toybox does not know "w", "x" or 2 more.'),
        ("🦆 $(rm -rf /)", 'Toybox does not know "🦆", "$" or 3 more.'),
        ("red", "The prompt names no object that Toybox knows."),
        ("", "The prompt names no object that Toybox knows."),
    ],
)
def test_what_is_doubted(prompt, doubt):
    assert LITTLE.doubt(prompt) == doubt


@given(st.text(max_size=1000))
def test_any_prompt_is_doubted_in_one_short_line(prompt):
    doubt = LITTLE.doubt(prompt)
    assert len(doubt) <= 60 + 2 * LONGEST_NAMED + len("aeroplane") * 2 and "\n" not in doubt
    assert isinstance(LITTLE.understand(prompt), str)


def stored(**changes) -> dict:
    return {"known": ["a"], "objects": ["a"], "same": {"b": "a"}, "near": {"c": "a"}} | changes


def test_what_is_read_is_what_was_written(tmp_path):
    (tmp_path / WORDS).write_text(json.dumps(stored()), encoding="utf-8")
    assert read_words(tmp_path) == Words(("a",), ("a",), {"b": "a"}, {"c": "a"})


@pytest.mark.parametrize(
    "content",
    [[], {}, stored(known=3), stored(known=[3]), stored(same={"b": 3}), stored(near=["c"]), stored(same=[["b", None]])],
)
def test_a_broken_vocabulary_is_refused(tmp_path, content):
    (tmp_path / WORDS).write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ValueError, match="it (lacks|holds)|dictionary update"):
        read_words(tmp_path)


@pytest.mark.parametrize("said, understood", [
    ("a top hat", "a top hat"), ("the round table", "the round table"), ("a chocolate cake", "a brown cake"),
])  # fmt: skip
def test_no_phrase_begins_with_an_article_and_chocolate_is_brown(said, understood):
    assert read_words(WEIGHTS).understand(said) == understood


def test_a_true_object_is_all_that_is_named():
    for known in ("a red cube on top of a blue cylinder", "a mug beside a chair", "a house with a red roof"):
        assert true_object(known) is not None
    for part in ("a mug on a table", "an apple and a pear", "a cat, a dog and a horse", "a mug and a mug"):
        assert true_object(part) is None
