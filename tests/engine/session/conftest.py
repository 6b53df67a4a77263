"""What the tests of a run share."""

from types import SimpleNamespace

import pytest

import engine.session
from tests.engine.analytic import GaussianPrior


@pytest.fixture(autouse=True)
def prior(monkeypatch) -> GaussianPrior:
    prior = GaussianPrior(0.4, 0.3)
    monkeypatch.setattr(engine.session, "load_prior", lambda *_: prior)
    return prior


@pytest.fixture
def clock(prior, monkeypatch) -> SimpleNamespace:
    """A clock that only goes on while a step is taken, for a second, or while the engine sleeps, for an hour; `seconds`
    and `steps` so far."""
    clock, exact = SimpleNamespace(seconds=0.0, steps=0), prior.predict_noise

    def pass_by(seconds: float) -> None:
        clock.seconds += seconds

    def ask(noisy, *others):
        clock.steps += 1
        pass_by(1.0)
        return exact(noisy, *others)

    prior.predict_noise = ask
    passing = SimpleNamespace(
        monotonic=lambda: clock.seconds, perf_counter=lambda: clock.seconds, sleep=lambda _: pass_by(3600.0)
    )
    for module in ("commands", "loop", "saver"):
        monkeypatch.setattr(f"engine.session.{module}.time", passing)
    return clock
