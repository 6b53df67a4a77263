"""The scores' command line, whole, on a tiny untrained prior."""

import json
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from engine import device
from engine.evaluation import classifier, meshes, score
from engine.evaluation.comparisons import ABLATIONS, VARIANTS
from engine.evaluation.meshes import is_taught, meshes_targets, summary
from engine.evaluation.subjects import parse_subject, shows_its_side
from engine.evaluation.surfaces import Score
from engine.evaluation.targets import Target
from engine.guidance.priors.toybox import ToyboxPrior
from engine.run.settings import RunSettings
from engine.settings import engine_settings
from engine.toybox import model
from engine.toybox.data import HELD_OUT
from engine.toybox.words import vocabulary


def test_targets():
    assert Target("F", 0.8, 0.8).met and not Target("F", 0.79, 0.8).met and not Target("F", None, 0.8).met
    assert Target("error", 0.1, 0.12, at_most=True).met and not Target("error", 0.13, 0.12, at_most=True).met
    assert "missed" in str(Target("F", 0.5, 0.8)) and ">= 0.8" in str(Target("F", 0.9, 0.8))
    assert "missed" not in str(Target("F", 0.9, 0.8)) and "-" in str(Target("F", None, 0.8))


def test_the_summary_leaves_out_what_was_not_taught_and_counts_no_surface_as_0():
    rows = [
        {"taught": True, "f": 0.9, "albedo_error": 0.1, "small_error": 0.3, "normal_error": 12.0, "faults": 2,
         "empty": False},
        {"taught": True, "f": 0.0, "albedo_error": None, "small_error": None, "normal_error": None, "faults": None,
         "empty": True},
        {"taught": False},
    ]
    figures = summary(rows)
    expected = {
        "scored": 2, "not_taught": 1, "mean_f": 0.45, "worst_f": 0, "albedo_error": 0.1, "small_error": 0.3,
        "normal_error": 12, "faults": 2, "empty": 1,
    }
    assert figures == pytest.approx(expected)
    assert not any(target.met for target in meshes_targets(figures))
    best = {"mean_f": 1, "worst_f": 1, "albedo_error": 0, "small_error": 0, "normal_error": 0, "faults": 0, "empty": 0}
    assert all(target.met for target in meshes_targets(best))
    assert summary(rows[2:])["mean_f"] is None and not any(t.met for t in meshes_targets(summary(rows[2:])))


def test_the_prompts_are_what_the_targets_are_about():
    subjects = [parse_subject(prompt) for prompt in score.PROMPTS]
    assert len(set(score.PROMPTS)) == 20
    assert sum((shown.main, shown.name) in HELD_OUT for shown in subjects) == 4
    assert sum(" on top of " in shown.name for shown in subjects) == 2
    assert sum(shows_its_side(shown.name) for shown in subjects) >= 8
    assert sum(shown.accent is not None for shown in subjects) >= 4


@pytest.fixture(scope="module")
def shipped() -> ToyboxPrior:
    return ToyboxPrior(torch.device("cpu"))


@pytest.mark.parametrize(
    "prompt, taught",
    [
        ("a photo of a nice red mug", True), ("a navy cup", True), ("a red snail", False), ("a striped red mug", False),
        ("a tall red mug", True), ("a red mug beside a green chair", False),
        ("a red ball on top of a blue cube", True),
    ],
)
def test_what_is_scored_is_what_the_prior_was_taught(shipped, prompt, taught):
    assert is_taught(prompt, shipped) == taught


def test_a_prior_that_was_taught_pairs_is_scored_on_them_where_it_knows_both(shipped, monkeypatch):
    monkeypatch.setattr(shipped, "words", vocabulary(shipped.objects, shipped.colours, ("beside",)))
    assert is_taught("a red mug beside a green chair", shipped) and not is_taught("a red mug beside a snail", shipped)


@pytest.mark.parametrize("comparison", [ABLATIONS, VARIANTS])
def test_every_row_of_a_comparison_is_a_change_of_settings_that_exist(comparison):
    found = [engine_settings(RunSettings(prompt="-", overrides=changes)) for changes in comparison.values()]
    assert len({repr(settings) for settings in found}) == len(comparison)


