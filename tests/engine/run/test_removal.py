"""Only runs are deleted, and only in the folder of runs."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from engine.run.lock import sole_engine
from engine.run.removal import NotDeleted, delete_run
from engine.run.settings import RunSettings, write_settings


@pytest.fixture
def root(tmp_path) -> Path:
    """A folder of runs with one run, beside a folder that is as good as one."""
    for folder in (tmp_path / "runs" / "mug", tmp_path / "elsewhere"):
        folder.mkdir(parents=True)
        write_settings(folder, RunSettings("a mug"))
        (folder / "snapshots").mkdir()
        (folder / "snapshots" / "kept").touch()
    return tmp_path / "runs"


def everything(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*"))


def test_a_run_is_deleted_whole(root):
    delete_run(root, "mug")
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("name", ["", ".", "..", "../elsewhere", "mug/snapshots", "mug/", "gone", "photos", "a file"])
def test_nothing_else_is_deleted(root, name):
    (root / "photos").mkdir()
    (root / "a file").touch()
    before = everything(root.parent)
    for told in (name, str(root.parent / "elsewhere")):
        with pytest.raises(NotDeleted):
            delete_run(root, told)
    assert everything(root.parent) == before


def test_a_run_that_is_worked_on_stays(root):
    with sole_engine(root / "mug"):
        before = everything(root)
        with pytest.raises(NotDeleted, match="being worked on: stop it first"):
            delete_run(root, "mug")
        assert everything(root) == before


def refuse(*_, **__) -> None:
    raise PermissionError(errno.EACCES, "Permission denied")


def test_a_run_that_somebody_has_open_stays_whole(root, monkeypatch):
    """As on Windows."""
    before = everything(root)
    monkeypatch.setattr(os, "rename", refuse)
    words = r"^The run mug cannot be deleted \(Permission denied\): close what shows its files\.$"
    with pytest.raises(NotDeleted, match=words):
        delete_run(root, "mug")
    monkeypatch.undo()
    assert everything(root) == before


def test_what_stays_of_a_run_is_named_and_is_no_run_any_more(root, monkeypatch):
    monkeypatch.setattr(os, "rmdir", refuse)
    with pytest.raises(NotDeleted) as caught:
        delete_run(root, "mug")
    aside = root / ".mug.deleted"
    assert str(caught.value).endswith(f"(Permission denied): delete {aside} by hand.")
    assert list(root.iterdir()) == [aside] and aside.is_dir()


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_links_are_not_followed(root):
    elsewhere = root.parent / "elsewhere"
    (root / "link").symlink_to(elsewhere)
    (root / "mug" / "inside").symlink_to(elsewhere)
    before = everything(elsewhere)
    with pytest.raises(NotDeleted, match="link to another place"):
        delete_run(root, "link")
    delete_run(root, "mug")
    assert everything(elsewhere) == before and (root / "link").is_symlink()
