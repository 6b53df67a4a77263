"""Files that strangers made: whatever was done to a file of a run folder, reading it gives content or one sentence."""

import io
import json
import os
import shutil
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.checkpoint import load_checkpoint, save_checkpoint
from engine.run.commands import command_reader, send_command
from engine.run.events import EventWriter
from engine.run.exits import EngineError
from engine.run.folder import checkpoint_path, events_path, saved_step, settings_path, snapshot_path
from engine.run.png import check_png
from engine.run.reading import MAX_JSON
from engine.run.settings import RunSettings, SettingsError, read_settings, write_settings
from engine.run.snapshots import SnapshotError, read_snapshot, write_snapshot
from engine.run.state import RunState, status, update
from engine.run.tail import MAX_BEHIND, TailReader
from tests.engine.run.test_snapshots import PNG, TETRAHEDRON, assert_same

FILES = (
    "settings.json", "events.jsonl", "commands.jsonl", "snapshots/000250/mesh.npz", "snapshots/000250/albedo.png",
    "checkpoint/checkpoint.json", "checkpoint/tensors-000250.safetensors",
)  # fmt: skip

needs_links = pytest.mark.skipif(os.name == "nt", reason="Windows makes no links without special rights")


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A run folder with all that can be read back."""
    folder = tmp_path_factory.mktemp("whole")
    write_settings(folder, RunSettings("a red mug"))
    EventWriter(folder).write("progress", step=250, steps=900, rate=5.0, remaining=130.0)
    send_command(folder, "threshold", value=7.0)
    write_snapshot(folder, 250, TETRAHEDRON, PNG)
    tensors = {"field": torch.ones(4, 3), "restarts": torch.tensor([0, 0])}
    save_checkpoint(checkpoint_path(folder), tensors, {"step": 250, "threshold": 7.0})
    return folder


def read_all(folder: Path) -> list[str]:
    """Read everything in a run folder; the sentences with which something was refused."""
    sentences = []
    readers = (
        lambda: read_settings(folder),
        lambda: read_snapshot(snapshot_path(folder, 250)),
        lambda: load_checkpoint(checkpoint_path(folder)),
    )
    for read in readers:
        try:
            read()
        except EngineError as error:
            sentences.append(str(error))
    state = update(RunState(), TailReader(events_path(folder)).read())
    sentences.append(status(state, False, None)[1])
    assert isinstance(saved_step(folder), int) and isinstance(command_reader(folder).read(), list)
    return sentences


def flip(content: bytearray, draw) -> None:
    for _ in range(draw(st.integers(1, 4))):
        content[draw(st.integers(0, len(content) - 1))] ^= 1 << draw(st.integers(0, 7))


def cut(content: bytearray, draw) -> None:
    del content[draw(st.integers(0, len(content) - 1)) :]


def insert(content: bytearray, draw) -> None:
    position = draw(st.integers(0, len(content)))
    content[position:position] = draw(st.binary(min_size=1, max_size=40))


def renumber(content: bytearray, draw) -> None:
    """Another value in place of a number, a huge count or a wrong type among them."""
    digits = [k for k, byte in enumerate(content) if 48 <= byte < 58]
    if digits:
        k = draw(st.sampled_from(digits))
        content[k : k + 1] = draw(
            st.sampled_from([b"17592186044416", b"-1", b"NaN", b"1e999", b"null", b'"x"', b"[[]]", b"9" * 5000])
        )


def overcount(content: bytearray, draw) -> None:
    """Four or eight bytes that say as much as they can."""
    position = draw(st.integers(0, len(content) - 1))
    content[position : position + draw(st.sampled_from([4, 8]))] = b"\xff" * 8


@settings(max_examples=300)
@given(name=st.sampled_from(FILES), mutate=st.sampled_from([flip, cut, insert, renumber, overcount]), data=st.data())
def test_every_file_however_it_was_changed_is_read_or_refused_in_one_sentence(whole, name, mutate, data):
    content = bytearray((whole / name).read_bytes())
    original = bytes(content)
    mutate(content, data.draw)
    try:
        (whole / name).write_bytes(content)
        for sentence in read_all(whole):
            assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 600 + len(str(whole))
    finally:
        (whole / name).write_bytes(original)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", ["folder", "pipe", "link", "loop"])
def test_what_is_no_plain_file_of_the_run_is_not_read(whole, tmp_path, name, kind):
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    elsewhere = shutil.move(folder / name, tmp_path / "elsewhere")
    try:
        {
            "folder": os.mkdir,
            "pipe": getattr(os, "mkfifo", os.mkdir),
            "link": lambda path: os.symlink(elsewhere, path),
            "loop": lambda path: os.symlink(path, path),
        }[kind](folder / name)
    except OSError:
        pytest.skip("this system makes no links without special rights")
    if name.endswith("jsonl"):
        with pytest.raises(OSError):
            TailReader(folder / name).read()
        return
    refused = [sentence for sentence in read_all(folder) if str(folder) in sentence]
    assert len(refused) == 1 and refused[0].endswith(".") and "\n" not in refused[0]


@needs_links
def test_a_snapshots_folder_that_is_a_link_to_another_place_is_not_read(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "run")
    shutil.rmtree(snapshot_path(tmp_path / "run", 250))
    snapshot_path(tmp_path / "run", 250).symlink_to(snapshot_path(whole, 250), target_is_directory=True)
    with pytest.raises(SnapshotError, match="is a link to another place"):
        read_snapshot(snapshot_path(tmp_path / "run", 250))


@needs_links
def test_a_run_folder_may_itself_be_a_link(whole, tmp_path):
    (tmp_path / "run").symlink_to(whole, target_is_directory=True)
    assert len(read_all(tmp_path / "run")) == 1, "the state's, and nothing is refused"


def with_header(shape: str, dtype: str = "<f4", rows: int = 4, width: int = 117) -> bytes:
    """An array's file with any header and the numbers of `rows` rows."""
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header = header.ljust(width) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(12 * rows)


