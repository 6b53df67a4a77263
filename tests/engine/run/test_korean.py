"""Korean prompts mean to the built-in prior what the English ones do, for all that it was taught."""

import random
import re
import unicodedata

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.run import korean
from engine.run import korean_words as table
from engine.run.folder import slug
from engine.run.settings import clean_prompt
from engine.run.words import LONGEST_NAMED
from engine.toybox.captions import VIEWS, phrase
from engine.toybox.catalogue import OBJECTS, TAUGHT
from engine.toybox.colours import COLOURS
from engine.toybox.shown import TRAITS, Shown
from engine.toybox.words import vocabulary
from tests.engine.toybox.few import FEW_COLOURS, FEW_OBJECTS

WORDS = vocabulary(FEW_OBJECTS, FEW_COLOURS)
"""Of a prior that knows less."""
EVERYTHING = vocabulary(OBJECTS, COLOURS, TRAITS)
SINGLE = sorted(name for name in OBJECTS if not OBJECTS[name].composed)
UNTAUGHT = sorted(set(OBJECTS) - set(TAUGHT))
STACKS = sorted(name for name in TAUGHT if OBJECTS[name].composed)
COLOUR = st.sampled_from(sorted(COLOURS))


class Plain(random.Random):
    """The commonest way to say it: red mug, not mug that is red."""

    def random(self):
        return 0.5


def particle(word: str, after_consonant: str, after_vowel: str) -> str:
    return word + (after_consonant if (ord(word[-1]) - 0xAC00) % 28 else after_vowel)


def listed(words: str) -> list[str]:
    return [word.strip() for word in words.split(",")]


def english(name: str, main: str | None, accent: str | None = None) -> str:
    return "a " + phrase(Shown(name, main, accent), Plain())


def same(said: str, meant: str, name: str = "mug") -> None:
    """The same words go to a prior that knows everything, and to the shipped one where it was taught the object, in
    every view, and nothing is doubted."""
    for words in (EVERYTHING, WORDS) if name in FEW_OBJECTS else (EVERYTHING,):
        for suffix in ("", *(f", {view} view, unlit" for view in VIEWS)):
            assert words.understand(said + suffix) == words.understand(meant + suffix)
        assert words.doubt(said) == ""
        assert words.understand(unicodedata.normalize("NFD", said)) == words.understand(meant)


def test_the_tables_are_of_all_that_can_be_taught():
    assert set(table.OBJECTS) == set(SINGLE) and set(table.COLOURS) == set(COLOURS)
    assert {name: OBJECTS[name].accent for name in SINGLE if OBJECTS[name].accent} == table.PART_OF
    assert set(table.PARTS) == set(table.PART_OF.values()) and set(table.VIEWS) == set(VIEWS)
    assert {*table.TRAITS, *table.ON} == {*TRAITS, "on top of"}
    known = [word for words in (table.OBJECTS | table.TRAITS).values() for word in listed(words)]
    assert len(known) == len(set(known)), "each means one thing"
    assert set(table.NEAR) <= set(SINGLE)
    assert all(thing != korean.THINGS.get(said) for said, thing in korean.AKIN), "a thing is not akin to itself"


@pytest.mark.parametrize("name", SINGLE)
def test_every_object_in_every_colour(name):
    for said in listed(table.OBJECTS[name]):
        same(said, english(name, None), name)
        meant, red = (EVERYTHING.understand(english(name, colour)) for colour in (None, "red"))
        assert EVERYTHING.understand(f"{particle(said, '을', '를')} 만들어 주세요") == meant
        for gap in range(1, len(said)):
            assert EVERYTHING.understand(f"빨간 {said[:gap]} {said[gap:]}") == red
    for colour in COLOURS:
        said = f"{korean.name(colour)} {korean.name(name)}"
        same(said, english(name, colour), name)
        same(f"{said}의 DSLR 사진", english(name, colour).replace("a ", "a DSLR photo of a ", 1), name)


@pytest.mark.parametrize("colour", sorted(COLOURS))
def test_every_form_of_every_colour(colour):
    for form in listed(table.COLOURS[colour]):
        bare = [] if form in table.NEED_COLOUR else [form]
        for said in (*bare, f"{form}색", f"{form} 색", f"{form}색의", f"{form}색인", f"{form}색깔", f"{form}색으로 된"):
            same(f"{said} 머그컵", f"a {colour} mug")
            same(f"연한 {said} 머그컵", f"a {colour} mug")
        same(f"머그컵, {form}색", f"a mug, a {colour}")
        same(f"머그컵 {form}색", f"a {colour} mug")


