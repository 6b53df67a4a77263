"""A run folder becomes like another."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cluster.mirror import EVENTS, MAX_LINES, MirrorError, Outbox, needed, put
from engine.run.atomic import append_json_line, atomic_folder, atomic_write_bytes, atomic_write_json
from engine.run.commands import send_command
from engine.run.folder import checkpoint_path, events_path, has_checkpoint, log_path, preview_path, snapshot_path
from engine.run.settings import RunSettings, write_settings


def save_checkpoint(folder: Path, step: int, data: bytes) -> None:
    """As the engine does."""
    checkpoint_path(folder).mkdir(exist_ok=True)
    name = f"tensors-{step:06d}.safetensors"
    atomic_write_bytes(checkpoint_path(folder) / name, data)
    atomic_write_json(checkpoint_path(folder) / "checkpoint.json", {"step": step, "tensors": name})
    for old in checkpoint_path(folder).glob("tensors-*"):
        if old.name != name:
            old.unlink()


def save_snapshot(folder: Path, step: int, data: bytes) -> None:
    """As the engine does; what is in the files does not matter here."""
    snapshot_path(folder, step).parent.mkdir(exist_ok=True)
    with atomic_folder(snapshot_path(folder, step)) as unfinished:
        (unfinished / "mesh.npz").write_bytes(data)
        (unfinished / "albedo.png").write_bytes(data[::-1])


def print_text(folder: Path, _step: int, data: bytes) -> None:
    with open(log_path(folder), "ab") as log:
        log.write(data)


ACTIONS = {
    "checkpoint": save_checkpoint,
    "snapshot": save_snapshot,
    "log": print_text,
    "preview": lambda folder, _step, data: atomic_write_bytes(preview_path(folder), data),
    "event": lambda folder, step, _data: append_json_line(events_path(folder), {"event": "preview", "step": step}),
}
DONE = st.tuples(st.sampled_from(sorted(ACTIONS)), st.integers(1, 40), st.binary(min_size=1, max_size=20))


def contents(folder: Path) -> dict[str, bytes]:
    """All files but the events, which are somebody else's to write."""
    files = (path for path in folder.rglob("*") if path.is_file() and path != events_path(folder))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@given(st.lists(st.lists(DONE, max_size=6), max_size=6))
def test_whatever_an_engine_does_the_other_folder_becomes_the_same(rounds):
    with TemporaryDirectory() as name:
        far, near = Path(name, "far"), Path(name, "near")
        far.mkdir()
        near.mkdir()
        outbox, events = Outbox(far), []
        for actions in rounds:
            for action, step, data in actions:
                ACTIONS[action](far, step, data)
            changes = outbox.collect()
            assert EVENTS not in [place for place, _ in changes[:-1]], "events come last"
            for change in changes:
                events += put(near, change)
        assert contents(near) == contents(far)
        assert [event["step"] for event in events] == [
            step for actions in rounds for action, step, _ in actions if action == "event"
        ]
        assert outbox.collect() == []


def test_half_a_line_waits_for_its_end(tmp_path):
    outbox = Outbox(tmp_path)
    events_path(tmp_path).write_bytes(b'{"event": "a"}\n{"ev')
    assert outbox.collect() == [(EVENTS, {EVENTS: b'{"event": "a"}\n'})]
    with open(events_path(tmp_path), "ab") as file:
        file.write(b'ent": "b"}\n')
    assert outbox.collect() == [(EVENTS, {EVENTS: b'{"event": "b"}\n'})]


def test_a_checkpoint_that_is_just_being_replaced_comes_the_next_time(tmp_path):
    save_checkpoint(tmp_path, 10, b"old")
    (tensors,) = checkpoint_path(tmp_path).glob("tensors-*")
    tensors.unlink()
    outbox = Outbox(tmp_path)
    assert outbox.collect() == []
    tensors.write_bytes(b"new")
    ((place, files),) = outbox.collect()
    assert place == "checkpoint" and files[tensors.name] == b"new"


def test_a_checkpoint_is_never_half_an_old_one_and_half_a_new_one(tmp_path, monkeypatch):
    """The engine replaces it between two reads."""
    save_checkpoint(tmp_path, 10, b"old")
    read = Path.read_bytes

    def replaced_meanwhile(path: Path) -> bytes:
        """After the first file has been read."""
        monkeypatch.setattr(Path, "read_bytes", read)
        found = read(path)
        save_checkpoint(tmp_path, 20, b"new")
        return found

    monkeypatch.setattr(Path, "read_bytes", replaced_meanwhile)
    outbox = Outbox(tmp_path)
    for _, files in (*outbox.collect(), *outbox.collect()):
        assert json.loads(files["checkpoint.json"])["tensors"] in files


@pytest.mark.parametrize(
    "change",
    [
        ("settings.json", {"settings.json": b"{}"}),
        ("commands.jsonl", {"commands.jsonl": b"{}"}),
        ("../preview.png", {"preview.png": b""}),
        ("snapshots/../000001", {"mesh.npz": b"", "albedo.png": b""}),
        ("snapshots/000001", {"mesh.npz": b""}),
        ("snapshots/000001", {"mesh.npz": b"", "albedo.png": b"", "more.py": b""}),
        ("snapshots/000001", {"../mesh.npz": b"", "albedo.png": b""}),
        ("checkpoint", {"checkpoint.json": b"{}", "tensors-1.pickle": b""}),
        ("preview.png", {"preview.png": bytes((1 << 24) + 1)}),
        ("engine.log", {"engine.log": bytes(MAX_LINES + 1)}),
        ("preview_png", {"preview.png": b""}),
    ],
    ids=lambda change: change[0],
)
def test_what_no_engine_writes_is_not_written(tmp_path, change):
    with pytest.raises(MirrorError, match="which no engine writes"):
        put(tmp_path, change)
    assert list(tmp_path.iterdir()) == []


def test_events_that_are_none_are_left_out(tmp_path):
    lines = b'{"event": "a", "rate": NaN}\nnothing\n[1]\n' + b"[" * 100_000 + b'\n{"event": "b"}'
    assert put(tmp_path, (EVENTS, {EVENTS: lines})) == [{"event": "a", "rate": None}, {"event": "b"}]


def test_an_engine_elsewhere_gets_what_it_goes_on_from_and_nothing_else(tmp_path):
    run = RunSettings("a mug", start="start.npz")
    write_settings(tmp_path, run)
    (tmp_path / "start.npz").write_bytes(b"a shape")
    for action in ACTIONS.values():
        action(tmp_path, 7, b"data")
    send_command(tmp_path, "mesh", faces=500)
    files = needed(tmp_path, run)
    assert sorted(files) == [
        "checkpoint/checkpoint.json", "checkpoint/tensors-000007.safetensors", "commands.jsonl",
        "settings.json", "start.npz",
    ]
    for name, data in files.items():
        path = tmp_path / "elsewhere" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    assert has_checkpoint(tmp_path / "elsewhere")
