"""The learning rates over a run."""

from itertools import pairwise

import pytest

from engine.optimiser import OptimiserSettings, rate_share


def test_rates_warm_up_and_then_decay():
    settings = OptimiserSettings(warm_up=0.1, final=0.1)
    shares = [rate_share(settings, step, 100) for step in range(100)]
    assert shares[:11] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.0])
    assert all(a > b for a, b in pairwise(shares[10:]))
    assert shares[55] == pytest.approx(0.55) and shares[-1] == pytest.approx(0.1, abs=0.001)
