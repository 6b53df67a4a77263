"""A run around the loop: its events and files, with a prior that has a closed form."""

from functools import partial

import pytest
import torch

from engine.checkpoint import load_checkpoint
from engine.optimise import BACKDROP, PREVIEW
from engine.run.folder import checkpoint_path, preview_path, snapshots_path
from engine.run.snapshots import read_snapshot
from engine.run.state import RunState, newest_snapshot, status, update
from engine.session import saver
from tests.engine.session.rig import STEPS, events, go, make


def test_a_whole_run(tmp_path):
    folder = make(tmp_path)
    go(folder)
    said = events(folder)
    kinds = [event["event"] for event in said]
    assert kinds[:3] == ["hello", "stage", "stage"] and kinds[-4:] == ["stage", "preview", "snapshot", "done"]
    assert [event["name"] for event in said if event["event"] == "stage"] == ["loading prior", "optimising", "meshing"]
    hello, done, final = said[0], said[-1], said[-2]
    assert (hello["prompt"], hello["prior"], hello["device"], hello["steps"], hello["step"]) == (
        "a grey field",
        "toybox",
        "cpu",
        STEPS,
        0,
    )
    assert done["reason"] == "finished" and done["step"] == STEPS and done["peak_memory"]["process"] > 1e6
    assert final["final"] and final["step"] == STEPS and final["seconds"] > 0
    progress = events(folder, "progress")[0]
    assert 0 < progress["opacity"] < 1 and progress["gradient_size"] > 0
    assert progress["rate"] > 0 and progress["remaining"] >= 0
    step, path = newest_snapshot(folder)
    mesh = read_snapshot(path)
    assert (step, len(mesh.vertices), len(mesh.faces)) == (STEPS, final["vertices"], final["faces"])
    assert len(mesh.faces) <= 400
    assert preview_path(folder).read_bytes().startswith(b"\x89PNG") and events(folder, "preview")[-1]["step"] == STEPS
    assert load_checkpoint(checkpoint_path(folder))[1]["step"] == STEPS


def test_a_preview_shows_the_object_before_a_plain_backdrop_and_moves_nothing(tmp_path):
    optimisation = go(make(tmp_path, steps=2)).optimisation
    before, state = {name: tensor.clone() for name, tensor in optimisation.tensors().items()}, torch.get_rng_state()
    picture = optimisation.preview()[0]
    assert picture.shape == (3, PREVIEW, PREVIEW)
    assert torch.allclose(picture[:, [0, 0, -1, -1], [0, -1, 0, -1]], torch.tensor(BACKDROP), atol=1e-4)
    assert (picture[:, PREVIEW // 2, PREVIEW // 2] - BACKDROP).abs().max() > 0.02
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(tensor, before[name]) for name, tensor in optimisation.tensors().items())


def test_the_bridge_understands_it(tmp_path):
    go(make(tmp_path))
    state = RunState()
    update(state, events(tmp_path))
    assert state.done == "finished" and state.error is None
    assert status(state, False, 0)[0] == "finished"


def test_snapshots_come_after_occupancy_updates_where_asked(tmp_path):
    go(make(tmp_path, snapshot_every=0.0))
    live = [event["step"] for event in events(tmp_path, "snapshot") if not event["final"]]
    assert live == [1, 5, 9], "and the last step has its final mesh alone"


def test_a_long_run_keeps_few_of_its_snapshots(tmp_path, monkeypatch):
    monkeypatch.setattr(saver, "thin_snapshots", partial(saver.thin_snapshots, most=5))
    go(make(tmp_path, steps=32, snapshot_every=0.0))
    made = [event["step"] for event in events(tmp_path, "snapshot")]
    kept = sorted(int(path.name) for path in snapshots_path(tmp_path).iterdir())
    assert made == [1, 5, 9, 13, 17, 21, 25, 29, 32]
    assert len(kept) == 5 and kept[0] == 1 and kept[-3:] == [25, 29, 32]


@pytest.mark.parametrize(
    "what, seconds, at",
    [("extract", 1.25, [1, 8, 15, 17]), ("save_checkpoint", 0.125, [1, 8, 15, 17]),
     ("save_preview", 0.25, [1, 2, 8, 14, 17])],
    ids=lambda each: each if isinstance(each, str) else "",
)  # fmt: skip
def test_what_is_slow_to_save_is_saved_less_often(tmp_path, monkeypatch, clock, what, seconds, at):
    """Each would come with every step, of a second; a fifth of the time for meshes, a fiftieth for checkpoints, a
    twenty-fifth for previews, makes 6.25 s between two. A first preview's time says nothing of the others'."""
    save, saved = getattr(saver, what), []

    def save_slowly(*arguments, **options):
        saved.append(clock.steps)
        clock.seconds += seconds
        return save(*arguments, **options)

    monkeypatch.setattr(saver, what, save_slowly)
    often = {"occupancy.every": 1, "checkpoint_every": 1.0}
    go(make(tmp_path, steps=17, snapshot_every=1.0, preview_every=1.0, overrides=often))
    assert saved == at


def test_a_priors_doubt_is_told_and_the_run_goes_on(tmp_path):
    go(make(tmp_path, prompt="a grey wug"))
    (warning,) = events(tmp_path, "warning")
    assert warning["message"] == "No wug is known."
    assert events(tmp_path)[-1]["reason"] == "finished"


def test_a_prompt_that_is_too_long_is_told(tmp_path):
    go(make(tmp_path, prompt="a grey field " * 7))
    (warning,) = events(tmp_path, "warning")
    assert "reads only the beginning of" in warning["message"] and warning["message"].endswith("shorten it.")


def test_a_note_is_told_once(tmp_path):
    go(make(tmp_path, snapshot_every=0.0, texture_size=16))
    messages = [event["message"] for event in events(tmp_path, "warning")]
    assert len(messages) == len(set(messages)) and any("16 x 16" in message for message in messages)


def test_an_idle_card_is_named_where_the_device_was_left_to_the_engine(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.session.announcer.idle_card", lambda: "There is a card.")
    monkeypatch.setattr("engine.device.available_devices", lambda: ["cpu"])
    for device in ("auto", "cpu"):
        go(make(tmp_path / device, device=device, steps=1))
    assert [event["message"] for event in events(tmp_path / "auto", "warning")] == ["There is a card."]
    assert events(tmp_path / "cpu", "warning") == []


def test_no_surface_is_a_normal_event(tmp_path):
    go(make(tmp_path, overrides={"mesh_threshold": 1e6}))
    (snapshot,) = events(tmp_path, "snapshot")
    assert snapshot["empty"] and snapshot["final"] and "vertices" not in snapshot
    assert newest_snapshot(tmp_path) is None
    assert events(tmp_path)[-1]["reason"] == "finished"
