"""The method of a run that names none is chosen once, told, and kept."""

from __future__ import annotations

import json

import pytest

from engine import room
from engine.checkpoint import MISFIT, CheckpointError, load_checkpoint
from engine.run.folder import checkpoint_path
from engine.run.settings import raise_preset, read_settings
from engine.run.state import read_state
from engine.session import Session
from tests.engine.session.rig import Script, events, go, make

STOP = [{"command": "stop"}]
PLENTY = 10**15


def with_room(monkeypatch, size: int | None) -> None:
    monkeypatch.setattr(room, "room_of", lambda device: size)


def begun(folder, monkeypatch, size: int | None = PLENTY, **settings) -> Session:
    """A run that was stopped early, begun where so much memory was free."""
    with_room(monkeypatch, size)
    return go(make(folder, **{"prior": "stable-diffusion"} | settings), Script(_3=STOP))


def method_of(session: Session) -> str:
    """What the steps were taken by."""
    assert session.settings is session.saver.settings is session.optimisation.settings
    return session.optimisation.guidance.settings.method


@pytest.mark.parametrize("size, method", [(PLENTY, "sdi"), (1, "sds"), (None, "sds")])
def test_it_is_chosen_by_the_memory_at_hand_and_told(tmp_path, monkeypatch, capfd, size, method):
    session = begun(tmp_path, monkeypatch, size)
    assert method_of(session) == method and session.settings.guidance.scale == {"sdi": 7.5, "sds": 101}[method]
    (event,) = events(tmp_path, "method")
    assert event["name"] == method and event["message"] in capfd.readouterr().out
    assert read_state(tmp_path).method == event["message"]
    assert read_settings(tmp_path).overrides.get("guidance.method") is None, "what was asked stays what was asked"


@pytest.mark.parametrize("size, method, later", [(PLENTY, "sdi", 1), (1, "sds", PLENTY)])
def test_a_resumed_run_goes_on_with_the_one_it_began_with(tmp_path, monkeypatch, size, method, later):
    begun(tmp_path, monkeypatch, size)
    with_room(monkeypatch, later)
    assert method_of(go(tmp_path, resume=True)) == method
    assert events(tmp_path, "method")[-1]["message"].endswith("with which the run has begun.")
    assert events(tmp_path)[-1]["reason"] == "finished"


def test_a_run_that_is_taken_up_a_preset_keeps_it_too(tmp_path, monkeypatch):
    begun(tmp_path, monkeypatch, preset="draft")
    raise_preset(tmp_path, "standard", 20)
    with_room(monkeypatch, None)
    assert method_of(go(tmp_path, Script(_2=STOP), resume=True)) == "sdi"


def test_without_a_checkpoint_it_is_chosen_anew(tmp_path, monkeypatch):
    with_room(monkeypatch, 1)
    assert method_of(go(make(tmp_path, prior="stable-diffusion"), resume=True)) == "sds"


@pytest.mark.parametrize(
    "settings", [{"overrides": {"guidance.method": "sdi"}}, {"prior": "toybox"}, {"preset": "paper", "overrides": {
        "field.kind": "grid", "render.normals": "surface"}}],
)  # fmt: skip
def test_where_none_is_open_nothing_is_chosen(tmp_path, monkeypatch, settings):
    session = begun(tmp_path, monkeypatch, **settings)
    assert method_of(session) == settings.get("overrides", {}).get("guidance.method", "sds")
    assert events(tmp_path, "method") == [] and read_state(tmp_path).method == ""


def rewrite(folder, **numbers) -> None:
    """Change what the checkpoint says; None takes a number away."""
    path = checkpoint_path(folder) / "checkpoint.json"
    stored = json.loads(path.read_text(encoding="utf-8")) | numbers
    path.write_text(json.dumps({name: value for name, value in stored.items() if value is not None}), encoding="utf-8")


def test_a_checkpoint_of_before_there_was_a_choice_has_gone_by_sds(tmp_path, monkeypatch):
    begun(tmp_path, monkeypatch, 1)
    assert load_checkpoint(checkpoint_path(tmp_path))[1]["method"] == "sds"
    rewrite(tmp_path, method=None)
    with_room(monkeypatch, PLENTY)
    assert method_of(go(tmp_path, resume=True)) == "sds"


@pytest.mark.parametrize("method", ["vsd", 7, [], {"sdi": 1}])
def test_a_checkpoint_with_a_method_that_is_none_is_refused_in_one_sentence(tmp_path, monkeypatch, method):
    begun(tmp_path, monkeypatch)
    rewrite(tmp_path, method=method)
    with pytest.raises(CheckpointError, match=MISFIT):
        go(tmp_path, resume=True)
