"""Training the prior, at a tiny size: it learns, it stops and goes on, and what it leaves can be loaded."""

import argparse
import functools
import json
import math
import sys

import pytest
import torch

from engine.checkpoint import load_checkpoint, save_checkpoint
from engine.guidance.prior import Caption
from engine.guidance.priors.toybox import ToyboxPrior
from engine.toybox import model, train
from engine.toybox.data import Stream
from engine.toybox.render import NOTHING


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("views")


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    monkeypatch.setattr(train, "build", functools.partial(model.build, width=32, layers=1, heads=2))


def iterate(training: train.Training, stream: Stream, seed: int, steps: int) -> list[float]:
    generator, losses = torch.Generator().manual_seed(seed), []
    for _ in range(steps):
        loss = train.loss_of(training.toybox, stream, 4, generator)
        training.iterate(loss, 1.0)
        losses.append(loss.item())
    return losses


def test_saved_and_loaded_it_goes_on_the_same(cache, tmp_path):
    torch.manual_seed(0)
    straight = train.Training("cpu")
    iterate(straight, Stream(("ball",), 2, cache, 0), 0, 2)
    straight.seconds = 3.0
    save_checkpoint(tmp_path, straight.tensors(), straight.numbers())
    torch.manual_seed(1)
    resumed = train.Training("cpu")
    resumed.restore(tmp_path)
    assert (resumed.step, resumed.seconds) == (2, 3.0)
    for training in (straight, resumed):
        iterate(training, Stream(("ball",), 2, cache, 7), 7, 2)
    first, second = straight.tensors(), resumed.tensors()
    assert first.keys() == second.keys()
    for name in first:
        torch.testing.assert_close(second[name], first[name], atol=1e-5, rtol=1e-4)


def test_it_learns(cache):
    torch.manual_seed(0)
    training = train.Training("cpu")
    losses = iterate(training, Stream(("ball",), 2, cache, 0), 0, 15)
    assert sum(losses[-4:]) < 0.8 * sum(losses[:4])


def test_small_parts_count_more_in_the_loss():
    """Of 20 x 20 pixels, 100 show part 0 and 4 part 7: 4 of 104 are few; a lone part is none."""
    part = torch.full((2, 20, 20), NOTHING, dtype=torch.uint8)
    part[0, :10, :10], part[0, 10:12, 10:12], part[1, :2, :2] = 0, 7, 3
    expected = torch.ones(2, 1, 20, 20)
    expected[0, 0, 10:12, 10:12] = train.SMALL_WEIGHT
    assert torch.equal(train.detail_weights(part), expected)
    part[0, 10:12, 9:13] = 7  # 8 of 108 are not
    assert (train.detail_weights(part) == 1).all()


def test_the_average_follows_the_network(cache):
    training = train.Training("cpu")
    iterate(training, Stream(("ball",), 2, cache, 0), 0, 3)
    for average, network in zip(training.average.networks().parameters(), training.networks.parameters()):
        assert not average.requires_grad and (average - network).abs().max() < 0.05
    assert any(
        not torch.equal(average, network)
        for average, network in zip(training.average.networks().parameters(), training.networks.parameters())
    )


def test_every_parameter_is_trained_by_one_optimiser():
    networks = train.Training("cpu").networks
    trained = [
        p for optimiser in train.make_optimisers(networks) for group in optimiser.param_groups for p in group["params"]
    ]
    assert len(trained) == len(set(map(id, trained))) and set(map(id, trained)) == set(map(id, networks.parameters()))


def test_the_rate_rises_stays_and_falls():
    share = train.learning_rate_share
    assert share(0, 0) == pytest.approx(1 / train.WARM_UP) and share(train.WARM_UP, 0.2) == 1
    assert share(9999, 0.5) == 1 and share(9999, 0.75) == pytest.approx(0.5) and share(9999, 1.0) == 0


