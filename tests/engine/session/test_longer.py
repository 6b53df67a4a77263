"""A finished run that is planned longer goes on, and whatever ends it on the way, it still gets there."""

import torch

from engine.__main__ import main
from engine.optimiser import OptimiserSettings, rate_share
from engine.run import exits
from engine.run.settings import set_steps
from engine.run.state import newest_snapshot
from tests.engine.session.rig import STEPS, Script, events, go, make, weights

MORE = STEPS * 3 // 2
STOP = [{"command": "stop"}]


def finished(folder):
    go(make(folder))
    return folder


def test_it_ends_with_a_mesh_of_its_new_end(tmp_path):
    assert main(["resume", str(finished(tmp_path)), "--steps", str(MORE)]) == exits.OK
    assert [event["steps"] for event in events(tmp_path, "hello")] == [STEPS, MORE]
    assert events(tmp_path, "snapshot")[-1]["final"] and newest_snapshot(tmp_path)[0] == MORE
    assert events(tmp_path)[-1]["reason"] == "finished"


def test_stopped_on_its_way_it_resumes_to_the_same_end_bit_for_bit(tmp_path):
    straight, disturbed = finished(tmp_path / "straight"), finished(tmp_path / "disturbed")
    for folder in (straight, disturbed):
        set_steps(folder, MORE)
    go(straight, resume=True)
    go(disturbed, Script(_4=STOP), resume=True)
    assert events(disturbed)[-1]["step"] == STEPS + 3
    go(disturbed, resume=True)
    one, other = weights(straight), weights(disturbed)
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_half_as_many_steps_again_begin_in_the_last_third_of_all_schedules(tmp_path):
    set_steps(finished(tmp_path), MORE)
    session = go(tmp_path, Script(_1=STOP), resume=True)
    shaping = session.optimisation.first_painting_step
    assert session.optimisation.progress == STEPS / shaping > 0.6
    rates = [rate_share(OptimiserSettings(), step, shaping) for step in range(STEPS, shaping)]
    assert rates == sorted(rates, reverse=True) and rates[0] < 0.5, "they fall, and not from the top"


def test_an_end_that_lies_behind_is_refused_in_one_sentence(tmp_path, capsys):
    before = weights(finished(tmp_path))
    for steps in (STEPS, 0, -3):
        assert main(["resume", str(tmp_path), "--steps", str(steps)]) == exits.BAD_INPUT
        sentence = f"The run has done {STEPS} steps already: give it more than that."
        assert capsys.readouterr().err.strip() == sentence
    assert events(tmp_path)[-1]["event"] == "done", "the run is as it was"
    after = weights(tmp_path)
    assert all(torch.equal(before[name], after[name]) for name in before)