def test_the_ablation_is_of_words_alone_but_for_its_last_rows():
    found = [engine_settings(RunSettings(prompt="-", overrides=changes)) for changes in ABLATIONS.values()]
    assert [settings.guidance.tell_camera for settings in found] == [False] * 5 + [True] * 2
    assert [settings.shading.position > 0 for settings in found] == [False] * 4 + [True, False, True]


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Run the command line on a tiny prior that was taught the ball and the chair."""
    for name, few in (("TRACED", 3), ("TRACED_FOR_TEST", 2), ("TEST_IMAGES", 8), ("BATCH", 8)):
        monkeypatch.setattr(classifier, name, few)
    weights = tmp_path / "weights"
    card = {"objects": ["ball", "chair"], "colours": ["red", "blue"]}
    model.save(model.build(width=32, layers=1, heads=2), weights, card)
    (tmp_path / "prompts.txt").write_text("a red ball?\n\na blue teapot\na brown chair\n", encoding="utf-8")

    def run(*arguments: str) -> dict:
        common = ["--weights", weights, "--cache", tmp_path / "cache", "--prompts", tmp_path / "prompts.txt"]
        common += ["--json", tmp_path / "new" / "scores.json", "--pictures", tmp_path / "pictures", "--device", "cpu"]
        common += ["--set", "steps=3", "--set", "mesh_resolution=40", "--samples", 1, "--classifier-iterations", 2]
        monkeypatch.setattr(sys, "argv", ["score", *map(str, common), *arguments])
        score.main()
        return json.loads((tmp_path / "new" / "scores.json").read_text(encoding="utf-8"))

    return run


def test_samples_and_meshes(command, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(meshes, "score_field", lambda *_: Score(0.5, 1.0))
    found = command("--limit", "2", "--parts", "samples", "meshes")
    printed = capsys.readouterr().out
    assert set(found) == {"run", "objects", "samples", "meshes"} and found["objects"] == ["ball", "chair"]
    assert found["samples"]["shown"]["all"]["count"] == 2 and found["samples"]["never shown"]["all"]["count"] == 1
    ball, teapot = found["meshes"]["prompts"]
    assert teapot == {"prompt": "a blue teapot", "object": "teapot", "taught": False}
    assert ball["taught"] and ball["f"] == pytest.approx(2 / 3) and ball["seconds"] > 0
    assert found["meshes"]["summary"]["scored"] == found["meshes"]["summary"]["not_taught"] == 1
    for words in ("classifier, of true renders", "never shown: red chair", "not taught: teapot", "target >= 0.8"):
        assert words in printed
    assert {path.name for path in (tmp_path / "pictures").iterdir()} >= {"a-red-ball.png", "samples-chair.png"}
    with Image.open(tmp_path / "pictures" / "meshes.png") as sheet:
        assert np.unique(np.asarray(sheet).reshape(-1, 3), axis=0).shape[0] > 20, "a page with the ball on it"


def test_comparisons(command, capsys):
    found = command("--parts", "ablation", "variants", "--limit", "1", "--set", "steps=2")
    printed = capsys.readouterr().out
    for part, comparison in (("ablation", ABLATIONS), ("variants", VARIANTS)):
        assert list(found[part]) == list(comparison) and all(name in printed for name in comparison)
        for row in found[part].values():
            assert [prompt["prompt"] for prompt in row["prompts"]] == ["a red ball?"] and row["summary"]["scored"] == 1


@pytest.mark.parametrize(
    "prompts, arguments, sentence",
    [
        ("a violin\n", (), "'a violin' names no object of the Toybox world"),
        ("a red ball\n", ("--set", "stepz=3"), "The setting 'stepz' does not exist"),
        ("a red ball\n", ("--seed", "-1"), "The seed must be from 0"),
        ("a red ball\n", ("--device", "cuda"), "The device cuda is not available"),
        ("a red ball\n", ("--weights", "nowhere"), "The Toybox prior in nowhere is missing"),
        ("a red ball\n", ("--prompts", "nowhere.txt"), "nowhere.txt"),
    ],
)
def test_what_can_not_be_scored_is_said_at_once(
    prompts, arguments, sentence, command, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(device, "available_devices", lambda: ["cpu"])
    (tmp_path / "prompts.txt").write_text(prompts, encoding="utf-8")
    with pytest.raises(SystemExit) as exit_:
        command(*arguments)
    assert exit_.value.code == 2 and sentence in capsys.readouterr().err and not (tmp_path / "cache").exists()
