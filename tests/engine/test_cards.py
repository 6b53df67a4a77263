"""A graphics card that torch leaves idle is named, with what to install."""

import pytest
import torch

from engine import cards
from engine.doctor import examine


@pytest.mark.parametrize("maker, name, platform", [("NVIDIA", "cuda", "CUDA"), ("AMD", "hip", "ROCm")])
@pytest.mark.parametrize("built, words", [(None, "is built without {}: install a torch"), ("12.9", "for its {} (")])
def test_what_to_do_depends_on_what_torch_was_built_for(tmp_path, monkeypatch, maker, name, platform, built, words):
    monkeypatch.setattr(cards, "DRIVERS", {maker: ("$NOWHERE/driver", str(tmp_path))})
    monkeypatch.setattr(torch.version, name, built)
    sentence = cards.idle_card()
    assert f"There is an {maker} graphics card" in sentence and words.format(platform) in sentence
    assert sentence.endswith(".") and "\n" not in sentence


def test_without_a_driver_there_is_nothing_to_say(tmp_path, monkeypatch):
    monkeypatch.setattr(cards, "DRIVERS", {"NVIDIA": (str(tmp_path / "none"),)})
    assert cards.idle_card() == ""


def test_the_doctor_says_it_too(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.device.available_devices", lambda: ["cpu"])
    monkeypatch.setattr(cards, "DRIVERS", {"AMD": (str(tmp_path),)})
    (cpu, idle) = examine()["devices"]
    assert cpu.startswith("cpu") and idle == cards.idle_card() != ""
