"""The examples in docstrings print what they say."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in sorted((ROOT / "engine").rglob("*.py")) if re.search(r"^ +>>> ", path.read_text(encoding="utf-8"), re.M)
]  # fmt: skip


def test_there_are_some():
    assert len(MODULES) > 10


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true(name, capsys):
    found = doctest.testmod(importlib.import_module(name), optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert not found.failed, capsys.readouterr().out
