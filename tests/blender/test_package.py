"""What the zip holds: the extension, the engine with the list of its packages, the Toybox weights, and nothing else."""

from __future__ import annotations

import zipfile

import pytest

pytestmark = pytest.mark.blender

FILES = {"blender_manifest.toml", "__init__.py", "__main__.py", "preferences.py", "properties.py", "LICENSE"}
FOLDERS = {"bridge", "engine", "operators", "panels", "requirements"}


@pytest.fixture(scope="module")
def names(extension) -> list[str]:
    """Paths in the zip that is installed."""
    with zipfile.ZipFile(next(extension.user_folder.glob("dreamfusion-*.zip"))) as package:
        return package.namelist()


def test_only_what_belongs_to_the_extension_is_in_it(names):
    assert {name.split("/")[0] for name in names} == FILES | FOLDERS


def test_the_engine_and_its_prior_are_in_it(names):
    assert "engine/__main__.py" in names
    assert any(name.startswith("engine/toybox/weights/") and name.endswith(".safetensors") for name in names)


def test_no_cache_and_no_hidden_file_is_in_it(names):
    assert not [
        name for name in names if "__pycache__" in name or "/." in name or name.endswith((".pyc", ".log", ".pt"))
    ]
