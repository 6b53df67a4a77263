"""The list of runs: what it says of folders as engines leave them, and of garbage, which never makes it raise."""

from __future__ import annotations

import os
import struct
import sys
import zlib
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as checks
from hypothesis import strategies as st

from engine.run.events import EventWriter
from engine.run.folder import events_path, preview_path, settings_path, snapshot_path
from engine.run.lock import sole_engine
from engine.run.settings import RunSettings, write_settings
from engine.run.survey import BROKEN, MOST_EVENTS, NOT_BEGUN, look_at, picture_of, survey

NAMES = ("settings.json", "events.jsonl", "preview.png", "engine.lock", "snapshots")


def make_run(folder: Path, *events: tuple[str, dict], prompt: str = "a red mug", seed: int = 7) -> Path:
    folder.mkdir()
    write_settings(folder, RunSettings(prompt, seed=seed))
    writer = EventWriter(folder)
    for kind, fields in events:
        writer.write(kind, **fields)
    return folder


def png(side: int = 1) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">2I5B", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


HELLO = ("hello", {"steps": 100, "step": 0, "prompt": "a red mug"})
PROGRESS = ("progress", {"step": 10, "steps": 100})


@pytest.mark.parametrize(
    ("events", "held", "status", "words"),
    [
        ((), False, NOT_BEGUN, "Resume begins it"),
        ((), True, "starting", "Starting the engine"),
        ((HELLO, PROGRESS), True, "running", "10 of 100"),
        ((HELLO, PROGRESS), False, "crashed", "Resume continues"),
        ((HELLO, PROGRESS, ("paused", {})), True, "paused", "10 of 100"),
        ((HELLO, PROGRESS, ("done", {"reason": "stopped", "step": 10})), False, "stopped", "10 of 100"),
        ((HELLO, PROGRESS, ("done", {"reason": "finished", "step": 100})), False, "finished", "100 steps"),
        ((HELLO, ("error", {"message": "No room."})), False, "failed", "No room."),
    ],
)
def test_where_a_run_stands(tmp_path, events, held, status, words):
    folder = make_run(tmp_path / "run", *events)
    if held:
        with sole_engine(folder):
            run = look_at(folder)
    else:
        run = look_at(folder)
    assert (run.prompt, run.seed, run.status) == ("a red mug", 7, status)
    assert words in run.sentence


def test_of_long_events_the_last_ones_say_enough(tmp_path):
    folder = make_run(tmp_path / "run", HELLO, ("stage", {"name": "optimising"}))
    writer = EventWriter(folder)
    for step in range(200):
        writer.write("progress", step=step, steps=1000, remaining=3.0)
    assert events_path(folder).stat().st_size > 2 * MOST_EVENTS
    with sole_engine(folder):
        assert look_at(folder).sentence == "Optimising: step 199 of 1,000, 3 s left."


def test_newest_first_and_no_more_than_asked(tmp_path):
    names = [f"20260{month}01-120000-a-mug" for month in (3, 1, 4, 2)]
    for name in names:
        make_run(tmp_path / name)
    found, left_out = survey(tmp_path, 3)
    assert [run.folder.name for run in found] == sorted(names, reverse=True)[:3] and left_out == 1
    assert found[0].began == datetime(2026, 4, 1, 12).timestamp() and found[0].date == "2026-04-01 12:00"
    assert survey(tmp_path / "none", 3) == ([], 0)


def test_what_holds_no_run_is_left_out(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "a file").touch()
    make_run(tmp_path / ".hidden")
    make_run(tmp_path / "run")
    assert [run.folder.name for run in survey(tmp_path, 9)[0]] == ["run"]


def test_what_is_wrong_is_said(tmp_path):
    folder = make_run(tmp_path / "run", HELLO)
    settings_path(folder).write_text("{", encoding="utf-8")
    broken = look_at(folder)
    assert (broken.status, broken.prompt) == (BROKEN, "a red mug") and "is broken" in broken.sentence
    events_path(folder).unlink()
    events_path(folder).mkdir()
    assert look_at(folder).status == BROKEN and "cannot be read" in look_at(folder).sentence


