"""A draft that goes on under a higher preset: what it has learned and done counts, the rest is the new preset's."""

from __future__ import annotations

import json

import pytest
import torch

from engine.adam import Adam
from engine.checkpoint import CheckpointError
from engine.optimiser import rate_share
from engine.run.folder import settings_path
from engine.run.settings import raise_preset, read_settings
from engine.scenes.painting import PaintedSurface
from tests.engine.session.rig import STEPS, Script, events, go, make, weights

MORE = 30
STOP = [{"command": "stop"}]


@pytest.fixture
def draft(tmp_path):
    """A finished draft whose preset was raised; its own resolution schedule is that of the presets."""
    folder = make(tmp_path, preset="draft")
    go(folder)
    raise_preset(folder, "fine", MORE)
    return folder


def test_it_goes_on_from_where_the_draft_is(draft):
    before = weights(draft)
    session = go(draft, Script(_1=STOP), resume=True)
    after = weights(draft)
    assert after.keys() < before.keys(), "the draft was painted, and now its shape is worked on again"
    assert all(torch.equal(before[name], after[name]) for name in after if name != "painting")
    assert any(name.startswith("adam.") for name in before), "the moments too"
    run = session.optimisation
    assert run.step == STEPS and run.progress == STEPS / run.first_painting_step
    hello = events(draft, "hello")[-1]
    assert (hello["step"], hello["steps"], hello["resumed"]) == (STEPS, MORE, True)


def test_it_does_the_rest_with_the_new_presets_settings(draft, monkeypatch):
    shares, step = [], Adam.step
    monkeypatch.setattr(Adam, "step", lambda adam, share: (shares.append(share), step(adam, share)))
    session = go(draft, resume=True)
    assert session.settings.views == 4 and session.optimisation.step == MORE
    assert events(draft)[-1]["reason"] == "finished" and events(draft, "snapshot")[-1]["step"] == MORE
    painted = MORE - session.optimisation.first_painting_step
    assert isinstance(session.optimisation.scene, PaintedSurface)
    last = session.settings.painting.rate * rate_share(session.settings.optimiser, painted - 1, painted)
    assert shares[-1] == pytest.approx(last)


def test_the_resolution_is_that_of_the_new_presets_share(draft):
    path = settings_path(draft)
    stored = json.loads(path.read_text(encoding="utf-8"))
    del stored["overrides"]["resolutions"]
    path.write_text(json.dumps(stored), encoding="utf-8")
    session = go(draft, Script(_3=STOP), resume=True)
    assert session.settings.resolutions == ((0.0, 32), (0.7, 64))
    assert session.optimisation.progress < 0.7
    assert session.optimisation.take_step().images.shape[-1] == 32
    session.optimisation.step = int(0.8 * session.optimisation.first_painting_step)
    assert session.optimisation.take_step().images.shape[-1] == 64


def test_a_field_of_another_kind_is_refused(draft):
    path = settings_path(draft)
    path.write_text(path.read_text(encoding="utf-8").replace('"fine"', '"paper"'), encoding="utf-8")
    assert read_settings(draft).preset == "paper"
    with pytest.raises(CheckpointError, match="does not fit the run's settings"):
        go(draft, resume=True)
