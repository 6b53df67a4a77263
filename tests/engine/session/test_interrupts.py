"""Ctrl+C in the midst of a step: it waits for the step's end, and what is saved goes on bit for bit."""

import signal

import pytest
import torch

from engine.__main__ import main
from engine.run import exits
from engine.session.interrupts import StepsAreWhole
from tests.engine.session.rig import STEPS, events, make, weights


def interrupt(prior, monkeypatch, calls, number=signal.SIGINT):
    """Have a signal come while the prior is asked for one of these times, the first being 1."""
    asked, exact = [], prior.predict_noise

    def interrupted(*told):
        asked.append(None)
        if len(asked) in calls:
            signal.raise_signal(number)
        return exact(*told)

    monkeypatch.setattr(prior, "predict_noise", interrupted)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_in_a_step_goes_on_bit_for_bit(tmp_path, prior, monkeypatch, number):
    assert main(["run", str(make(tmp_path / "straight"))]) == exits.OK
    interrupt(prior, monkeypatch, [4], number)
    assert main(["run", str(make(tmp_path / "broken"))]) == 130
    assert events(tmp_path / "broken", "done")[0]["step"] == 4
    assert main(["resume", str(tmp_path / "broken")]) == exits.OK
    straight, broken = weights(tmp_path / "straight"), weights(tmp_path / "broken")
    assert events(tmp_path / "broken", "done")[1]["step"] == STEPS and straight.keys() == broken.keys()
    assert all(torch.equal(tensor, broken[name]) for name, tensor in straight.items())


def test_a_second_one_does_not_wait():
    before, reached = signal.getsignal(signal.SIGINT), []
    with pytest.raises(KeyboardInterrupt):
        with StepsAreWhole():
            signal.raise_signal(signal.SIGINT)
            reached.append("the first")
            signal.raise_signal(signal.SIGINT)
            reached.append("the second")
    assert reached == ["the first"] and signal.getsignal(signal.SIGINT) is before


def test_an_error_of_the_step_is_told_before_the_interrupt():
    with pytest.raises(ZeroDivisionError):
        with StepsAreWhole():
            signal.raise_signal(signal.SIGINT)
            raise ZeroDivisionError


def test_a_signal_that_means_something_else_is_left_alone():
    heard = []
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append("another's"))
    try:
        with StepsAreWhole():
            signal.raise_signal(signal.SIGTERM)
            assert heard == ["another's"]
    finally:
        signal.signal(signal.SIGTERM, before)