@pytest.mark.parametrize("trait", sorted(table.TRAITS))
def test_every_form_of_every_trait(trait):
    for form in listed(table.TRAITS[trait]):
        for said, meant in (
            (f"{form} 머그컵", f"a {trait} mug"), (f"{form} 빨간 머그컵", f"a {trait} red mug"),
            (f"빨간 {form} 머그컵", f"a red {trait} mug"), (f"{form} mug", f"a {trait} mug"),
            (f"노란 손잡이가 달린 {form} 파란 머그컵", f"a {trait} blue mug with a yellow handle"),
        ):
            for written in (said, unicodedata.normalize("NFD", said), said.replace(" ", "")):
                assert EVERYTHING.understand(written) == meant
            assert EVERYTHING.doubt(said) == ""
        typed = form.replace(" ", "")
        assert WORDS.doubt(f"{form} 빨간 머그컵").startswith(f'Toybox does not know "{typed}"')


@pytest.mark.parametrize("name", [name for name in SINGLE if OBJECTS[name].accent])
@settings(max_examples=12)
@given(main=COLOUR, accent=COLOUR, closed=st.booleans(), data=st.data())
def test_every_part(name, main, accent, closed, data):
    meant = english(name, main, accent)
    thing = f"{korean.name(main)} {data.draw(st.sampled_from(listed(table.OBJECTS[name])))}"
    part = data.draw(st.sampled_from(listed(table.PARTS[OBJECTS[name].accent])))
    own = f"{korean.name(accent)} {part}"
    subject = particle(own, "이", "가")
    verb = data.draw(st.sampled_from(listed(table.HAVING)[:8]))
    said = data.draw(st.sampled_from([
        f"{subject} {verb} {thing}", f"{own}의 {thing}", f"{particle(own, '을', '를')} 가진 {thing}",
        f"{particle(part, '이', '가')} {korean.name(accent)} {thing}", f"{particle(thing, '과', '와')} {own}",
    ]))  # fmt: skip
    same(said.replace(" ", "") if closed else said, meant, name)


@pytest.mark.parametrize("name", UNTAUGHT)
def test_what_the_shipped_prior_was_not_taught_is_named_as_it_was_typed(name):
    said = korean.name(name)
    assert EVERYTHING.doubt(f"빨간 {said}") == ""
    assert WORDS.doubt(f"빨간 {said}").startswith(f'Toybox does not know "{said}"')


@pytest.mark.parametrize("name", STACKS)
@given(main=COLOUR, accent=COLOUR, closed=st.booleans(), data=st.data())
def test_every_stack(name, main, accent, closed, data):
    upper, lower = re.fullmatch(r"(\w+) on top of a (\w+)", name).groups()
    above, below = (
        f"{korean.name(colour)} {data.draw(st.sampled_from(listed(table.OBJECTS[solid])))}"
        for colour, solid in ((main, upper), (accent, lower))
    )
    on_it = data.draw(st.sampled_from(["위의", "위에 있는", "위에 놓인", "위", "위에", "꼭대기에 올려진"]))
    said = data.draw(st.sampled_from([
        f"{below} {on_it} {above}", f"{below} 위에 {particle(above, '이', '가')} 있다",
        f"{particle(above, '이', '가')} {below} 위에 있다",
    ]))  # fmt: skip
    same(said.replace(" ", "") if closed else said, english(name, main, accent))


