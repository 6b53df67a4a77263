"""A run around the loop: its events, files, commands and endings, with a prior that has a closed form."""

import itertools
import math
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

import engine.session
from engine.__main__ import main
from engine.checkpoint import CheckpointError, load_checkpoint
from engine.health import DivergenceError
from engine.listener import Listener
from engine.run import exits
from engine.run.commands import command_reader, send_command
from engine.run.folder import (
    checkpoint_path,
    commands_path,
    events_path,
    has_checkpoint,
    preview_path,
    snapshots_path,
)
from engine.run.settings import RunSettings, write_settings
from engine.run.snapshots import read_snapshot
from engine.run.state import RunState, newest_snapshot, status, update
from engine.run.tail import TailReader
from engine.session import Session
from tests.engine.analytic import TINY_FIELD, GaussianPrior

STEPS = 12
TINY = {
    "resolutions": [[0, 8]],
    "views_at_once": 2,
    **TINY_FIELD,
    "mesh_resolution": 24,
}


class Script(Listener):
    """Commands by the number of the look at them: one look per step, more while the run is paused."""

    def __init__(self, **by_look):
        self.by_look, self.looks = {int(look[1:]): commands for look, commands in by_look.items()}, 0

    def at(self, folder):
        super().__init__(folder)
        return self

    def read(self):
        self.looks += 1
        return self.by_look.get(self.looks, [])


@pytest.fixture(autouse=True)
def prior(monkeypatch) -> GaussianPrior:
    prior = GaussianPrior(0.4, 0.3)
    monkeypatch.setattr(engine.session, "load_prior", lambda *_: prior)
    return prior


def make(folder, prompt="a grey field", overrides=None, **settings):
    folder.mkdir(exist_ok=True)
    chosen = {
        "device": "cpu",
        "steps": STEPS,
        "snapshot_every": 60.0,
        "face_budget": 400,
        "texture_size": 64,
        "final_texture_size": 64,
    } | settings
    write_settings(folder, RunSettings(prompt, overrides=TINY | (overrides or {}), **chosen))
    return folder


def go(folder, script=None, resume=False) -> Session:
    session = Session(folder, (script or Script()).at(folder))
    session.start(resume)
    return session


def events(folder, kind=None) -> list[dict]:
    return [event for event in TailReader(events_path(folder)).read() if kind in (None, event["event"])]


def weights(folder) -> dict[str, torch.Tensor]:
    return load_checkpoint(checkpoint_path(folder))[0]


def test_a_whole_run(tmp_path):
    folder = make(tmp_path)
    go(folder)
    said = events(folder)
    kinds = [event["event"] for event in said]
    assert kinds[:3] == ["hello", "stage", "stage"] and kinds[-3:] == ["stage", "snapshot", "done"]
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
    assert preview_path(folder).read_bytes().startswith(b"\x89PNG")
    assert load_checkpoint(checkpoint_path(folder))[1]["step"] == STEPS


def test_the_bridge_understands_it(tmp_path):
    go(make(tmp_path))
    state = RunState()
    update(state, events(tmp_path))
    assert state.done == "finished" and state.error is None
    assert status(state, False, 0)[0] == "finished"


def test_snapshots_come_after_occupancy_updates_where_asked(tmp_path):
    go(make(tmp_path, snapshot_every=0.0))
    live = [event["step"] for event in events(tmp_path, "snapshot") if not event["final"]]
    assert live == [4, 8], "and the last step has its final mesh alone"


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
    monkeypatch.setattr(engine.session, "idle_card", lambda: "There is a card.")
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


def test_stop(tmp_path):
    go(make(tmp_path), Script(_6=[{"command": "stop"}]))
    done, snapshot = events(tmp_path)[-1], events(tmp_path)[-2]
    assert (done["reason"], done["step"]) == ("stopped", 5)
    assert snapshot["event"] == "snapshot" and not snapshot["final"]
    assert load_checkpoint(checkpoint_path(tmp_path))[1]["step"] == 5


def test_pause_and_resume(tmp_path):
    pause, snapshot, resume = ([{"command": name}] for name in ("pause", "snapshot", "resume"))
    go(make(tmp_path), Script(_4=pause, _5=pause, _6=snapshot, _7=[], _8=resume, _9=resume))
    kinds = [event["event"] for event in events(tmp_path)]
    assert kinds.count("paused") == kinds.count("resumed") == 1
    assert kinds[kinds.index("paused") :][:3] == ["paused", "snapshot", "resumed"]
    assert events(tmp_path)[-1]["reason"] == "finished"


