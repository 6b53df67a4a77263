"""What the tests of a run share."""

import pytest

import engine.session
from tests.engine.analytic import GaussianPrior


@pytest.fixture(autouse=True)
def prior(monkeypatch) -> GaussianPrior:
    prior = GaussianPrior(0.4, 0.3)
    monkeypatch.setattr(engine.session, "load_prior", lambda *_: prior)
    return prior
