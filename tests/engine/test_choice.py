"""Which method a run has that names none: the best published one that its card has room for."""

from __future__ import annotations

import pytest
import torch

from engine import room
from engine.guidance.load import load_prior
from engine.room import Needs, choose_method, columns, scene_needs
from engine.run.settings import RunSettings
from engine.settings import engine_settings, with_method
from tests.engine.analytic import TINY_FIELD
from tests.engine.guidance.tiny import save_deepfloyd, save_stable_diffusion

CPU = torch.device("cpu")
ASKED = RunSettings("a mug", prior="stable-diffusion", overrides=TINY_FIELD | {"resolutions": [[0, 32]]})


@pytest.fixture(scope="module")
def prior(tmp_path_factory):
    """Tiny networks of the real classes."""
    return load_prior("stable-diffusion", CPU, save_stable_diffusion(tmp_path_factory.mktemp("weights")))


@pytest.fixture(scope="module")
def enough(prior) -> int:
    """Bytes that a step of SDI takes."""
    settings = engine_settings(with_method(ASKED, "sdi"))
    return Needs(prior.needs(columns(settings.guidance), 1), scene_needs(settings, 1, CPU)).total


def chosen(monkeypatch, prior, size: int | None, asked: RunSettings = ASKED) -> tuple[str, str]:
    monkeypatch.setattr(room, "room_of", lambda device: size)
    return choose_method(asked, prior, CPU)


def test_where_it_just_fits_it_is_the_best_published(prior, enough, monkeypatch):
    method, why = chosen(monkeypatch, prior, enough)
    assert method == "sdi" and why.startswith("Method SDI, with the best published figures: it takes about ")


def test_a_byte_less_and_it_is_the_next_without_economising_for_the_best(prior, enough, monkeypatch):
    method, why = chosen(monkeypatch, prior, enough - 1)
    assert method == "sds" and why.startswith("Method SDS: SDI has better published figures, but takes about ")
    assert prior.rows_at_once == 0 and not prior.vae.is_gradient_checkpointing


def test_both_sizes_are_told_in_gigabytes(prior, monkeypatch):
    monkeypatch.setattr(room, "scene_needs", lambda *_: 20_000_000_000)
    why = chosen(monkeypatch, prior, 8_000_000_000)[1]
    assert "about 23." in why and "and 8.0 GB of the device's memory are free" in why


def test_a_processor_has_what_takes_least(prior, monkeypatch):
    method, why = chosen(monkeypatch, prior, None)
    assert method == "sds" and "wants a graphics card" in why


def test_where_nothing_is_published_there_is_nothing_to_count(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "scene_needs", pytest.fail)
    prior = load_prior("deepfloyd-if", CPU, save_deepfloyd(tmp_path / "if"))
    method, why = chosen(monkeypatch, prior, 10**12, RunSettings("a mug", prior="deepfloyd-if"))
    assert (method, why) == ("sds", "Method SDS: how the others do with DeepFloyd IF is not published.")
