"""Who may know of whom: the contracts of [tool.importlinter] in pyproject.toml."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parents[2]


def test_nobody_knows_of_whom_they_should_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    """The repository's root is a package in Blender, whatever its folder is called: here it is `extension`."""
    extension = tmp_path / "extension"
    for room in ("bridge", "engine", "operators", "panels"):
        copytree(ROOT / room, extension / room, ignore=ignore_patterns("__pycache__", "weights"))
    for file in ROOT.glob("*.py"):
        (extension / file.name).write_bytes(file.read_bytes())
    monkeypatch.syspath_prepend(tmp_path)
    broken = lint_imports(str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True)
    assert not broken, capsys.readouterr().out