def test_the_picture_is_the_preview_or_the_newest_texture_if_it_is_whole(tmp_path):
    folder = make_run(tmp_path / "run")
    assert picture_of(folder) is None
    for step, time in ((5, 2_000_000), (9, 1_000_000)):
        snapshot_path(folder, step).mkdir(parents=True)
        (snapshot_path(folder, step) / "albedo.png").write_bytes(png())
        os.utime(snapshot_path(folder, step), (time, time))
    assert picture_of(folder) == snapshot_path(folder, 5) / "albedo.png", "the one that was written last"
    preview_path(folder).write_bytes(png())
    assert picture_of(folder) == preview_path(folder)
    for bad in (png()[:-1], png(9000), b"GIF89a"):
        preview_path(folder).write_bytes(bad)
        assert picture_of(folder) == snapshot_path(folder, 5) / "albedo.png"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name is text")
def test_a_name_that_is_no_text_is_left_out(tmp_path):
    make_run(tmp_path / os.fsdecode(b"20260101-120000-\xff"))
    make_run(tmp_path / "20260101-120000-ü")
    assert [run.folder.name for run in survey(tmp_path, 9)[0]] == ["20260101-120000-ü"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders")
@pytest.mark.parametrize("name", ["settings.json", "events.jsonl", "preview.png", "engine.lock"])
def test_pipes_and_links_to_elsewhere_are_not_read(tmp_path, name):
    outside = tmp_path / "outside"
    outside.write_text('{"schema": 1, "prompt": "a secret"}\n', encoding="utf-8")
    for make in (os.mkfifo, lambda path: os.symlink(outside, path)):
        folder = tmp_path / "runs" / make.__name__.strip("<>")
        folder.parent.mkdir(exist_ok=True)
        make_run(folder, HELLO)
        (folder / name).unlink(missing_ok=True)
        make(folder / name)
    found, _ = survey(tmp_path / "runs", 9)
    assert not any("secret" in run.prompt for run in found)
    assert [picture_of(run.folder) for run in found] == [None] * len(found)


GARBAGE = st.binary(max_size=200) | st.sampled_from(
    [b"", b"\0" * 99, b"[" * 5000, b'{"schema": 1, "prompt": "a mug"}', b'{"schema": 9, "prompt": 1}', png(),
     b"\xff\xfe{}", b'{"event": "hello", "prompt": "\\ud800", "step": -1, "steps": 1e999}\n{"event": ["done"]}\n',
     b'{"event": "done", "reason": 7}\n', b'{"schema": 1, "prompt": "\\ud800\\u0000x", "seed": 1e99}']
)  # fmt: skip
FOLDER_NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\\:*?\"<>|\0"), min_size=1, max_size=20)


@given(name=FOLDER_NAMES | st.sampled_from(["99999999-999999", "00010101-000000"]),
       files=st.dictionaries(st.sampled_from(NAMES), GARBAGE | st.just(None)),
       time=st.integers(-(2**40), 2**40))  # fmt: skip
@checks(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_garbage_is_listed_or_left_out(tmp_path_factory, name, files, time):
    root = tmp_path_factory.mktemp("runs")
    try:
        (root / name).mkdir()
    except OSError:  # a name that the system does not take
        return
    for file, content in files.items():
        if content is None:
            (root / name / file).mkdir()
        else:
            (root / name / file).write_bytes(content)
    try:
        os.utime(root / name, (time, time))
    except (OSError, OverflowError):
        pass
    found, left_out = survey(root, 9)
    assert left_out == 0 and len(found) <= 1
    for run in found:
        assert run.prompt and run.sentence and run.date and run.status in run.words
        run.words.encode("utf-8")
        assert picture_of(run.folder) is None or files.get("preview.png") == png()
