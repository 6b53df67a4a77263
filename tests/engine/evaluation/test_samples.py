"""Samples of the shipped prior, asked for and judged."""

import random

import pytest
import torch

from engine.evaluation import samples
from engine.evaluation.classifier import Classifier
from engine.evaluation.samples import (
    draw_samples,
    never_shown_pairs,
    samples_part,
    samples_targets,
    score_samples,
    shown_pairs,
)
from engine.guidance.priors.toybox import WEIGHTS
from engine.shading import Shading
from engine.toybox.colours import TAUGHT_COLOURS
from engine.toybox.data import HELD_OUT, Subject
from engine.toybox.model import load
from engine.toybox.shown import Shown


@pytest.fixture(scope="module")
def toybox():
    return load(WEIGHTS)


def test_pairs_are_those_shown_or_never_shown():
    shown = shown_pairs(["chair", "mug"], TAUGHT_COLOURS, 200, random.Random(0))
    assert [name for _, name in shown] == ["chair"] * 200 + ["mug"] * 200
    assert not HELD_OUT & set(shown) and len(set(shown)) == 2 * (len(TAUGHT_COLOURS) - 1)
    assert never_shown_pairs(["chair", "ball"], 3) == [("red", "chair")] * 3


def test_samples_are_what_was_asked_for(toybox):
    pairs = [("red", "ball"), ("blue", "ball")]
    images, subjects = draw_samples(toybox, pairs, TAUGHT_COLOURS, 0)
    again, _ = draw_samples(toybox, pairs, TAUGHT_COLOURS, 0)
    assert [(subject.shown.main, subject.shown.name) for subject in subjects] == pairs
    assert torch.equal(images, again) and images.shape[:2] == (2, 3) and not torch.equal(images[0], images[1])
    middle = images.shape[-1] // 2
    red, blue = images[:, :, middle - 4 : middle + 4, middle - 4 : middle + 4].mean((2, 3))
    assert red[0] > 3 * red[2] and blue[2] > 3 * blue[0]  # a share: the light may be dim


def test_the_numbers_are_shares(toybox, tmp_path):
    parts = samples_part(toybox, Classifier(("ball", "chair")).eval(), 1, 0, tmp_path)
    assert set(parts) == {"shown", "never shown"}
    assert set(parts["shown"]) == {"all", "ball", "chair"} and set(parts["never shown"]) == {"all", "red chair"}
    assert parts["shown"]["all"]["count"] == 2 and parts["shown"]["ball"]["view"] is None
    assert {path.name for path in tmp_path.iterdir()} == {
        "samples-ball.png", "samples-chair.png", "samples-red-chair.png"
    }
    assert [target.goal for target in samples_targets(parts)] == [0.9, 0.95, 0.85, 0.75, 0.75]


def test_each_label_gets_the_verdicts_on_its_own_samples(toybox, monkeypatch):
    asked = []
    drawn = lambda toybox, pairs, colours, seed: (torch.zeros(len(pairs), 3, 64, 64), asked)
    pairs = [("red", "ball"), ("blue", "chair"), ("blue", "chair")]
    asked += [Subject(Shown(name, colour), "front", Shading.DIFFUSE) for colour, name in pairs]
    classifier = Classifier(("ball", "chair")).eval()
    verdicts = [("ball", "red", "back"), ("chair", "blue", "front"), ("ball", "blue", "side")]
    monkeypatch.setattr(samples, "draw_samples", drawn)
    monkeypatch.setattr(classifier, "classify", lambda images: verdicts)
    found = score_samples(toybox, classifier, pairs, 0, lambda subject: subject.shown.name)
    assert found["ball"] == {"count": 1, "object": 1.0, "colour": 1.0, "view": None}
    assert found["chair"] == {"count": 2, "object": 0.5, "colour": 1.0, "view": 0.5}
    assert found["all"] == {"count": 3, "object": pytest.approx(2 / 3), "colour": 1.0, "view": 0.5}


def test_where_nothing_was_held_out_nothing_is_claimed():
    found = {"all": {"count": 4, "object": 1.0, "colour": 1.0, "view": None}}
    met = [target.met for target in samples_targets({"shown": found})]
    assert met == [True, True, False, False, False]