@pytest.mark.parametrize("beside", listed(table.ON["beside"]))
@given(main=COLOUR, other=COLOUR, left=st.sampled_from(SINGLE), right=st.sampled_from(SINGLE), data=st.data())
def test_every_pair(beside, main, other, left, right, data):
    one, two = (f"{korean.name(colour)} {korean.name(thing)}" for colour, thing in ((main, left), (other, right)))
    said = data.draw(st.sampled_from([
        f"{two} {beside}의 {one}", f"{two} {beside}에 있는 {one}", f"{particle(one, '이', '가')} {two} {beside}에 있다",
    ]))  # fmt: skip
    assume("종이" not in said)  # a bell as a subject is paper
    meant = EVERYTHING.understand(f"{english(left, main)} beside {english(right, other)}")
    assert EVERYTHING.understand(said) == meant and EVERYTHING.doubt(said) == ""
    typed = beside.replace(" ", "")
    assert WORDS.unknown(said)[0:1] != [] and typed in WORDS.unknown(said)


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("파란 공 위의 빨간 정육면체", "a red cube on top of a blue ball"),
        ("지붕이 빨간색인 하얀 집", "a white house with a red roof"),
        ("파란 자동차의 빨간 지붕", "a blue car with a red roof"),
        ("빨간 목도리를 두른 하얀 눈사람", "a white snowman with a red scarf"),
        ("초록 뚜껑의 빨간 병", "a red bottle with a green cap"),
        ("초록 뚜껑의 빨간 주전자", "a red teapot with a green lid"),
        ("빨간 공과 파란 상자", "a red ball and a blue cube"),
        ("하늘색 비행기", "a blue aeroplane"),
        ("은색 로봇", "a white robot"),
        ("우리 집 고양이 한 마리 그려 줘", "a house and a cat"),
        ("공 두 개", "a ball and a 두개"),
        ("여러 개의 공", "a 여러개 ball"),
        ("한 개의 공", "a ball"),
        ("빨간 mug", "a red mug"),
        ("a 빨간 mug", "a red mug"),
        ("red 머그컵!", "a red mug"),
        ("노란 handle이 달린 grey cup", "a gray mug with a yellow handle"),
        ("blue cup with 노란 손잡이", "blue mug with yellow handle"),
        ("빨간 머그컵, 옆모습", "a red mug, side view"),
    ],
)
def test_what_people_say(said, understood):
    assert WORDS.understand(said) == understood
    assert WORDS.understand(understood) == understood


@pytest.mark.parametrize(
    ("said", "doubt"),
    [
        ("빨간 강아지", 'Toybox does not know "강아지" (try 고양이).'),
        ("빨간 강아지가 달린 모자", 'Toybox does not know "강아지" (try 고양이) or "모자" (try 왕관).'),
        ("빨간 머그켭", 'Toybox does not know "머그켭" (try 머그컵).'),
        ("바이올린과 violin", 'Toybox does not know "바이올린과" or "violin".'),
        ("성공", 'Toybox does not know "성공".'),
        ("가위", 'Toybox does not know "가위".'),
        ("나무 의자", 'Toybox does not know "나무의자" (try 의자).'),
        ("연한 공", 'Toybox does not know "연한".'),
        ("빨간색", "The prompt names no object that Toybox knows."),
    ],
)
def test_what_is_not_known_is_named_as_it_was_typed(said, doubt):
    assert WORDS.doubt(said) == WORDS.doubt(unicodedata.normalize("NFD", said)) == doubt


SYLLABLES = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)
TYPED = st.lists(st.sampled_from([*sorted(korean.ENTRIES)[::40], " ", ",", "with", "ㅋ", "의"]) | SYLLABLES, max_size=300)


@given(TYPED.map("".join))
def test_whatever_is_typed_is_read_and_doubted_in_one_short_line(said):
    understood, doubt = WORDS.understand(said), WORDS.doubt(said)
    assert WORDS.understand(clean_prompt(said)) == understood
    assert len(doubt) <= 60 + 2 * (LONGEST_NAMED + 10) and "\n" not in doubt


def test_what_is_akin_depends_on_what_was_taught():
    assert WORDS.nearest("늑대") == "고양이" and EVERYTHING.nearest("늑대") == "개"
    assert WORDS.nearest("머그켭") == EVERYTHING.nearest("머그켭") == "머그컵"
    assert WORDS.nearest("코키리") is None and EVERYTHING.nearest("코키리") == "코끼리"


def test_folders_are_named_in_english():
    assert slug("노란 손잡이가 달린 파란 머그컵") == "a-blue-mug-with-a-yellow-handle"
    assert slug("바이올린") == "a" and slug("🦆") == ""
    assert clean_prompt(unicodedata.normalize("NFD", "빨간 머그컵")) == "빨간 머그컵"


def test_a_colour_that_needs_the_word_colour_is_suggested_with_it():
    assert korean.nearest("초콜릿", lambda _: True) == "초콜릿색"