def test_a_pause_does_not_slow_the_rate(tmp_path, monkeypatch):
    """On a clock that only goes on while a step is taken, for a second, or while the engine sleeps, for an hour."""
    clock = [0.0]

    def ask(noisy, *others):
        clock[0] += 1.0
        return exact(noisy, *others)

    prior = engine.session.load_prior("", "")
    exact, prior.predict_noise = prior.predict_noise, ask
    passing = SimpleNamespace(
        monotonic=lambda: clock[0],
        perf_counter=lambda: clock[0],
        sleep=lambda _: clock.__setitem__(0, clock[0] + 3600),
    )
    monkeypatch.setattr(engine.session, "time", passing)
    go(make(tmp_path), Script(_4=[{"command": "pause"}], _6=[{"command": "resume"}]))
    said = events(tmp_path, "progress")
    assert len(said) == STEPS and {event["rate"] for event in said} == {1.0}
    assert said[0]["remaining"] == STEPS - 1


def test_stop_while_paused(tmp_path):
    go(make(tmp_path), Script(_4=[{"command": "pause"}], _6=[{"command": "stop"}]))
    assert (events(tmp_path)[-1]["reason"], events(tmp_path)[-1]["step"]) == ("stopped", 3)


def test_the_same_result_with_and_without_interruptions(tmp_path):
    go(make(tmp_path / "straight"))
    disturbed = make(tmp_path / "disturbed", snapshot_every=0.0, preview_every=0.0)
    go(disturbed, Script(_3=[{"command": "pause"}], _5=[{"command": "resume"}], _9=[{"command": "stop"}]))
    go(disturbed, resume=True)
    first, second = weights(tmp_path / "straight"), weights(disturbed)
    assert first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)
    starts = [event["step"] for event in events(disturbed, "hello")]
    assert len(starts) == 2 and starts[0] == 0 < starts[1] < STEPS


def test_a_threshold_meshes_anew_and_lives_on(tmp_path):
    session = go(make(tmp_path), Script(_3=[{"command": "threshold", "value": 40}], _5=[{"command": "stop"}]))
    assert session.threshold == 40
    assert len(events(tmp_path, "snapshot")) == 2
    assert go(tmp_path, resume=True).threshold == 40


@pytest.mark.parametrize("command", [{"value": None}, {}])
def test_a_threshold_without_a_value_is_the_engines_own(tmp_path, command):
    script = Script(_2=[{"command": "threshold", "value": 40}], _3=[{"command": "threshold"} | command])
    session = go(make(tmp_path), script)
    assert session.threshold == session.settings.mesh_threshold


@pytest.mark.parametrize(
    "command",
    [{"command": "threshold", "value": value} for value in (0, -1, "7", [1], math.inf, math.nan)]
    + [{"command": "dance"}, {}, {"command": ["stop"]}, {"command": "resume"}],
)
def test_commands_that_mean_nothing_are_left_alone(tmp_path, command):
    session = go(make(tmp_path, steps=3), Script(_2=[command]))
    assert session.threshold == session.settings.mesh_threshold
    assert len(events(tmp_path, "snapshot")) == 1 and events(tmp_path)[-1]["reason"] == "finished"


def test_when_the_lifeline_ends_everything_is_kept(tmp_path):
    class Leaving(Script):
        def read(self):
            if self.looks == 4:
                self.gone.set()
            return super().read()

    go(make(tmp_path), Leaving())
    assert (events(tmp_path)[-1]["reason"], events(tmp_path)[-1]["step"]) == ("abandoned", 4)
    assert load_checkpoint(checkpoint_path(tmp_path))[1]["step"] == 4
    assert events(tmp_path, "snapshot") == []


def test_the_lifeline_counts_while_paused_too(tmp_path):
    class Leaving(Script):
        def read(self):
            if self.looks == 1:
                self.gone.set()
            return super().read()

    go(make(tmp_path), Leaving(_1=[{"command": "pause"}]))
    assert events(tmp_path)[-1]["reason"] == "abandoned"


def test_commands_given_before_a_resume_are_over(tmp_path):
    send_command(tmp_path, "stop")
    assert command_reader(tmp_path, resume=True).read() == []
    fresh = command_reader(tmp_path, resume=False)
    assert [command["command"] for command in fresh.read()] == ["stop"]
    assert commands_path(tmp_path).exists()


