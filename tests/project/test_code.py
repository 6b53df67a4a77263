"""The code keeps its size, and everything public says what it is."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("benchmarks", "bridge", "engine", "operators", "panels", "tests", "tools")
FILES = [*ROOT.glob("*.py"), *(file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py")))]
WIDTH = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["line-length"]
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public(node: ast.Module | ast.ClassDef) -> Iterator[Definition]:
    """The functions and classes of a module, and the methods of these, whose names have no underscore in front."""
    for definition in node.body:
        if isinstance(definition, Definition) and not definition.name.startswith("_"):
            yield definition
            if isinstance(definition, ast.ClassDef):
                yield from public(definition)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_files_and_functions_are_short_and_documented(file: Path):
    text = file.read_text(encoding="utf-8")
    module = ast.parse(text)
    assert len(text.splitlines()) <= 300
    assert [line for line in text.splitlines() if len(line) > WIDTH and " " in line.strip()] == []
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [function.name for function in functions if function.end_lineno - function.lineno >= 60] == []
    if "tests" not in file.parts:
        assert ast.get_docstring(module)
        assert [definition.name for definition in public(module) if not ast.get_docstring(definition)] == []
