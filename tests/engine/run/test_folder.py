"""The run folder's names, and that importing engine.run needs nothing but the standard library and numpy."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.run import folder

MODULES = ("atomic", "commands", "events", "exits", "folder", "lock", "settings", "snapshots", "state", "tail")


def test_paths(tmp_path):
    assert folder.settings_path(tmp_path) == tmp_path / "settings.json"
    assert folder.events_path(tmp_path) == tmp_path / "events.jsonl"
    assert folder.commands_path(tmp_path) == tmp_path / "commands.jsonl"
    assert folder.preview_path(tmp_path) == tmp_path / "preview.png"
    assert folder.checkpoint_path(tmp_path) == tmp_path / "checkpoint"
    assert folder.log_path(tmp_path) == tmp_path / "engine.log"
    assert folder.snapshot_path(tmp_path, 250) == tmp_path / "snapshots" / "000250"
    assert folder.snapshot_path(str(tmp_path), 1_234_567).name == "1234567"


@given(st.text())
def test_slug_is_safe_on_every_file_system(prompt):
    slug = folder.slug(prompt)
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", slug)
    assert len(slug) <= folder.MAX_SLUG


@pytest.mark.parametrize(
    ("prompt", "slug"),
    [
        ("A Café, at night!", "a-cafe-at-night"),
        ("../../etc/passwd", "etc-passwd"),
        ("赤い車", ""),
        ("🚗", ""),
        ("a" * 5000, "a" * 32),
        ("a" * 31 + " b", "a" * 31),
    ],
)
def test_slug(prompt, slug):
    assert folder.slug(prompt) == slug


@pytest.mark.parametrize("prompt", ["a red car", "CON", "nul.txt", "", "赤い車", "C:\\x", "x" * 5000, "\n\udc80"])
def test_new_run_folder_is_fresh_and_short(tmp_path, prompt):
    root = tmp_path / "not" / "yet"
    first, second = folder.new_run_folder(root, prompt), folder.new_run_folder(root, prompt)
    assert first != second
    for path in (first, second):
        assert path.parent == root and path.is_dir() and not list(path.iterdir())
        assert re.fullmatch(r"\d{8}-\d{6}(-[a-z0-9]+)*", path.name)
        assert len(path.name) <= 60


def test_new_run_folder_raises_where_it_cannot_create(tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(OSError):
        folder.new_run_folder(tmp_path / "file", "a car")


def test_imports_neither_torch_nor_anything_else():
    """A bare interpreter that sees only the standard library, numpy and engine/ can import all of engine.run."""
    code = (
        f"import sys; before = set(sys.modules); from engine.run import {', '.join(MODULES)}\n"
        "new = [name for name in set(sys.modules) - before if getattr(sys.modules[name], '__file__', None)]\n"
        "print(*{name.split('.')[0] for name in new} - set(sys.stdlib_module_names))"
    )
    root = Path(engine.__file__).parents[1]
    result = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, encoding="utf-8", check=True)
    assert set(result.stdout.split()) == {"engine", "numpy"}


def test_imports_as_part_of_another_package(tmp_path):
    """As in Blender, where engine/ sits inside the extension's package and no top-level `engine` exists."""
    shutil.copytree(Path(engine.__file__).parent / "run", tmp_path / "extension" / "engine" / "run")
    shutil.copy(engine.__file__, tmp_path / "extension" / "engine")
    (tmp_path / "extension" / "__init__.py").write_text("", encoding="utf-8")
    code = f"from extension.engine.run import {', '.join(MODULES)}; import sys; assert 'engine' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
