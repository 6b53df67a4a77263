"""What a file asks for: a prompt a line, or CSV or JSON lines with the settings of each run."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from engine.overrides import read_value
from engine.run.exits import clause
from engine.run.settings import RunSettings, SettingsError

FIELDS = {known.name: known.type for known in fields(RunSettings)}
"""The settings of a run, and their types as they are written. Any other name is one of the engine's own settings."""
DELIMITERS = ",;\t"
"""What may stand between a table's columns: spreadsheets of some countries write semicolons."""


@dataclass(frozen=True)
class Line:
    """One line of the file that asks for something."""

    number: int
    """In the file, from 1."""
    asked: dict[str, Any]
    """What it says, by the names of settings; nothing is checked yet."""
    problem: str = ""
    """One sentence, if it cannot be read."""


def read_lines(file: Path) -> list[Line]:
    """The lines of a file that are not blank, the kind of file being told by its suffix.

    Raises SettingsError if it is of another kind, or a table whose first line names no prompt; OSError.
    """
    if file.suffix.lower() not in KINDS:
        raise SettingsError(f"{file} is not a supported file type: choose one of {', '.join(KINDS)}.")
    # What is no UTF-8 is kept for `_read` to find, so that it costs one line and not the file.
    text = file.read_bytes().decode("utf-8-sig", "surrogateescape")
    numbered = enumerate(io.StringIO(text, newline=None), start=1)
    return list(KINDS[file.suffix.lower()]((number, line.rstrip("\n")) for number, line in numbered if line.strip()))


Numbered = Iterator[tuple[int, str]]


def _prompts(lines: Numbered) -> Iterator[Line]:
    return (_read(number, text, lambda text: {"prompt": text}) for number, text in lines)


def _objects(lines: Numbered) -> Iterator[Line]:
    return (_read(number, text, _object) for number, text in lines)


def _object(text: str) -> dict[str, Any]:
    asked = json.loads(text)
    if not isinstance(asked, dict):
        raise ValueError("it is not a JSON object")
    return asked


def _table(lines: Numbered) -> Iterator[Line]:
    """Rows under the names of their columns, in any order; each is one line, so that a lost quote costs one row."""
    _, first = next(lines, (1, ""))
    delimiter = max(DELIMITERS, key=first.count)
    try:
        names = [name.strip().lower() for name in _cells(first, delimiter)]
    except csv.Error:
        names = []
    if "prompt" not in names:
        raise SettingsError("The table's first line names no column prompt: write the names of the settings there.")
    for number, text in lines:
        if text.strip(f" {delimiter}"):  # spreadsheets keep rows of empty cells
            yield _read(number, text, lambda text: _row(names, _cells(text, delimiter)))


def _cells(text: str, delimiter: str) -> list[str]:
    return next(csv.reader([text], delimiter=delimiter, strict=True), [])


def _row(names: list[str], cells: list[str]) -> dict[str, Any]:
    """The cells that are not empty."""
    if len(cells) > len(names):
        raise ValueError(f"it has {len(cells)} cells for {len(names)} columns: put a prompt with commas in quotes")
    filled = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if cell.strip()}
    return {name: cell if FIELDS.get(name) == "str" else read_value(cell) for name, cell in filled.items()}


def _read(number: int, text: str, parse: Callable[[str], dict[str, Any]]) -> Line:
    try:
        if re.search("[\0\ud800-\udfff]", text):
            raise ValueError("it is not valid UTF-8: save the file as UTF-8")
        return Line(number, parse(text))
    except (ValueError, RecursionError, csv.Error) as error:
        return Line(number, {}, f"It cannot be read ({clause(error)}).")


KINDS = {".txt": _prompts, ".csv": _table, ".jsonl": _objects}
