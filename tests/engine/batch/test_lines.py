"""What a file asks for, in each of its kinds; a line that cannot be read costs nothing but itself."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.batch.lines import Line, read_lines
from engine.run.settings import SettingsError

WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs")), min_size=1)


@pytest.fixture
def read(tmp_path):
    def read(name: str, content: str | bytes) -> list[Line]:
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return read_lines(tmp_path / name)

    return read


@given(st.lists(WORDS, max_size=5))
def test_every_line_of_a_text_is_a_prompt(tmp_path_factory, prompts):
    file = tmp_path_factory.mktemp("lines") / "prompts.txt"
    file.write_text("".join(f"{prompt}\n\n" for prompt in prompts), encoding="utf-8", newline="\r\n")
    assert read_lines(file) == [Line(1 + 2 * place, {"prompt": prompt}) for place, prompt in enumerate(prompts)]


ROWS = st.lists(st.tuples(WORDS, st.integers(0, 99), st.sampled_from(["draft", ""])), max_size=5)


@given(ROWS, st.sampled_from(",;\t"))
def test_a_table_has_the_names_of_settings_over_its_columns(tmp_path_factory, rows, delimiter):
    file, text = tmp_path_factory.mktemp("lines") / "prompts.csv", io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([("Prompt", "seed", "preset", "guidance.scale"), *rows])
    file.write_bytes(text.getvalue().encode("utf-8-sig"))
    asked = [
        Line(place, {"prompt": prompt, "seed": seed} | ({"preset": preset} if preset else {}))
        for place, (prompt, seed, preset) in enumerate(rows, start=2)
    ]
    assert read_lines(file) == asked


def test_cells_are_text_numbers_or_json_as_their_setting_wants(read):
    asked = read("a.csv", 'prompt,start,steps,views,guidance.method,resolutions\n007,12,3,4,csd,"[[0, 16]]"\n,,,,,\n')
    assert asked == [
        Line(2, {
            "prompt": "007", "start": "12", "steps": 3, "views": 4, "guidance.method": "csd", "resolutions": [[0, 16]]
        })
    ]  # fmt: skip


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text(), max_size=4))
def test_an_object_a_line(tmp_path_factory, asked):
    file = tmp_path_factory.mktemp("lines") / "prompts.jsonl"
    file.write_text(f"\n{json.dumps(asked)}\n", encoding="utf-8")
    assert read_lines(file) == [Line(2, asked)]


@pytest.mark.parametrize(
    "name, content, problem",
    [
        ("a.txt", b"caf\xe9\n", "it is not valid UTF-8"),
        ("a.txt", "caf\0e\n", "it is not valid UTF-8"),
        ("a.csv", 'prompt\n"a mug\n', "unexpected end of data"),
        ("a.csv", "prompt\na cube, on top of a ball\n", "2 cells for 1 columns: put a prompt with commas in quotes"),
        ("a.jsonl", '{"prompt": "a mug"\n', "Expecting"),
        ("a.jsonl", '["a mug"]\n', "it is not a JSON object"),
        ("a.jsonl", "[" * 100_000 + "\n", "cannot be read"),
    ],
)
def test_a_bad_line_is_named_and_the_next_one_read(read, name, content, problem):
    good = {"txt": "a cone", "csv": "a cone", "jsonl": '{"prompt": "a cone"}'}[name.split(".")[1]]
    content = content if isinstance(content, bytes) else content.encode()
    *_, bad, after = read(name, content + good.encode())
    assert problem in bad.problem and bad.problem.endswith(".") and after.number == bad.number + 1
    assert after.asked == {"prompt": "a cone"} and not after.problem


def test_a_file_of_another_kind_or_without_prompts_is_refused(read):
    with pytest.raises(SettingsError, match="choose one of .txt, .csv, .jsonl"):
        read("a.xlsx", b"PK")
    with pytest.raises(SettingsError, match="names no column prompt"):
        read("a.csv", "a red mug\na blue mug\n")
    with pytest.raises(SettingsError, match="names no column prompt"):
        read("a.csv", '"prompt,seed\na red mug,1\n')
    assert read("a.csv", "prompt\n") == []
