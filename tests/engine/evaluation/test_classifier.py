"""The classifier learns what renders show, knows how well it does, and is kept."""

import pytest
import torch

from engine.evaluation import classifier as module
from engine.evaluation.classifier import Accuracy, Classifier, accuracy, load_or_train_classifier
from engine.shading import Shading
from engine.toybox.captions import VIEWS
from engine.toybox.colours import TAUGHT_COLOURS
from engine.toybox.data import Stream, Subject
from engine.toybox.shown import Shown


@pytest.fixture(autouse=True)
def few_views(monkeypatch):
    monkeypatch.setattr(module, "TRACED", 12)
    monkeypatch.setattr(module, "TRACED_FOR_TEST", 6)
    monkeypatch.setattr(module, "TEST_IMAGES", 128)
    monkeypatch.setattr(module, "BATCH", 32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("classifier")


def shown(name: str, main: str, view: str) -> Subject:
    return Subject(Shown(name, main), view, Shading.DIFFUSE)


def test_marks_are_shares_and_a_ball_has_no_front():
    subjects = [shown("chair", "red", "front"), shown("chair", "red", "side"), shown("ball", "blue", "front")]
    verdicts = [("chair", "red", "front"), ("ball", "red", "back"), ("ball", "red", "back")]
    assert accuracy(verdicts, subjects) == Accuracy(3, 2 / 3, 2 / 3, 1 / 2)
    assert accuracy(verdicts[2:], subjects[2:]) == Accuracy(1, 1, 0, None)
    assert accuracy([], []) == Accuracy(0, None, None, None)


def test_the_truth_in_numbers():
    classifier = Classifier(("chair", "ball"))
    truth = classifier.truth([shown("ball", "orange", "back"), shown("chair", "red", "back")])
    assert truth.tolist() == [[1, TAUGHT_COLOURS.index("orange"), module.NOT_ASKED], [0, 0, VIEWS.index("back")]]


def test_verdicts_are_the_most_likely_choices():
    classifier = Classifier(("chair", "ball"), ("red", "navy"), resolution=16).eval()
    images = torch.rand(5, 3, 16, 16)
    logits, directions = classifier(images)
    torch.testing.assert_close(directions.norm(dim=-1), torch.ones(5))
    assert [part.shape for part in logits] == [(5, 2), (5, 2), (5, len(VIEWS))]
    for number, verdict in enumerate(classifier.classify(images)):
        assert verdict == tuple(words[part[number].argmax()] for words, part in zip(classifier.choices, logits))


def test_no_image_without_colour_is_asked_about(folder):
    batch = Stream(("ball",), 6, folder / "views", 0).batch(64, shares=module.COLOURED)
    assert {subject.shading for subject in batch.subjects} == {Shading.ALBEDO, Shading.DIFFUSE}


def test_directions_are_asked_of_objects_with_a_front_alone(folder):
    batch = Stream(("ball",), 6, folder / "views", 0).batch(8, shares=module.COLOURED)
    classifier = Classifier(("ball", "chair"))
    module.loss_of(classifier, batch).backward()
    assert not classifier.direction.weight.grad.any() and classifier.heads[0].weight.grad.any()
    batch.subjects = [shown("chair", subject.shown.main, subject.view) for subject in batch.subjects]
    module.loss_of(classifier, batch).backward()
    assert classifier.direction.weight.grad.any()


def test_it_learns_to_tell_two_objects_and_is_kept(folder, monkeypatch):
    taught = ("chair", "ball"), TAUGHT_COLOURS
    classifier, own = load_or_train_classifier(*taught, folder, iterations=40)
    assert own.count > 90 and own.object > 0.85 and own.colour > 0.3 and own.view is not None
    images = torch.rand(4, 3, 64, 64)
    with monkeypatch.context() as untrained:
        untrained.setattr(module, "train_classifier", None)
        again, same = load_or_train_classifier(*taught, folder, iterations=40)
        assert same == own and again.classify(images) == classifier.classify(images)
        with pytest.raises(TypeError):  # another recipe is not served from what is kept
            load_or_train_classifier(*taught, folder, iterations=41)
