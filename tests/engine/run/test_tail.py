"""Any way of splitting the byte stream into writes gives the same events."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine
from engine.run import tail
from engine.run.events import EventWriter
from engine.run.folder import events_path
from engine.run.tail import TailReader

ROOT = Path(engine.__file__).parents[1]
SMALL_LINE = 200

json_values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
objects = st.dictionaries(st.text(), json_values, max_size=4)
object_lines = st.builds(lambda value, ascii: json.dumps(value, ensure_ascii=ascii).encode(), objects, st.booleans())
garbage_lines = st.sampled_from(
    [b"", b"  \r", b"[1]", b"3", b'"x"', b"null", b"{", b'{"a": 1', b'{"a": 1}}', b"\xff\xfe{}"]
    + [
        b'{"a": "\xff"}',
        b"\x00",
        b"[" * 150,
        b'{"a":' * 30,
        b"{" + b" " * SMALL_LINE + b"}",
        b"x" * 3 * SMALL_LINE,
        b'\xef\xbb\xbf{"bom": 1}',
    ]
) | st.binary(max_size=40).map(lambda data: data.replace(b"\n", b""))
streams = st.builds(
    lambda lines, rest: b"".join(line + b"\n" for line in lines) + rest,
    st.lists(object_lines | garbage_lines, max_size=12),
    object_lines | garbage_lines,
)


def expected(stream: bytes) -> tuple[list, int]:
    """The plain way: all complete lines at once; returns the objects and the number of skipped lines."""
    found, skipped = [], 0
    for line in stream.split(b"\n")[:-1]:
        try:
            value = json.loads(line.decode("utf-8-sig")) if len(line) <= SMALL_LINE else None
        except ValueError:
            value = None
        if isinstance(value, dict):
            found.append(value)
        elif line.strip():
            skipped += 1
    return found, skipped


@settings(max_examples=200)
@given(stream=streams, data=st.data())
def test_any_split_gives_the_same_events(stream, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    chunk = data.draw(st.sampled_from([1, 7, 64, 1 << 16]))
    with tempfile.TemporaryDirectory() as folder, patch.multiple(tail, CHUNK=chunk, MAX_LINE=SMALL_LINE):
        path = Path(folder) / "events.jsonl"
        reader = TailReader(path)
        found = reader.read()
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            with open(path, "ab") as file:
                file.write(stream[start:end])
            found += reader.read()
            assert len(reader._line) <= SMALL_LINE + 1
        assert (found, reader.skipped) == expected(stream)
        assert reader.read() == []


def test_unfinished_line_waits(tmp_path):
    path = tmp_path / "events.jsonl"
    reader = TailReader(path)
    assert reader.read() == []
    path.write_bytes(b'{"a": 1}\n{"b"')
    assert reader.read() == [{"a": 1}]
    assert reader.read() == []
    with open(path, "ab") as file:
        file.write(b": 2}\n")
    assert reader.read() == [{"b": 2}]
    assert reader.skipped == 0


def test_emoji_split_within_its_bytes(tmp_path):
    path = tmp_path / "events.jsonl"
    reader = TailReader(path)
    line = '{"prompt": "\U0001f697"}\n'.encode()
    path.write_bytes(line[:14])
    assert reader.read() == []
    path.write_bytes(line)
    assert reader.read() == [{"prompt": "\U0001f697"}]


@pytest.mark.parametrize("lost", ["truncated", "deleted"])
def test_file_that_shrinks_is_read_from_its_start(tmp_path, lost):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"a": 1}\n{"b": 2}\n{"torn"')
    reader = TailReader(path)
    assert len(reader.read()) == 2
    if lost == "deleted":
        path.unlink()
        assert reader.read() == []
    path.write_bytes(b'{"c": 3}\n')
    assert reader.read() == [{"c": 3}]
    assert reader.skipped == 0


def test_deep_nesting_is_garbage(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"a":' * 100_000 + b"\n" + b"[" * 100_000 + b'\n{"b": 2}\n')
    reader = TailReader(path)
    assert reader.read() == [{"b": 2}]
    assert reader.skipped == 2


def test_endless_line_does_not_fill_the_memory(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"x" * (3 * tail.MAX_LINE))
    reader = TailReader(path)
    assert reader.read() == []
    assert len(reader._line) == tail.MAX_LINE + 1
    with open(path, "ab") as file:
        file.write(b'\n{"b": 2}\n')
    assert reader.read() == [{"b": 2}]
    assert reader.skipped == 1


def test_other_errors_surface(tmp_path):
    with pytest.raises(OSError):
        TailReader(tmp_path).read()


def test_follows_a_living_process(tmp_path):
    """A real writer in another process, killed at the end: every event arrives once, in order."""
    code = (
        "import sys, time; from engine.run.events import EventWriter\n"
        "writer = EventWriter(sys.argv[1])\n"
        "for i in range(300): writer.write('progress', step=i, text='車' * (i % 50))\n"
        "time.sleep(60)"
    )
    reader = TailReader(events_path(tmp_path))
    found = []
    with subprocess.Popen([sys.executable, "-c", code, tmp_path], cwd=ROOT) as writer:
        while len(found) < 300 and writer.poll() is None:
            found += reader.read()
        writer.kill()
    assert [event["step"] for event in found] == list(range(300))
    assert all(event["text"] == "車" * (event["step"] % 50) for event in found)
    EventWriter(tmp_path).write("done")
    assert [event["event"] for event in reader.read()] == ["done"]
    assert reader.skipped == 0
