"""How long a run takes here, learned from runs that finished in one go."""

from __future__ import annotations

import json

import pytest
from dreamfusion.bridge import times
from dreamfusion.engine.run.settings import RunSettings, write_settings

PLAIN = RunSettings("a mug", preset="draft", device="cpu")


@pytest.fixture(autouse=True)
def forget(tmp_path):
    times.read(tmp_path)
    yield
    times.read(tmp_path / "elsewhere")


def run(root, seconds=50.0, settings=PLAIN, between=(), reason="finished"):
    """The folder of a run that took so long."""
    folder = root / f"{len(list(root.iterdir()))}"
    folder.mkdir()
    write_settings(folder, settings)
    said = [{"event": "hello", "time": 1000.0}, *between, {"event": "done", "reason": reason, "time": 1000.0 + seconds}]
    (folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in said), encoding="utf-8")
    return folder


def test_nothing_is_said_before_it_is_known(tmp_path):
    assert times.about(PLAIN) == ""
    times.note(run(tmp_path))
    assert times.about(PLAIN) == "About 50 s here"
    for other in ({"preset": "fine"}, {"prior": "deepfloyd-if"}, {"device": "auto"}, {"steps": 9}):
        assert times.about(RunSettings(**{"prompt": "a mug", "preset": "draft", "device": "cpu"} | other)) == ""


def test_a_method_that_is_named_has_times_of_its_own(tmp_path):
    asked = RunSettings("a mug", prior="stable-diffusion", overrides={"guidance.method": "csd"})
    times.note(run(tmp_path, settings=asked))
    assert times.about(asked) and not times.about(RunSettings("a mug", prior="stable-diffusion"))


def test_the_median_of_the_newest_counts_and_is_kept(tmp_path):
    for seconds in (500, 500, 500, 40, 41, 42, 300, 43):
        times.note(run(tmp_path, seconds))
    assert times.about(PLAIN) == "About 42 s here"
    times.read(tmp_path / "elsewhere")
    assert times.about(PLAIN) == ""
    times.read(tmp_path)
    assert times.about(PLAIN) == "About 42 s here"


@pytest.mark.parametrize(
    "other",
    [
        {"reason": "stopped"}, {"between": [{"event": "paused"}]}, {"between": [{"event": "hello", "time": 1}]},
        {"seconds": -1.0}, {"settings": RunSettings("a mug", steps=5)},
        {"settings": RunSettings("a mug", overrides={"views": 1})},
    ],
)  # fmt: skip
def test_a_run_that_says_nothing_of_others_does_not_count(tmp_path, other):
    times.note(run(tmp_path, **other))
    assert not (tmp_path / times.FILE).exists()


@pytest.mark.parametrize("garbage", ["", "[]", "{", '{"toybox draft cpu": ["a"]}', '{"toybox draft cpu": [NaN]}',
                                     '{"toybox draft cpu": []}', '{"toybox draft cpu": 7}'])
def test_garbage_counts_as_nothing_and_is_replaced(tmp_path, garbage):
    (tmp_path / times.FILE).write_text(garbage, encoding="utf-8")
    times.read(tmp_path)
    assert times.about(PLAIN) == ""
    times.note(run(tmp_path))
    assert times.about(PLAIN) == "About 50 s here"


def test_a_run_folder_without_events_or_settings_is_left_out(tmp_path):
    (tmp_path / "run").mkdir()
    times.note(tmp_path / "run")
    assert times.about(PLAIN) == ""


def test_a_run_that_was_opened_from_elsewhere_leaves_nothing_there(tmp_path):
    times.note(run(tmp_path))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    times.note(run(elsewhere, 400.0))
    assert times.about(PLAIN) == "About 50 s here" and not (elsewhere / "times.json").exists()
