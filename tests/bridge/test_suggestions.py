"""Half a prompt is carried on with what the built-in prior was taught."""

import json
import unicodedata

import pytest
from dreamfusion.bridge import suggestions
from dreamfusion.bridge.suggestions import known_words, suggest
from dreamfusion.engine.run.korean_words import TRAITS


def test_the_shipped_priors_words():
    objects, colours = known_words()
    assert {"mug", "ice cream"} <= set(objects) and "red" in colours
    assert not any("on top" in name for name in objects)


@pytest.mark.parametrize(
    ("text", "among", "not_among"),
    [
        ("", "a mug", "mug"),
        ("a ", "a red", "a"),
        ("a re", "a red", "a green"),
        ("a red ", "a red mug", "a red blue"),
        ("a red mu", "a red mug", "a red duck"),
        ("A Red MU", "A Red mug", "a red mug"),
        ("A Red ", "A Red mug", "A Red blue"),
        ("a pink ice c", "a pink ice cream", "a pink ice cake"),
        ("the cu", "the cube", "the cup"),
    ],
)
def test_suggestions(text, among, not_among):
    assert among in suggest(text) and not_among not in suggest(text)


@pytest.mark.parametrize(
    ("text", "among", "not_among"),
    [
        ("빨", "빨간", "파란"),
        ("빨간 ", "빨간 머그컵", "빨간 파란"),
        ("빨간 머", "빨간 머그컵", "빨간 오리"),
        ("아이", "아이스크림", "아이"),
        ("갈색 의", "갈색 의자", "갈색 책"),
        ("빨간 눈사", "빨간 눈사람", "빨간 눈사"),
    ],
)
def test_suggestions_in_korean(text, among, not_among):
    for typed in (text, unicodedata.normalize("NFD", text)):
        assert among in suggest(typed) and not_among not in suggest(typed)


def test_the_language_of_the_interface_decides_while_nothing_is_typed():
    assert "머그컵" in suggest("", in_korean=True) and "a mug" in suggest("")
    assert suggest("a red du", in_korean=True) == ["a red duck"]
    assert all(suggestions.doubt(prompt) == "" for prompt in suggest("", in_korean=True))


@pytest.mark.parametrize("text", ["a red mug", "a red mug ", "a violin", "a violin ", "a red mug with a blue "])
def test_a_prompt_that_nothing_known_goes_on_from_is_left_alone(text):
    assert suggest(text) == []


def test_whatever_is_suggested_goes_on_from_what_was_typed():
    for text in ("a ", "a re", "a red m"):
        assert suggest(text) and all(prompt.startswith(text) and prompt != text for prompt in suggest(text))


@pytest.fixture
def more(tmp_path, monkeypatch):
    """Weights that were taught traits and pairs, too."""
    for file in ("toybox.json", "words.json"):
        card = json.loads((suggestions.WEIGHTS / file).read_text(encoding="utf-8"))
        if "known" in card:
            card["known"] += ["striped", "tall", "short", "beside"]
        (tmp_path / file).write_text(json.dumps(card), encoding="utf-8")
    monkeypatch.setattr(suggestions, "WEIGHTS", tmp_path)
    caches = known_words, suggestions.known_traits, suggestions._built_in_words
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.mark.parametrize(
    ("text", "among", "not_among"),
    [
        ("a st", "a striped", "a spotted"),  # which is not taught
        ("a ", "a tall", "a beside"),
        ("a striped ", "a striped red", "a striped striped"),
        ("a tall striped red m", "a tall striped red mug", "a tall striped red mug beside"),
        ("a red ", "a red mug", "a red tall"),
        ("a red mug ", "a red mug beside", "a red mug mug"),
        ("an ice c", "an ice cream", "an ice cream beside"),
        ("a red mug beside ", "a red mug beside a chair", "a red mug beside chair"),
        ("A red mug Beside a tall b", "A red mug Beside a tall blue", "A red mug Beside a tall beside"),
        ("a mug beside a chair ", "", "a mug beside a chair beside"),
        ("줄", "줄무늬", "점무늬"),
        ("줄무늬 빨간 머", "줄무늬 빨간 머그컵", "줄무늬 빨간 오리"),
        ("초록색 의자 옆", "초록색 의자 옆의", "초록색 의자 옆의 머그컵"),
        ("초록 의자 옆의 키큰 머", "초록 의자 옆의 키큰 머그컵", "초록 의자 옆의 키큰 오리"),
    ],
)
def test_traits_and_pairs_are_suggested_where_they_are_taught(more, text, among, not_among):
    found = suggest(text)
    assert not_among not in found and (among in found if among else found == [])
    mugs = (prompt for prompt in found if prompt.split()[-1] in ("mug", "머그컵"))
    assert all(suggestions._built_in_words().doubt(prompt) == "" for prompt in mugs)


def test_what_is_not_taught_is_not_suggested():
    taught = suggestions._built_in_words().known
    assert set(suggestions.known_traits()) == {*TRAITS, "beside"} & set(taught)


def test_a_prior_that_cannot_be_read_suggests_nothing(tmp_path, monkeypatch):
    known_words.cache_clear()
    monkeypatch.setattr(suggestions, "WEIGHTS", tmp_path)
    assert suggest("a re") == []
    known_words.cache_clear()


def test_words_that_the_built_in_prior_does_not_know_are_told():
    assert suggestions.doubt("a red wolf") == 'Toybox does not know "wolf" (try dog).'
    assert suggestions.doubt("a grey cup") == suggestions.doubt("") == ""


def test_a_vocabulary_that_cannot_be_read_doubts_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(suggestions, "WEIGHTS", tmp_path)
    for cache in (suggestions.doubt, suggestions._built_in_words):
        cache.cache_clear()
    assert suggestions.doubt("a wug") == ""
    suggestions.doubt.cache_clear()