@pytest.mark.parametrize(
    "array",
    [with_header(f"({2**44}, 3)"), with_header(f"({2**80}, 3)"), with_header("(-4, 3)"), with_header("(4, 3)", "|O")]
    + [with_header("(((((" * 20), with_header("("), with_header("(4.0, 3)"), b"\x93NUMPY\x09\x00", b""],
)
def test_an_array_that_claims_more_than_it_holds_takes_no_memory(tmp_path, array):
    path = write_snapshot(tmp_path, 250, TETRAHEDRON, PNG)
    arrays = {name: value for name, value in vars(TETRAHEDRON).items() if name != "vertices"}
    np.savez(path / "mesh.npz", schema=np.int32(1), **arrays)
    with zipfile.ZipFile(path / "mesh.npz", "a") as archive:
        archive.writestr("vertices.npy", array)
    with pytest.raises(SnapshotError, match="is broken"):
        read_snapshot(path)


@pytest.mark.parametrize("width", [117, 118])
def test_numbers_may_stand_by_columns_and_begin_anywhere(tmp_path, width):
    path = write_snapshot(tmp_path, 250, TETRAHEDRON, PNG)
    arrays = {name: np.asfortranarray(value) for name, value in vars(TETRAHEDRON).items() if name != "vertices"}
    np.savez(path / "mesh.npz", schema=np.int32(1), **arrays)
    with zipfile.ZipFile(path / "mesh.npz", "a") as archive:
        archive.writestr("vertices.npy", with_header("(4, 3)", width=width))
    mesh = read_snapshot(path)
    assert_same(mesh, replace(TETRAHEDRON, vertices=np.zeros((4, 3), np.float32)))
    assert mesh.vertices.flags.aligned, "Blender reads it from there"


def test_a_compressed_mesh_could_grow_without_end(tmp_path):
    path = write_snapshot(tmp_path, 250, TETRAHEDRON, PNG)
    np.savez_compressed(path / "mesh.npz", schema=np.int32(1), **vars(TETRAHEDRON))
    with pytest.raises(SnapshotError, match="is compressed"):
        read_snapshot(path)


def test_an_image_that_claims_too_much(tmp_path):
    buffer = io.BytesIO()
    Image.new("1", (8193, 1)).save(buffer, "PNG")
    with pytest.raises(SnapshotError, match="the image claims 8,193 x 1 pixels"):
        read_snapshot(write_snapshot(tmp_path, 250, TETRAHEDRON, buffer.getvalue()))


@given(at=st.integers(0, len(PNG) - 1), bit=st.integers(0, 7))
def test_an_image_with_one_wrong_bit_is_refused(at, bit):
    damaged = bytearray(PNG)
    damaged[at] ^= 1 << bit
    with pytest.raises(ValueError, match="the image"):
        check_png(bytes(damaged), 8192)


def test_a_huge_json_file_is_not_read(tmp_path):
    settings_path(tmp_path).write_text(json.dumps({"schema": 1, "prompt": "x" * MAX_JSON}), encoding="utf-8")
    with pytest.raises(SettingsError, match="is larger than the"):
        read_settings(tmp_path)


def test_who_is_far_behind_goes_on_with_the_last_events(tmp_path):
    with open(events_path(tmp_path), "wb") as file:
        file.write(b'{"event": "hello"}\n')
        file.truncate(10 * MAX_BEHIND)  # a hole, where the system knows such
    EventWriter(tmp_path).write("done", reason="finished", step=7)
    reader = TailReader(events_path(tmp_path))
    assert [event["event"] for event in reader.read()] == ["done"] and reader.read() == []