def test_without_a_checkpoint_there_is_no_silent_fresh_start(tmp_path):
    snapshots_path(make(tmp_path)).mkdir()
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        go(tmp_path, resume=True)
    assert events(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_after_a_first_checkpoint_that_met_a_full_disk_a_resume_begins_again(tmp_path):
    checkpoint_path(make(tmp_path)).mkdir()
    unfinished = checkpoint_path(tmp_path) / f".tensors-000001.safetensors.{os.getpid()}.tmp"
    unfinished.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left on device"):
        go(tmp_path)
    assert checkpoint_path(tmp_path).exists() and not has_checkpoint(tmp_path)
    assert main(["resume", str(tmp_path)]) == exits.OK
    first, again = events(tmp_path, "hello")
    assert (first["resumed"], again["resumed"]) == (False, False) and has_checkpoint(tmp_path)


@pytest.mark.parametrize("verb", ["run", "resume"])
def test_an_empty_folder_of_checkpoints_hinders_nothing(tmp_path, verb):
    checkpoint_path(make(tmp_path)).mkdir()
    assert main([verb, str(tmp_path)]) == exits.OK
    assert events(tmp_path, "hello")[0]["resumed"] is False and events(tmp_path)[-1]["reason"] == "finished"


def test_a_checkpoint_of_other_settings_is_refused(tmp_path):
    go(make(tmp_path), Script(_3=[{"command": "stop"}]))
    before = weights(tmp_path)
    make(tmp_path, overrides={"field.grid.channels": 3})
    with pytest.raises(CheckpointError, match="does not fit"):
        go(tmp_path, resume=True)
    assert all(torch.equal(tensor, before[name]) for name, tensor in weights(tmp_path).items())


def test_a_finished_run_resumed_makes_its_last_mesh_again(tmp_path):
    go(make(tmp_path))
    go(tmp_path, resume=True)
    assert [event["reason"] for event in events(tmp_path, "done")] == ["finished"] * 2
    assert [event["final"] for event in events(tmp_path, "snapshot")] == [True, True]


def diverge(prior, monkeypatch, calls) -> None:
    """Have the prior answer with NaN whenever it is asked for one of these times, the first being 1."""
    count, exact = itertools.count(1), prior.predict_noise
    monkeypatch.setattr(
        prior, "predict_noise", lambda noisy, *others: exact(noisy, *others) * (math.nan if next(count) in calls else 1)
    )


def test_a_diverged_run_says_so_and_keeps_its_last_checkpoint(tmp_path, prior, monkeypatch):
    diverge(prior, monkeypatch, range(6, 1000))
    with pytest.raises(DivergenceError, match="diverging"):
        go(make(tmp_path, overrides={"checkpoint_every": 0.0}))
    tensors, numbers = load_checkpoint(checkpoint_path(tmp_path))
    assert numbers["step"] == 5 and torch.isfinite(tensors["field.grids.0"]).all()


def test_a_resumed_run_that_had_begun_again_counts_all_its_steps(tmp_path, prior, monkeypatch):
    diverge(prior, monkeypatch, [5])
    go(make(tmp_path))
    go(tmp_path, resume=True)
    first, again = events(tmp_path, "hello")
    assert again["steps"] == again["step"] == first["steps"] + 4


def test_a_run_that_diverges_at_its_first_step_begins_again(tmp_path, prior, monkeypatch):
    diverge(prior, monkeypatch, [1])
    go(make(tmp_path))
    assert events(tmp_path, "done")[0]["reason"] == "finished"
    assert events(tmp_path, "progress")[0]["remaining"] is None, "no rate is known yet"


def test_ctrl_c_keeps_what_there_is(tmp_path, monkeypatch, capsys):
    class Impatient(GaussianPrior):
        calls = 0

        def predict_noise(self, *arguments):
            self.calls += 1
            if self.calls == 4:
                raise KeyboardInterrupt
            return super().predict_noise(*arguments)

    monkeypatch.setattr(engine.session, "load_prior", lambda *_: Impatient(0.4, 0.3))
    assert main(["run", str(make(tmp_path))]) == 130
    done = events(tmp_path)[-1]
    assert (done["event"], done["reason"], done["step"]) == ("done", "stopped", 3)
    assert load_checkpoint(checkpoint_path(tmp_path))[1]["step"] == 3
    assert capsys.readouterr().err.strip().endswith("Interrupted.")
