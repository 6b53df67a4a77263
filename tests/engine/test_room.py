"""What a step takes of a device's memory, and what is done where it is too little."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from engine import room
from engine.guidance.load import load_prior
from engine.guidance.memory import peak_bytes
from engine.guidance.prior import Caption
from engine.guidance.settings import GuidanceSettings
from engine.room import Needs, columns, make_room, scene_needs
from engine.run.exits import DEVICE_UNUSABLE, EngineError
from engine.run.settings import RunSettings
from engine.scenes.volume import Volume
from engine.settings import EngineSettings, engine_settings
from engine.shading import Shading
from tests.engine.analytic import TINY_FIELD, GaussianPrior
from tests.engine.guidance.tiny import save_deepfloyd, save_stable_diffusion

CPU = torch.device("cpu")


def settings(pixels: int = 32, **more) -> EngineSettings:
    overrides = TINY_FIELD | {"resolutions": [[0, pixels]]} | more
    return engine_settings(RunSettings("a mug", prior="stable-diffusion", overrides=overrides))


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Tiny networks of the real classes."""
    return save_stable_diffusion(tmp_path_factory.mktemp("weights"))


@pytest.mark.parametrize(
    "guidance, expected",
    [
        ({}, 2),
        ({"perp_neg": 0.5}, 4),
        ({"method": "sdi", "perp_neg": 1.0}, 4),
        ({"method": "csd"}, 3),
        ({"method": "bridge"}, 2),
        ({"method": "bridge", "perp_neg": 1.0}, 4),
    ],
)
def test_a_view_takes_as_many_predictions_as_its_method_asks_for(guidance, expected):
    assert columns(GuidanceSettings(**guidance)) == expected


@pytest.mark.parametrize("pixels, views, chunk", [(24, 1, 0), (24, 2, 0), (160, 1, 2_000), (160, 2, 0)])
def test_large_views_need_what_small_ones_foretell(pixels, views, chunk):
    asked = settings(pixels, **{"render.chunk": chunk})
    volume, generator = Volume(asked, 0, CPU), torch.Generator()  # which draws the view that is tried out small
    shots = volume.choose(views, 0.9, generator)
    shots.views.shadings = [Shading.DIFFUSE] * views  # the dearest

    def step() -> None:
        picture = volume.render(shots, 0.9, generator)
        loss = volume.loss(picture, shots.views, torch.ones_like(picture.images), 0.9)
        torch.autograd.grad(loss, volume.parameters, allow_unused=True)

    assert scene_needs(asked, views, CPU) == pytest.approx(peak_bytes(step), rel=0.15)


def test_views_that_belong_together_need_as_much_as_others():
    grouped = {"cameras.group": 4, "views": 4}
    assert scene_needs(settings(**grouped), 4, CPU) == pytest.approx(scene_needs(settings(), 4, CPU), rel=0.2)


def test_a_run_without_light_needs_less():
    assert scene_needs(settings(96, **{"shading.albedo_until": 1.0}), 1, CPU) < scene_needs(settings(96), 1, CPU)


def test_the_trial_of_views_leaves_random_numbers_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    scene_needs(settings(), 1, CPU)
    assert torch.equal(torch.rand(3), expected)


def opinion(prior) -> tuple[torch.Tensor, ...]:
    """What it says of some images, and the gradient that reaches them."""
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(2, 3, 64, 64, generator=generator)
    clean, pull_back = prior.encode(images)
    noisy = torch.randn(3, *prior.shape, generator=generator)
    texts = [Caption(text) for text in ("", "a red mug", "a blue chair")]
    noise = prior.predict_noise(noisy, torch.tensor([100, 500, 900]), texts)
    return clean, noise, pull_back(torch.ones_like(clean))


def test_each_measure_saves_memory_and_changes_no_number(weights):
    prior = load_prior("stable-diffusion", CPU, weights)
    before, measures = opinion(prior), []
    while measure := prior.economise():
        measures.append(measure)
        for found, expected in zip(opinion(prior), before):
            torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
    assert len(measures) == len(set(measures)) == 3


def test_the_measures_need_less_and_less(weights):
    prior = load_prior("stable-diffusion", CPU, weights)
    needed = [prior.needs(4, 1)]
    while prior.economise():
        needed.append(prior.needs(4, 1))
    assert needed == sorted(needed, reverse=True) and needed[-1] < needed[0]


def test_a_pixel_prior_has_its_rows_to_save(tmp_path):
    prior = load_prior("deepfloyd-if", CPU, save_deepfloyd(tmp_path / "if"))
    plain = prior.needs(4, 1)
    assert prior.economise() and prior.needs(4, 1) < plain and not prior.economise()


def with_room(monkeypatch, size: int) -> None:
    monkeypatch.setattr(room, "room_of", lambda device: size)


def test_where_there_is_room_nothing_is_done_but_said(weights, monkeypatch):
    with_room(monkeypatch, 10**12)
    prior, told = load_prior("stable-diffusion", CPU, weights), []
    needs = make_room(prior, settings(), 1, CPU, told.append)
    assert needs.total > needs.prior + needs.scene > 0 and prior.rows_at_once == 0
    assert [sentence[:14] for sentence in told] == ["A step takes a"]


def test_where_it_is_short_the_run_economises_until_it_fits(weights, monkeypatch):
    prior, told = load_prior("stable-diffusion", CPU, weights), []
    scene = scene_needs(settings(), 1, CPU)
    enough = Needs(prior.needs(2, 1), scene).total
    with_room(monkeypatch, enough - 1)
    assert make_room(prior, settings(), 1, CPU, told.append).total < enough
    assert told[0].startswith("To fit into the device's memory, the autoencoder") and "A step takes" in told[-1]


def test_what_never_fits_is_refused_with_both_numbers(weights, monkeypatch):
    with_room(monkeypatch, 1_000)
    with pytest.raises(EngineError, match="needs about .* GB .* and 0.0 GB are free: close other") as caught:
        make_room(load_prior("stable-diffusion", CPU, weights), settings(), 1, CPU, lambda sentence: None)
    assert caught.value.exit_code == DEVICE_UNUSABLE


def test_small_priors_and_processors_are_not_asked(monkeypatch):
    assert make_room(GaussianPrior(0.0), settings(), 1, CPU, pytest.fail) is None
    with_room(monkeypatch, 1)
    assert make_room(GaussianPrior(0.0), settings(), 1, CPU, pytest.fail) is None


def test_needs_add_up_and_leave_some_to_spare():
    assert Needs(100, 100).total == 230
    assert dataclasses.astuple(Needs(1, 2)) == (1, 2)