def test_it_begins_from_weights_of_an_earlier_training(tmp_path):
    earlier = train.Training("cpu").average
    model.save(earlier, tmp_path, {"objects": [], "colours": ["red"], "iterations": 70, "minutes": 5})
    later = train.Training("cpu", tmp_path)
    assert later.earlier == {"iterations": 70, "minutes": 5} and later.step == 0
    for networks in (later.networks, later.average.networks()):
        for begun, saved in zip(networks.parameters(), earlier.networks().parameters(), strict=True):
            torch.testing.assert_close(begun, saved, atol=1e-3, rtol=1e-3)


def test_its_card_counts_what_the_earlier_training_did(tmp_path):
    card = {"objects": [], "colours": ["red"], "iterations": 70, "minutes": 5}
    model.save(train.Training("cpu").average, tmp_path, card)
    later = train.Training("cpu", tmp_path)
    later.step, later.seconds = 30, 150.0
    asked = {"objects": ["ball", "ball", "cube"], "colours": ["red", "navy"], "traits": ["tall", "beside"]}
    card = train.card(later, argparse.Namespace(**asked, batch=4, views=2, device="cpu"))
    assert (card["iterations"], card["minutes"]) == (100, 7)
    assert (card["objects"], card["colours"]) == (["ball", "cube"], ["red", "navy"])
    assert card["traits"] == ["tall", "beside"]


def test_a_machine_that_slept_does_not_use_the_time_budget_up():
    assert train.counted_seconds(2.0) == 2.0 and train.counted_seconds(8 * 3600) == train.LONGEST_ITERATION


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_it_trains_on_a_gpu():
    stream = Stream(("ball",), 2, None, 0, device="cuda")
    assert all(math.isfinite(loss) for loss in iterate(train.Training("cuda"), stream, 0, 3))


def test_a_loss_that_is_not_finite_ends_it_and_keeps_the_checkpoint(cache, tmp_path, monkeypatch):
    training = train.Training("cpu")
    save_checkpoint(tmp_path / "checkpoint", training.tensors(), training.numbers())
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    monkeypatch.setattr(train, "loss_of", lambda *_: torch.tensor(float("nan"), requires_grad=True))
    arguments = ["--output", tmp_path, "--cache", cache, "--minutes", 1, "--objects", "ball", "--views", 2]
    monkeypatch.setattr(sys, "argv", ["train", *map(str, arguments), "--device", "cpu"])
    with pytest.raises(SystemExit, match="not finite"):
        train.main()
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_started_again_with_more_minutes_it_goes_on(cache, tmp_path, monkeypatch):
    def run(minutes: float) -> dict:
        arguments = ["--output", tmp_path, "--cache", cache, "--minutes", minutes, "--objects", "ball"]
        arguments += ["--colours", "red", "navy", "--traits", "striped", "tall", "--views", 2, "--batch", 4]
        arguments += ["--device", "cpu"]
        monkeypatch.setattr(sys, "argv", ["train", *map(str, arguments)])
        train.main()
        return load_checkpoint(tmp_path / "checkpoint")[1]

    first = run(0.01)
    second = run(0.03)
    assert 0 < first["step"] < second["step"] and first["seconds"] < second["seconds"]
    assert (tmp_path / "samples.png").stat().st_size > 1000 and (tmp_path / "loss.png").stat().st_size > 1000
    card = json.loads((tmp_path / "weights" / "toybox.json").read_text(encoding="utf-8"))
    assert (card["objects"], card["colours"], card["iterations"]) == (["ball"], ["red", "navy"], second["step"])
    prior = ToyboxPrior(torch.device("cpu"), tmp_path / "weights")
    noise = torch.randn(2, *prior.shape)
    predicted = prior.predict_noise(noise, torch.tensor([500, 900]), [Caption("a red ball")] * 2)
    assert predicted.shape == noise.shape and torch.isfinite(predicted).all()
    assert prior.words.understand("a blue ball") == "a navy ball"
    assert prior.doubt("a high stripy red ball") == "" and "short" in prior.doubt("a short ball")
