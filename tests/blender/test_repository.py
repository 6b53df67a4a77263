"""The extension from its repository, as a Blender that was given its address installs and updates it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VISITOR = """
import importlib
import sys

import bpy

address, wanted = sys.argv[1:]
bpy.context.preferences.system.use_online_access = True
repositories = bpy.context.preferences.extensions.repos
if not any(repository.remote_url == address for repository in repositories):
    bpy.ops.preferences.extension_repo_add(name="Dreamfusion", remote_url=address, type="REMOTE")
number = next(number for number, repository in enumerate(repositories) if repository.remote_url == address)
module = f"bl_ext.{repositories[number].module}.dreamfusion"
bpy.ops.extensions.repo_sync(repo_index=number)
if module in bpy.context.preferences.addons:
    bpy.ops.extensions.package_upgrade_all()
else:
    bpy.ops.extensions.package_install(repo_index=number, pkg_id="dreamfusion", enable_on_install=True)
bpy.ops.wm.save_userpref()
version = importlib.import_module(f"{module}.engine").__version__
assert hasattr(bpy.types.Scene, "dream") and version == wanted, version
"""
"""Adds a repository and installs from it; where that was done before, updates."""

pytestmark = pytest.mark.blender


def make_repository(checkout: Path, folder: Path) -> None:
    """What `make repository` does there."""
    command = [sys.executable, checkout / "tools" / "repository.py", "--bpy", sys.prefix, "--output", folder]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def visit(folder: Path, user_folder: Path, wanted: str) -> None:
    """Have a Blender of its own install or update from the repository, and find that version."""
    script = user_folder / "visitor.py"
    script.write_text(VISITOR, encoding="utf-8")
    environment = os.environ | {"BLENDER_USER_RESOURCES": str(user_folder)}
    command = [sys.executable, script, (folder / "index.json").as_uri(), wanted]
    answer = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=120)
    assert answer.returncode == 0 and "Traceback" not in answer.stderr, answer.stdout + answer.stderr


def test_a_repository_installs_this_version_and_updates_to_the_next(tmp_path):
    repository, next_one, user_folder = tmp_path / "a repository", tmp_path / "next", tmp_path / "user"
    user_folder.mkdir()
    make_repository(ROOT, repository)
    version = json.loads((repository / "index.json").read_text(encoding="utf-8"))["data"][0]["version"]
    link = f"dreamfusion-{version}.zip?repository=.%2Findex.json&blender_version_min=4.2.0"
    assert link in (repository / "index.html").read_text(encoding="utf-8")
    visit(repository, user_folder, version)

    shutil.copytree(ROOT, next_one, ignore=shutil.ignore_patterns(".*", "tests", "docs", "dist", "demo", "runs"))
    for file in ("blender_manifest.toml", "engine/__init__.py"):
        text = (next_one / file).read_text(encoding="utf-8")
        assert version in text
        (next_one / file).write_text(text.replace(version, "0.9.0"), encoding="utf-8")
    make_repository(next_one, repository)
    visit(repository, user_folder, "0.9.0")
