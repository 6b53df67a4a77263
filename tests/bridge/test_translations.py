"""All that an artist reads has a Korean translation: what is drawn, and whole sentences, found in the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from dreamfusion.bridge.translations import in_korean, korean
from hypothesis import given
from hypothesis import strategies as st

from engine.run import exits
from engine.run.state import RunState, status

ROOT = Path(__file__).resolve().parents[2]
SHELLS = {
    "__main__.py", "console.py", "doctor.py", "sample.py", "distill2d.py", "overrides.py", "curve.py", "library.py",
    "looks.py",
}
"""Files of the engine whose sentences are for those who use it in a terminal."""
BLENDERS = [file for room in (".", "bridge", "operators", "panels") for file in sorted((ROOT / room).glob("*.py"))]
ENGINES = [
    file for room in (".", "run", "setup", "guidance", "guidance/priors", "meshing", "session", "team", "cluster")
    for file in sorted((ROOT / "engine" / room).glob("*.py"))
    if file.name not in SHELLS and file != ROOT / "engine" / "settings.py"
]  # fmt: skip
DRAWN = {"text", "title", "confirm_text", "placeholder", "heading"}
"""Arguments that Blender draws; names and descriptions are asked of Blender itself, in tests/blender."""
SPOKEN = {"translate", "draw_sentence", "report", "label", "poll_message_set", "Mend"}
"""Functions and tuples whose strings are drawn."""
IDENTIFIER = "[A-Z_]+[0-9]?|[a-z._]+"
"""Icons, names of properties and of operators."""
VALUE = "7"
"""What stands for any value, in words or digits."""
LOGGED = (
    "No GPU that torch", "A step's views are looked at", "The set-up's ", "A step takes about",
    "To fit into the device",
)
"""How sentences begin that are printed to a log alone."""
COMPOSED = {f"{VALUE}: {VALUE}."}
"""Sentences that are made of others alone."""


def literal(node: ast.AST) -> str | None:
    """The text of a string, with VALUE for its values; None for what is none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else VALUE for part in node.values)
    return None


def strings(node: ast.AST) -> Iterator[str]:
    """The strings below a node, without docstrings and the pieces of others."""
    for child in ast.iter_child_nodes(node):
        text = literal(child)
        if text is None:
            yield from strings(child)
        elif not isinstance(node, ast.Expr):
            yield text
            for value in getattr(child, "values", ()):
                if isinstance(value, ast.FormattedValue):
                    yield from strings(value)


def sentences(file: Path) -> set[str]:
    """Whole sentences; those that are made of others are said below."""
    found = strings(ast.parse(file.read_text(encoding="utf-8")))
    whole = {text for text in found if re.match(r"[A-Z7].* .*\.$", text, re.DOTALL)} - COMPOSED
    return {text for text in whole if not text.startswith(LOGGED)}


def drawn(file: Path) -> set[str]:
    """What is given to Blender to draw, and what its classes are called."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            function = getattr(node.func, "attr", getattr(node.func, "id", ""))
            values = [keyword.value for keyword in node.keywords if keyword.arg in DRAWN]
            values += node.args if function in SPOKEN else []
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("bl_label", "bl_category"):
            values = [node.value]
        else:
            continue
        found |= {text for value in values for text in strings(ast.Module([value], []))}
    return {text for text in found if re.search("[A-Za-z]{2}", text) and not re.fullmatch(IDENTIFIER, text)}


def check(texts: set[str]) -> None:
    lacking = sorted(text for text in texts if in_korean(text) == text and text not in korean())
    assert not lacking, f"add to bridge/korean.json, {VALUE} being a value:\n" + "\n".join(map(repr, lacking))


@pytest.mark.parametrize("file", BLENDERS, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_blender_draws_is_translated(file):
    check(drawn(file) | sentences(file))


@pytest.mark.parametrize("file", ENGINES, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_the_engine_tells_an_artist_is_translated(file):
    check(sentences(file))


PROBLEMS = st.none() | st.just("The checkpoint is missing or broken: press Generate to begin anew.")
STAGES = (
    "starting", "waiting for a worker", "loading prior", "looking up prior", "downloading prior", "optimising",
    "meshing",
)
STATES = st.builds(
    RunState,
    stage=st.sampled_from(STAGES), step=st.integers(0, 10**6), steps=st.integers(0, 10**6),
    remaining=st.none() | st.floats(0, 10**6), paused=st.booleans(), newest_snapshot=st.none() | st.integers(0, 10**6),
    empty=st.booleans(), error=PROBLEMS, done=st.none() | st.sampled_from(["finished", "stopped", "abandoned"]),
)  # fmt: skip
ENDS = [*exits.SENTENCES, *(-signal for signal in exits.SIGNALS), *exits.WINDOWS_STATUSES, -63, 99]


@given(STATES, st.none() | st.booleans(), st.none() | st.sampled_from(ENDS))
def test_wherever_a_run_stands_no_english_is_left(state, alive, code):
    said = in_korean(status(state, alive, code)[1])
    left = re.sub(r"engine\.log|Ray|Blender|Python|Hugging Face|" + re.escape(str(exits.REQUIREMENTS)), "", said)
    assert not re.search("[A-Za-z]", left), said


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("Optimising: step 1,250 of 3,000, 1 h 5 min left.", "최적화 중: 1,250/3,000 단계, 1시간 5분 남았습니다."),
        (
            "Stopped at step 3 of 9 because Blender closed: Resume continues from there.",
            "Blender가 닫혀 3/9 단계에서 정지했습니다: 재개하면 거기서 이어집니다.",
        ),
        (
            "Fetching packages (3 of 4), 120 MB of about 400 MB, 42 s left.",
            "패키지를 받는 중 (3/4), 약 400 MB 중 120 MB, 42초 남음.",
        ),
        (
            "Downloading the prior: 0.12 of 2.00 GB (6%), 3.1 MB/s, 7 min left.",
            "사전 모델을 내려받는 중: 2.00 GB 중 0.12 GB (6%), 초당 3.1 MB, 7분 남음.",
        ),
        (
            "There is no mesh in /a: b yet: press Resume or Generate to have one made.",
            "/a: b에 아직 메쉬가 없습니다: 재개나 생성을 눌러 만드세요.",
        ),
        (
            'Toybox does not know "강아지" (try 고양이) or "hat" (try crown).',
            'Toybox가 모르는 말: "강아지" (혹시 고양이?), "hat" (혹시 crown?).',
        ),
        ('Toybox does not know "w", "x" or 2 more.', 'Toybox가 모르는 말: "w", "x" 외 2개.'),
        ("What nobody wrote down, {or} said, stays.", "What nobody wrote down, {or} said, stays."),
    ],
)
def test_values_take_their_places(said, sentence):
    assert in_korean(said) == sentence


def test_every_place_of_a_sentence_is_one_of_the_pattern():
    for said, sentence in korean().items():
        assert set(re.findall(r"\{(\w+)\}", sentence)) <= set(re.findall(r"\{(\w+)\}", said)), said


@given(st.text(max_size=2000))
def test_any_text_is_answered(text):
    assert isinstance(in_korean(text), str)
