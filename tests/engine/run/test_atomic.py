"""A reader sees the old file or the new one; what cannot be written surfaces as OSError and harms nothing."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.run import atomic
from engine.run.atomic import append_json_line, atomic_write_bytes, atomic_write_json, encode_json, patiently

ROOT = Path(engine.__file__).parents[1]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def no_space(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def output_of(code, path):
    """What a fresh Python prints that runs `code` with `path` as its argument."""
    command = [sys.executable, "-c", code, path]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True).stdout.strip()


def test_writes_and_replaces(tmp_path):
    path = tmp_path / "a file, 車.png"
    for data in (b"old", b"", b"new\r\n\x00\xff"):
        atomic_write_bytes(path, data)
        assert path.read_bytes() == data
    assert names(tmp_path) == [path.name]


def test_json_round_trip(tmp_path):
    value = {"text": '車 "quoted" \U0001f697\n', "number": 0.1, "list": [1, None, True]}
    atomic_write_json(tmp_path / "x.json", value)
    raw = (tmp_path / "x.json").read_bytes()
    assert json.loads(raw.decode("utf-8")) == value
    assert "車".encode() in raw


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_full_disk_leaves_the_old_file(tmp_path, monkeypatch, call):
    path = tmp_path / "preview.png"
    atomic_write_bytes(path, b"old")
    monkeypatch.setattr(os, call, no_space)
    with pytest.raises(OSError, match="space") as raised:
        atomic_write_bytes(path, b"new")
    assert raised.value.errno == errno.ENOSPC
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == [path.name]


@pytest.mark.skipif(os.name == "nt", reason="no file size limits on Windows")
def test_file_that_hits_a_size_limit_leaves_the_old_one(tmp_path):
    path = tmp_path / "preview.png"
    atomic_write_bytes(path, b"old")
    code = (
        "import resource, sys; from engine.run.atomic import atomic_write_bytes\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: atomic_write_bytes(sys.argv[1], bytes(5000))\n"
        "except OSError: print('refused')"
    )
    assert output_of(code, path) == "refused"
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == [path.name]


def test_what_json_cannot_hold_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.json"
    atomic_write_json(path, 1)
    for bad in (float("nan"), object(), {"x": b""}):
        with pytest.raises((TypeError, ValueError)):
            atomic_write_json(path, bad)
    assert path.read_bytes() == b"1\n"
    assert names(tmp_path) == [path.name]


def test_missing_folder_raises_and_is_not_created(tmp_path):
    for write in (atomic_write_bytes, append_json_line):
        with pytest.raises(FileNotFoundError):
            write(tmp_path / "gone" / "x", {} if write is append_json_line else b"")
    assert names(tmp_path) == []


def test_file_in_place_of_the_folder_raises(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for write in (atomic_write_bytes, append_json_line):
        with pytest.raises(OSError):
            write(tmp_path / "file" / "x", {} if write is append_json_line else b"")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions bind neither root nor this way Windows")
def test_unwritable_folder_raises(tmp_path):
    (tmp_path / "x").write_bytes(b"old")
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError):
            atomic_write_bytes(tmp_path / "x", b"new")
        with pytest.raises(PermissionError):
            append_json_line(tmp_path / "y", {})
    finally:
        tmp_path.chmod(0o700)
    assert names(tmp_path) == ["x"] and (tmp_path / "x").read_bytes() == b"old"


def test_reader_never_sees_half_a_file(tmp_path):
    """Another process rewrites the file while this one reads it; every read is one repeated byte, whole."""
    path = tmp_path / "preview.png"
    size = 100_000
    atomic_write_bytes(path, b"0" * size)
    code = (
        "import sys; from engine.run.atomic import atomic_write_bytes\n"
        f"for i in range(100): atomic_write_bytes(sys.argv[1], str(i % 10).encode() * {size})"
    )
    with subprocess.Popen([sys.executable, "-c", code, path], cwd=ROOT) as writer:
        while writer.poll() is None:
            data = path.read_bytes()
            assert len(data) == size and len(set(data)) == 1
    assert writer.returncode == 0
    assert names(tmp_path) == [path.name]


@pytest.mark.parametrize(
    "system, refusals, tried", [("nt", 0, 1), ("nt", 3, 4), ("nt", 19, 20), ("nt", 99, 20), ("posix", 99, 1)]
)
def test_what_a_reader_holds_open_on_windows_is_tried_again_for_a_second(monkeypatch, system, refusals, tried):
    asked, slept = [], []

    def act(*arguments, **options):
        asked.append((arguments, options))
        if len(asked) <= refusals:
            raise PermissionError

    monkeypatch.setattr(atomic, "os", SimpleNamespace(name=system))
    monkeypatch.setattr(atomic, "time", SimpleNamespace(sleep=slept.append))
    if tried > refusals:
        patiently(act, 1, two=2)
    else:
        with pytest.raises(PermissionError):
            patiently(act, 1, two=2)
    assert asked == [((1,), {"two": 2})] * tried and len(slept) == tried - 1 and sum(slept) <= 1.0


def test_what_fails_for_another_reason_is_not_tried_again(monkeypatch):
    monkeypatch.setattr(atomic, "os", SimpleNamespace(name="nt"))
    asked = []

    def act():
        asked.append(1)
        no_space()

    with pytest.raises(OSError, match="space"):
        patiently(act)
    assert asked == [1]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner)))
def test_encode_json_is_one_line_of_utf8(value):
    data = encode_json(value)
    assert b"\n" not in data
    assert json.loads(data.decode("utf-8")) == value


def test_encode_json_keeps_lone_surrogates():
    """As in a path with undecodable bytes, which a warning may quote."""
    assert json.loads(encode_json("/home/\udcff/x").decode("utf-8")) == "/home/\udcff/x"


def test_append_heals_a_torn_line(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"a": 1}\n{"torn": ')
    append_json_line(path, {"b": 2})
    append_json_line(path, {"c": 3})
    assert path.read_bytes() == b'{"a": 1}\n{"torn": \n{"b": 2}\n{"c": 3}\n'


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_append_to_a_full_disk_raises(tmp_path):
    (tmp_path / "events.jsonl").symlink_to("/dev/full")
    with pytest.raises(OSError) as raised:
        append_json_line(tmp_path / "events.jsonl", {})
    assert raised.value.errno == errno.ENOSPC


@pytest.mark.skipif(os.name == "nt", reason="no file size limits on Windows")
def test_append_that_fits_only_in_part_raises_and_is_healed(tmp_path):
    path = tmp_path / "events.jsonl"
    code = (
        "import resource, sys; from engine.run.atomic import append_json_line\n"
        "append_json_line(sys.argv[1], {'whole': 1})\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (30, 30))\n"
        "try: append_json_line(sys.argv[1], {'torn': 'x' * 1000})\n"
        "except OSError: print('refused')"
    )
    assert output_of(code, path) == "refused"
    assert path.stat().st_size == 30
    append_json_line(path, {"whole": 2})
    first, torn, second = path.read_bytes().splitlines()
    assert (first, second) == (b'{"whole": 1}', b'{"whole": 2}') and torn.startswith(b'{"torn"')


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("there", [True, False])
def test_nothing_is_appended_through_a_link(tmp_path, there):
    target, path = tmp_path / "precious", tmp_path / "run" / "events.jsonl"
    path.parent.mkdir()
    path.symlink_to(target)
    if there:
        target.write_text("mine\n")
    with pytest.raises(OSError, match="it is a link to another place"):
        append_json_line(path, {"event": "hello"})
    assert target.read_text() == "mine\n" if there else not target.exists()
