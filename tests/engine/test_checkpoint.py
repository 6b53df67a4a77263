"""Tensors on disk: what was saved comes back, and what is broken says so."""

import errno
import json

import pytest
import torch

import engine.run.checkpoints
from engine.checkpoint import (
    SCHEMA,
    CheckpointError,
    load_checkpoint,
    optimiser_tensors,
    restore_optimiser,
    save_checkpoint,
)
from engine.run.atomic import atomic_write_bytes

TENSORS = {
    "a": torch.arange(6.0).view(2, 3),
    "state": torch.get_rng_state(),
    "bool": torch.tensor([True, False]),
    "turned": torch.arange(6).view(2, 3).t(),
    "scalar": torch.tensor(3.0),
}


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_round_trip(tmp_path):
    save_checkpoint(tmp_path / "checkpoint", TENSORS, {"step": 12, "threshold": 3.5})
    tensors, numbers = load_checkpoint(tmp_path / "checkpoint")
    assert tensors.keys() == TENSORS.keys()
    assert all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)
    assert (numbers["step"], numbers["threshold"]) == (12, 3.5)


def test_a_newer_checkpoint_replaces_the_older_one(tmp_path):
    for step in (1, 2, 2, 1_000_000):
        save_checkpoint(tmp_path, {"a": torch.tensor(step)}, {"step": step})
    tensors, numbers = load_checkpoint(tmp_path)
    assert tensors["a"] == numbers["step"] == 1_000_000
    assert names(tmp_path) == ["checkpoint.json", "tensors-1000000.safetensors"]


def test_a_save_cut_off_before_its_end_leaves_the_old_one(tmp_path):
    save_checkpoint(tmp_path, {"a": torch.tensor(1)}, {"step": 1})
    (tmp_path / "tensors-000002.safetensors").write_bytes(b"half of it")
    assert load_checkpoint(tmp_path)[1]["step"] == 1


@pytest.mark.parametrize("full_at", ["tensors-000002.safetensors", "checkpoint.json"])
def test_a_disk_that_is_full_leaves_the_old_one(tmp_path, monkeypatch, full_at):
    save_checkpoint(tmp_path, {"a": torch.tensor(1)}, {"step": 1})

    def write(path, data):
        if path.name == full_at:
            raise OSError(errno.ENOSPC, "No space left on device")
        atomic_write_bytes(path, data)

    monkeypatch.setattr(engine.run.checkpoints, "atomic_write_bytes", write)
    with pytest.raises(OSError, match="space"):
        save_checkpoint(tmp_path, {"a": torch.tensor(2)}, {"step": 2})
    assert load_checkpoint(tmp_path)[0]["a"] == 1


def test_what_was_read_does_not_hold_the_file(tmp_path):
    save_checkpoint(tmp_path, {"a": torch.zeros(1000)}, {"step": 1})
    tensors, _ = load_checkpoint(tmp_path)
    (path,) = tmp_path.glob("*.safetensors")
    path.write_bytes(b"x" * path.stat().st_size)
    assert (tensors["a"] == 0).all(), "Windows refuses to replace a file that is still mapped"


def test_there_is_none(tmp_path):
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        load_checkpoint(tmp_path / "checkpoint")


def break_json(folder):
    (folder / "checkpoint.json").write_text('{"schema": 1, "ten', encoding="utf-8")


def empty_json(folder):
    (folder / "checkpoint.json").write_text("[]", encoding="utf-8")


def drop_tensors(folder):
    (folder / "tensors-000001.safetensors").unlink()


def cut_tensors(folder):
    path = folder / "tensors-000001.safetensors"
    path.write_bytes(path.read_bytes()[:-5])


def garble_tensors(folder):
    (folder / "tensors-000001.safetensors").write_bytes(b"\xff" * 300)


def forget_name(folder):
    (folder / "checkpoint.json").write_text(f'{{"schema": {SCHEMA}, "step": 1}}', encoding="utf-8")


def forget_step(folder):
    name = "tensors-000001.safetensors"
    (folder / "checkpoint.json").write_text(f'{{"schema": {SCHEMA}, "tensors": "{name}"}}', encoding="utf-8")


def bytes_for_json(folder):
    (folder / "checkpoint.json").write_bytes(b"\xff\xfe\x00")


@pytest.mark.parametrize(
    "damage",
    [break_json, empty_json, drop_tensors, cut_tensors, garble_tensors, forget_name, forget_step, bytes_for_json],
)
def test_a_broken_one_is_an_error_of_one_sentence(tmp_path, damage):
    save_checkpoint(tmp_path, TENSORS, {"step": 1})
    damage(tmp_path)
    with pytest.raises(CheckpointError, match="is broken") as caught:
        load_checkpoint(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_newer_schema_is_refused(tmp_path):
    save_checkpoint(tmp_path, TENSORS, {"step": 1})
    path = tmp_path / "checkpoint.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"schema": 9}), encoding="utf-8")
    with pytest.raises(CheckpointError, match="schema 9"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize(
    "make",
    [
        lambda parameters: torch.optim.Adam(parameters, lr=0.1, betas=(0.9, 0.99)),
        lambda parameters: torch.optim.AdamW(parameters, lr=0.1),
        lambda parameters: torch.optim.Muon(parameters, lr=0.1),
    ],
)
def test_an_optimiser_goes_on_as_if_nothing_had_been(tmp_path, make):
    def steps(parameter, optimiser, numbers):
        for number in numbers:
            optimiser.zero_grad()
            (parameter * torch.full((3, 2), float(number))).square().sum().backward()
            optimiser.step()

    straight = torch.nn.Parameter(torch.ones(3, 2))
    first = make([straight])
    steps(straight, first, range(3))
    resumed = torch.nn.Parameter(straight.detach().clone())
    second = make([resumed])
    save_checkpoint(tmp_path, optimiser_tensors(first, "x.y"), {"step": 3})
    restore_optimiser(second, load_checkpoint(tmp_path)[0], "x.y")
    steps(straight, first, range(3, 7))
    steps(resumed, second, range(3, 7))
    assert torch.equal(straight, resumed)
