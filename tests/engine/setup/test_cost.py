from __future__ import annotations

import os
import shutil
from collections import deque, namedtuple

import pytest

from engine.setup import cost
from engine.setup.errors import SetupError
from engine.setup.progress import STAGES, seconds_left


def test_a_file_with_two_names_takes_its_room_once(tmp_path):
    (tmp_path / "deep" / "deeper").mkdir(parents=True)
    (tmp_path / "deep" / "deeper" / "a").write_bytes(bytes(1000))
    (tmp_path / "b").write_bytes(bytes(10))
    os.link(tmp_path / "deep" / "deeper" / "a", tmp_path / "c")
    assert cost.size_of(tmp_path) == 1010
    assert cost.size_of(tmp_path / "nowhere") == 0


def test_a_disk_without_room_is_told_before_anything_is_fetched(tmp_path, monkeypatch):
    Usage = namedtuple("Usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(free=500_000_000))
    with pytest.raises(SetupError, match=r"needs 1\.6 GB, but only 500 MB are free where .*engine is: free some space"):
        cost.check_room(tmp_path / "new" / "engine", cost.PLAIN.disk)


def test_what_is_there_already_needs_no_room(tmp_path, monkeypatch):
    Usage = namedtuple("Usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(free=500))
    (tmp_path / "cache").write_bytes(bytes(600))
    cost.check_room(tmp_path, 1000)


def test_the_cost_is_told_in_units_for_people():
    assert str(cost.Cost(400_000_000, 1_600_000_000)) == "400 MB to download, 1.6 GB on disk"


def test_the_stages_make_a_whole():
    assert sum(STAGES.values()) == pytest.approx(1)


def test_the_time_left_follows_the_rate():
    assert seconds_left(deque([(0.0, 0), (5.0, 1e7), (10.0, 2e8)]), 10**9) == pytest.approx(40)
    assert seconds_left(deque([(0.0, 100), (10.0, 100)]), 10**9) is None, "nothing moves"
    assert seconds_left(deque([(0.0, 100), (10.0, 150)]), 10**9) is None, "uv asks an index, and keeps its answer"
    assert seconds_left(deque([(0.0, 100)]), 10**9) is None
    assert seconds_left(deque([(0.0, 9e8), (1.0, 1.1e9)]), 10**9) is None, "more has come than was thought"
