"""What a run does of what it is told, and when its lifeline ends."""

import math

import pytest
import torch
from PIL import Image

from engine.checkpoint import load_checkpoint
from engine.listener import Listener
from engine.run.commands import send_command
from engine.run.folder import checkpoint_path, commands_path
from engine.run.snapshots import ALBEDO, read_snapshot
from engine.run.state import newest_snapshot
from tests.engine.session.rig import STEPS, Script, events, go, make, weights


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


def test_a_pause_does_not_slow_the_rate(tmp_path, clock):
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


def test_a_threshold_meshes_anew(tmp_path):
    session = go(make(tmp_path), Script(_3=[{"command": "threshold", "value": 40}], _5=[{"command": "stop"}]))
    assert session.saver.threshold == 40
    assert len(events(tmp_path, "snapshot")) == 2


def faces(folder) -> int:
    return len(read_snapshot(newest_snapshot(folder)[1]).faces)


def test_mesh_changes_what_comes_and_one_mesh_is_made_for_many_commands(tmp_path):
    told = [{"command": "mesh", "faces": count, "texture": 32} for count in (300, 200, 100)]
    go(make(tmp_path), Script(_3=told, _5=[{"command": "stop"}]))
    assert [event["mesh"]["faces"] for event in events(tmp_path, "mesh")] == [300, 200, 100]
    first, last = events(tmp_path, "snapshot")
    assert first["faces"] <= 100 and last["faces"] <= 100 and faces(tmp_path) <= 100
    assert Image.open(newest_snapshot(tmp_path)[1] / ALBEDO).size == (32, 32)


def test_the_final_mesh_obeys_too(tmp_path):
    go(make(tmp_path), Script(_3=[{"command": "mesh", "faces": 90, "final_texture": 128}]))
    assert events(tmp_path)[-1]["reason"] == "finished" and faces(tmp_path) <= 90
    assert Image.open(newest_snapshot(tmp_path)[1] / ALBEDO).size == (128, 128)


def test_what_was_told_of_meshes_holds_for_a_resumed_engine_and_nothing_else(tmp_path):
    """Even if the engine that was told did not live to save it: commands.jsonl itself is what is kept."""
    go(make(tmp_path), Script(_5=[{"command": "stop"}]))
    send_command(tmp_path, "threshold", value=40)
    send_command(tmp_path, "mesh", faces=120)
    send_command(tmp_path, "stop")
    session = go(tmp_path, resume=True)
    assert (session.saver.threshold, session.saver.meshes.sizes["faces"]) == (40, 120)
    assert events(tmp_path)[-1]["reason"] == "finished" and faces(tmp_path) <= 120
    first, again = events(tmp_path, "hello")
    assert first["mesh"]["threshold"] == first["mesh"]["own_threshold"] == again["mesh"]["own_threshold"]
    assert (again["mesh"]["threshold"], again["mesh"]["faces"]) == (40, 120)


@pytest.mark.parametrize("command", [{"value": None}, {}])
def test_a_threshold_without_a_value_is_the_engines_own(tmp_path, command):
    script = Script(_2=[{"command": "threshold", "value": 40}], _3=[{"command": "threshold"} | command])
    session = go(make(tmp_path), script)
    assert session.saver.threshold == session.settings.mesh_threshold


@pytest.mark.parametrize(
    "command",
    [{"command": "threshold", "value": value} for value in (0, -1, "7", [1], math.inf, math.nan)]
    + [{"command": "mesh"} | sizes for sizes in ({}, {"faces": 3}, {"texture": "64"}, {"final_texture": 10_000})]
    + [{"command": "dance"}, {}, {"command": ["stop"]}, {"command": "resume"}],
)
def test_commands_that_mean_nothing_are_left_alone(tmp_path, command):
    session = go(make(tmp_path, steps=3), Script(_2=[command]))
    assert session.saver.holds == events(tmp_path, "hello")[0]["mesh"]
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
    resumed, fresh = Listener(tmp_path, resume=True), Listener(tmp_path)
    assert resumed.read() == [] and resumed.earlier == fresh.read() == [{"command": "stop"}]
    assert fresh.earlier == [] and commands_path(tmp_path).exists()
