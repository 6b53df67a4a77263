"""A run that goes on beyond its last step."""

import json

import pytest
import torch

from engine.__main__ import main
from engine.checkpoint import load_checkpoint
from engine.optimiser import OptimiserSettings, rate_share
from engine.run import exits
from engine.run.folder import checkpoint_path
from engine.run.state import newest_snapshot
from tests.engine.session.rig import STEPS, Script, events, go, make, weights

MORE = STEPS + 6


def totals(folder) -> list[int]:
    return [event["steps"] for event in events(folder, "hello")]


def last_step(folder) -> int:
    return load_checkpoint(checkpoint_path(folder))[1]["step"]


def test_a_finished_run_goes_on_and_its_newest_mesh_is_of_the_new_end(tmp_path):
    go(make(tmp_path))
    assert main(["resume", str(tmp_path), "--steps", str(MORE)]) == exits.OK
    assert totals(tmp_path) == [STEPS, MORE] and last_step(tmp_path) == newest_snapshot(tmp_path)[0] == MORE
    assert events(tmp_path, "snapshot")[-1]["final"] and events(tmp_path)[-1]["reason"] == "finished"


@pytest.mark.parametrize("first", [STEPS, 5], ids=["finished", "stopped"])
def test_stopped_on_its_way_it_resumes_to_the_same_end_bit_for_bit(tmp_path, first):
    straight, disturbed = make(tmp_path / "straight"), make(tmp_path / "disturbed")
    for folder, at in ((straight, 10**6), (disturbed, 4)):
        go(folder, Script(**({} if first == STEPS else {f"_{first + 1}": [{"command": "stop"}]})))
        assert last_step(folder) == first
        go(folder, Script(**{f"_{at}": [{"command": "stop"}]}), resume=True, steps=MORE)
    assert last_step(disturbed) == first + 3
    go(disturbed, resume=True)
    assert totals(disturbed) == [STEPS, MORE, MORE] and last_step(disturbed) == MORE
    one, other = weights(straight), weights(disturbed)
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_what_ends_the_engine_before_its_first_step_does_not_end_the_wish(tmp_path, monkeypatch):
    go(make(tmp_path))

    def fail(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("engine.session.load_prior", fail)
        assert main(["resume", str(tmp_path), "--steps", str(MORE)]) == 130
    go(tmp_path, resume=True)
    assert totals(tmp_path) == [STEPS, MORE, MORE] and last_step(tmp_path) == MORE


def test_beyond_the_last_step_schedules_stay_where_they_end(tmp_path):
    session = go(make(tmp_path))
    optimisation = session.optimisation
    optimisation.extra = 3
    shares = []
    while optimisation.step < optimisation.last_step:
        shares.append(optimisation.progress)
        optimisation.take_step()
    assert shares == [1.0] * 3
    settings = OptimiserSettings()
    assert rate_share(settings, STEPS, STEPS) == rate_share(settings, 10 * STEPS, STEPS) == settings.final


@pytest.mark.parametrize("steps", [STEPS - 1, 0, -3, 2**31])
def test_an_end_that_lies_behind_is_refused_in_one_sentence(tmp_path, capsys, steps):
    go(make(tmp_path))
    assert main(["resume", str(tmp_path), "--steps", str(steps)]) == exits.BAD_INPUT
    sentence = f"The number of steps must be from {STEPS}, the run's own, to 2147483647, not {steps}."
    assert capsys.readouterr().err.strip() == sentence
    assert last_step(tmp_path) == STEPS


@pytest.mark.parametrize("extra", [-1, 1.5, "7", None, 2**53])
def test_a_checkpoint_with_a_strange_number_of_extra_steps_is_refused(tmp_path, capsys, extra):
    go(make(tmp_path))
    path = checkpoint_path(tmp_path) / "checkpoint.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"extra": extra}))
    assert main(["resume", str(tmp_path)]) == exits.CHECKPOINT_UNUSABLE
    assert "number of extra steps" in capsys.readouterr().err
