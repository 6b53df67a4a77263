from __future__ import annotations

import os

import pytest

from engine.setup import place
from engine.setup.errors import SetupError


def made(environment, ready: bool):
    """An environment with a Python, and with its marker."""
    python = place.python_path(environment)
    python.parent.mkdir(parents=True)
    python.touch()
    if ready:
        place.mark_ready(environment, "0.1.0", "cpu")
    return environment


def test_only_a_whole_environment_is_found(tmp_path):
    own = made(place.environment_path(tmp_path), ready=False)
    assert place.find(tmp_path) is None
    place.mark_ready(own, "0.1.0", "cpu")
    assert place.find(tmp_path) == own
    place.python_path(own).unlink()
    assert place.find(tmp_path) is None


def test_an_older_one_serves_until_this_versions_is_whole(tmp_path):
    older = made(tmp_path / "env-00000000", ready=True)
    own = made(place.environment_path(tmp_path), ready=False)
    assert place.find(tmp_path) == older
    place.mark_ready(own, "0.1.0", "cpu")
    assert place.find(tmp_path) == own


def test_the_packages_tell_environments_apart_whatever_ends_their_lines(tmp_path, monkeypatch):
    names = set()
    for content in (b"torch==1\nnumpy==1\n", b"torch==1\r\nnumpy==1\r\n", b"torch==2\n"):
        monkeypatch.setattr(place, "REQUIREMENTS", tmp_path / "engine.txt")
        (tmp_path / "engine.txt").write_bytes(content)
        names.add(place.environment_path(tmp_path).name)
    assert len(names) == 2


def test_of_the_older_ones_the_one_in_use_is_kept(tmp_path):
    own, used = place.environment_path(tmp_path), made(tmp_path / "env-00000000", ready=True)
    made(tmp_path / "env-00000001", ready=True)
    made(tmp_path / "env-00000002", ready=False)
    place.remove_unused(tmp_path)
    assert place.environments(tmp_path) == [used]
    made(own, ready=True)
    place.remove_unused(tmp_path)
    assert place.environments(tmp_path) == [own]


@pytest.mark.parametrize("content", ["holiday.blend", "python", "env-00000000"])
def test_a_folder_with_something_else_in_it_is_refused(tmp_path, content):
    (tmp_path / content).touch()
    with pytest.raises(SetupError, match="holds other files"):
        place.check_is_usable(tmp_path)
    with pytest.raises(SetupError, match="no engine"):
        place.remove(tmp_path)


def test_an_empty_folder_a_new_one_and_one_that_was_left_at_once_are_usable(tmp_path):
    place.check_is_usable(tmp_path / "new")
    place.check_is_usable(tmp_path)
    (tmp_path / place.LOCK).touch()
    place.check_is_usable(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="Windows makes no links without special rights")
def test_removal_does_not_follow_links(tmp_path):
    (tmp_path / "engine").mkdir()
    place.log_path(tmp_path / "engine").touch()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "engine" / "cache").symlink_to(tmp_path / "elsewhere")
    place.remove(tmp_path / "engine")
    assert (tmp_path / "elsewhere").is_dir() and not (tmp_path / "engine").exists()
