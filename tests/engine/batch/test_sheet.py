"""The contact sheet: whatever a prompt holds stays text, and a picture that is none leaves a gap."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from engine.batch.plan import BadLine, Task, folder_name
from engine.batch.sheet import PAGE, PICTURE, Row, page, tiles, write_sheet
from engine.run.folder import preview_path
from engine.run.settings import RunSettings

ANY = st.text(st.characters(exclude_categories=("Cs",)))


def row(root: Path, prompt: str, status: str = "finished", score: float | None = None, seed: int = 0) -> Row:
    settings = RunSettings(prompt, seed=seed)
    return Row(Task(root / folder_name(settings), settings, 9), status, f"So it is: {prompt}", score)


class Seen(HTMLParser):
    """The tags and texts of a page, and where its links lead."""

    def __init__(self, text: str):
        super().__init__()
        self.tags, self.texts, self.links = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [value for name, value in attributes if name in ("href", "src")]

    def handle_data(self, data):
        self.texts.append(data)


@given(ANY, ANY)
def test_no_prompt_and_no_sentence_becomes_markup(prompt, sentence):
    root = Path("library")
    rows, bad = [row(root, prompt)], [BadLine(3, sentence)]
    plain = Seen(page(root, [row(root, "a mug")], [None], [BadLine(3, "no")], "heading", grows=False))
    seen = Seen(page(root, rows, [None], bad, "heading", grows=False))
    assert seen.tags == plain.tags
    lines = "".join(seen.texts).replace("\r", "\n")
    assert prompt.replace("\r", "\n") in lines and f"Line 3: {sentence}".replace("\r", "\n") in lines


def test_the_page_needs_nothing_from_elsewhere_and_is_read_again_while_it_grows(tmp_path):
    one = row(tmp_path, "a mug")
    one.task.folder.mkdir()
    Image.new("RGB", (96, 96), "red").save(preview_path(one.task.folder))
    text = page(tmp_path, [one], [preview_path(one.task.folder)], [], "1 of 1", grows=True)
    links = Seen(text).links
    assert len(links) == 2 and all((tmp_path / unquote(link)).exists() for link in links)
    assert "refresh" in text and "refresh" not in page(tmp_path, [one], [None], [], "1 of 1", grows=False)


def test_both_files_show_score_status_and_picture(tmp_path):
    rows = [row(tmp_path, "a mug", score=0.987), row(tmp_path, "a cone", "failed", seed=3), row(tmp_path, "wug")]
    for each, colour in zip(rows, ("red", "lime", "blue"), strict=True):
        each.task.folder.mkdir()
        Image.new("RGB", (96, 96), colour).save(preview_path(each.task.folder))
    preview_path(rows[1].task.folder).write_bytes(b"\x89PNG no picture")
    write_sheet(tmp_path, rows, [], "2 of 3 done.", grows=False)
    text = (tmp_path / PAGE).read_text(encoding="utf-8")
    assert "F-score 0.99" in text and "seed 3, failed" in text and "2 of 3 done." in text
    colours = Image.open(tmp_path / PICTURE).getcolors(1 << 20)
    counts = {colour: count for count, colour in colours}
    assert counts[255, 0, 0] == counts[0, 0, 255] == 144 * 144 and (0, 255, 0) not in counts


@pytest.mark.parametrize("count", [1, 5, 26, 120])
def test_the_picture_has_about_as_many_columns_as_lines(tmp_path, count):
    size = tiles([row(tmp_path, "a mug")] * count, [None] * count).size
    columns, lines = (size[0] - 28) // 156, (size[1] - 28) // 196
    assert columns * lines >= count > columns * (lines - 1) and (columns == 5 or lines <= columns)
