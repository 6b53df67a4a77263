"""The table of priors: another one is an entry and a file, and is found everywhere."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

import engine.guidance.priors as room
from engine import __main__ as command_line
from engine import doctor, sample
from engine.guidance.load import load_prior
from engine.guidance.prior import PriorError
from engine.guidance.weights import find_here
from engine.run.priors import METHOD, METHODS, PRIORS, PriorEntry, Source
from engine.run.settings import LADDER, RunSettings, SettingsError, check_settings, read_settings, write_settings
from engine.settings import engine_settings, open_methods

CRYSTAL_BALL = PriorEntry(
    title="Crystal Ball", sentence="Knows what will be", sampling_scale=3.0, cards={"sds": 8},
    source=Source(name="delphi/ball", networks=("unet",), size=4, licence="none"),
    presets={"draft": {"steps": 7}},
    methods={"sds": {"guidance.scale": 3.0}, "csd": {"guidance.scale": 4.0}},
)  # fmt: skip
FILE = """
def load(folder, loading):
    return folder, loading.device
"""


@pytest.fixture
def added(monkeypatch, tmp_path):
    """An entry and a file for another prior, and a folder of its weights."""
    monkeypatch.setitem(PRIORS, "crystal-ball", CRYSTAL_BALL)
    (tmp_path / "crystal_ball.py").write_text(FILE)
    monkeypatch.setattr(room, "__path__", [*room.__path__, str(tmp_path)])
    for name in ("scheduler/scheduler_config.json", "tokenizer/tokenizer_config.json", "tokenizer/tokenizer.json",
                 "unet/config.json", "unet/model.safetensors"):  # fmt: skip
        file = tmp_path / "weights" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path / "weights"


def test_an_entry_and_a_file_are_all_that_a_run_needs(added, tmp_path):
    asked = RunSettings("a mug", prior="crystal-ball", preset="draft", weights=str(added))
    check_settings(asked)
    write_settings(tmp_path, asked)
    assert read_settings(tmp_path).prior == "crystal-ball"
    settings = engine_settings(asked)
    assert (settings.steps, settings.guidance.scale) == (7, 3.0)
    assert load_prior("crystal-ball", torch.device("cpu"), added) == (added, torch.device("cpu"))


def test_another_method_brings_its_own_settings(added):
    asked = RunSettings("a mug", prior="crystal-ball", preset="draft", overrides={"guidance.method": "csd"})
    assert engine_settings(asked).guidance.scale == 4.0
    asked.overrides["guidance.scale"] = 5.0
    assert engine_settings(asked).guidance.scale == 5.0


def test_it_is_found_by_doctor_downloads_and_command_line(added, capsys):
    assert find_here("crystal-ball", str(added)) == added
    with pytest.raises(PriorError, match="holds no Crystal Ball"):
        find_here("crystal-ball", str(added.parent))
    assert "delphi/ball is not on this machine" in doctor.open_priors("")["crystal-ball"]
    with pytest.raises(SystemExit):
        command_line.main(["generate", "--help"])
    assert "crystal-ball" in capsys.readouterr().out


def test_samples_are_drawn_at_its_own_scale(added, monkeypatch, tmp_path):
    drawn = []
    monkeypatch.setattr(sample, "ddim_samples", lambda *given: drawn.append(given[3]) or torch.zeros(1, 3, 8, 8))
    asked = RunSettings("a mug", prior="crystal-ball", weights=str(added), device="cpu")
    sample.sample_sheet(asked, 1, tmp_path / "sheet.png")
    assert drawn == [CRYSTAL_BALL.sampling_scale]


def test_an_unknown_prior_is_refused_with_the_known_ones():
    with pytest.raises(SettingsError, match="choose one of toybox, stable-diffusion, mvdream"):
        check_settings(RunSettings("a mug", prior="crystal-ball"))


@pytest.mark.parametrize("name", PRIORS)
def test_entries_say_what_an_artist_must_know(name):
    entry = PRIORS[name]
    assert set(entry.presets) == set(LADDER)
    assert not entry.sentence.endswith(".") and len(entry.about) < 250
    if entry.source:
        assert entry.memory and f"{entry.memory} GB" in entry.about and f"{entry.source.size} GB" in entry.about
        assert entry.source.page.endswith(entry.source.name)
    for preset in LADDER:
        for method in entry.methods:
            settings = engine_settings(RunSettings("a mug", prior=name, preset=preset, overrides={METHOD: method}))
            assert settings.cameras.group == entry.group


@pytest.mark.parametrize("name", PRIORS)
def test_what_the_engine_may_choose_among_is_told_with_its_costs(name):
    entry = PRIORS[name]
    assert set(entry.cards) <= set(entry.methods)
    assert list(entry.cards.values()) == sorted(entry.cards.values(), reverse=True)
    assert not entry.cards or list(entry.cards)[-1] == next(iter(entry.methods)), "what takes least"
    assert bool(entry.choice) == (len(entry.methods) > 1)
    for method in entry.cards if entry.choice else ():
        assert METHODS[method][0] in entry.choice
        assert entry.cards[method] == entry.memory or f"{entry.cards[method]} GB" in entry.choice


@pytest.mark.parametrize("name", PRIORS)
def test_what_a_run_says_first_is_true_whatever_method_is_chosen_later(name):
    runs = [RunSettings("a mug", prior=name, overrides={METHOD: method}) for method in PRIORS[name].methods]
    found = map(engine_settings, runs)
    said = {(settings.steps, settings.mesh_threshold, settings.mesh_resolution) for settings in found}
    assert len(said) == 1


def test_methods_are_open_only_where_there_is_a_choice_and_none_is_named():
    asked = RunSettings("a mug", prior="stable-diffusion")
    assert open_methods(asked) == ["sdi", "sds"] and open_methods(replace(asked, prior="deepfloyd-if")) == ["sds"]
    for other in ({"prior": "toybox"}, {"prior": "mvdream"}, {"preset": "paper"}, {"overrides": {METHOD: "csd"}}):
        assert open_methods(replace(asked, **other)) == []


def test_a_method_that_a_prior_lacks_is_refused():
    check_settings(RunSettings("a mug", prior="stable-diffusion", overrides={"guidance.method": "sdi"}))
    with pytest.raises(SettingsError, match="DeepFloyd IF has no settings for the method 'sdi': choose one of sds"):
        check_settings(RunSettings("a mug", prior="deepfloyd-if", overrides={"guidance.method": "sdi"}))
    with pytest.raises(SettingsError, match="MVDream has no settings for the method 'csd': choose one of sds"):
        check_settings(RunSettings("a mug", prior="mvdream", overrides={"guidance.method": "csd"}))
    check_settings(RunSettings("a mug", overrides={"guidance.method": "sdi"}))  # Toybox has none for any


@pytest.mark.parametrize("name", PRIORS)
def test_a_method_that_is_no_word_is_refused_in_a_sentence(name):
    with pytest.raises(SettingsError, match="guidance.method|has no settings for the method"):
        run = RunSettings("a mug", prior=name, overrides={"guidance.method": [1]})
        check_settings(run)
        engine_settings(run)
