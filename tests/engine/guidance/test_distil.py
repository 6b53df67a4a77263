"""The gradient on images, with a Gaussian prior, where it has a closed form, and what each variant asks a prior for."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.guidance.distil import Distillation
from engine.guidance.prior import Caption
from engine.guidance.prompts import ViewWords
from engine.guidance.settings import GuidanceSettings
from engine.shading import Shading
from tests.engine.analytic import GaussianPrior
from tests.engine.guidance.listening import IMAGE, MEAN, PLAIN, Listener, ask, at, descend, distillation, looking


def assert_expected(found: torch.Tensor, expected: torch.Tensor) -> None:
    """The mean over images and pixels is as expected, and known well enough to tell a factor of 1.05 from 1."""
    error = found.std((0, 2, 3)) / (found.numel() / 3) ** 0.5
    assert ((found.mean((0, 2, 3)) - expected.flatten()).abs() < 5 * error + 1e-6).all()
    assert (error < 0.01 * expected.abs().max()).all()


@pytest.mark.parametrize("level", [0.15, 0.5, 0.85])
def test_the_expected_gradient_of_equation_3(level):
    """w sigma alpha (x - m) / (alpha^2 s^2 + sigma^2) with w = sigma^2, in the prior's [-1, 1]."""
    prior = GaussianPrior(MEAN, spread=0.2)
    alpha, sigma = at(prior, level)
    expected = sigma**2 * sigma * alpha * (2 * IMAGE[0] - 1 - prior.mean) / (alpha**2 * 0.2**2 + sigma**2)
    assert_expected(ask(distillation(prior, level, **PLAIN), count=4000), expected)


@pytest.mark.parametrize("level", [0.15, 0.6])
def test_the_expected_gradient_of_the_clean_form(level):
    """(x - m) sigma^2 / (alpha^2 s^2 + sigma^2), with weight 1."""
    prior = GaussianPrior(MEAN, spread=0.2)
    alpha, sigma = at(prior, level)
    expected = (2 * IMAGE[0] - 1 - prior.mean) * sigma**2 / (alpha**2 * 0.2**2 + sigma**2)
    assert_expected(ask(distillation(prior, level), count=4000), expected)


@pytest.mark.parametrize("weighting", ["sigma2", "uniform"])
def test_both_forms_are_one_gradient_but_for_alpha_over_sigma(weighting):
    prior = GaussianPrior(MEAN, spread=0.3, unconditional=[[[0.2]], [[-0.1]], [[0.1]]])
    alpha, sigma = at(prior, 0.7)
    noise, clean = (
        ask(distillation(prior, 0.7, form=form, weighting=weighting, scale=1.5), count=3) for form in ("noise", "clean")
    )
    torch.testing.assert_close(noise * sigma / alpha, clean, atol=1e-5, rtol=1e-4)


def test_guidance_is_linear_in_its_scale():
    prior = GaussianPrior(MEAN, spread=0.3, unconditional=-0.4)
    nothing, prompt, twice = (ask(distillation(prior, scale=scale, **PLAIN)) for scale in (0.0, 1.0, 2.0))
    torch.testing.assert_close(twice, 2 * prompt - nothing)
    only = GaussianPrior(-0.4, spread=0.3)
    torch.testing.assert_close(nothing, ask(distillation(only, **PLAIN)))
    only = GaussianPrior(MEAN, spread=0.3)
    torch.testing.assert_close(prompt, ask(distillation(only, **PLAIN)))


@pytest.mark.parametrize("form", ["clean", "noise"])
def test_an_image_comes_to_the_priors_mean(form):
    prior = GaussianPrior(torch.linspace(-0.6, 0.6, 64).view(8, 8), spread=0.05)
    image = descend(distillation(prior, form=form))
    torch.testing.assert_close(image, prior.mean.expand(1, 3, 8, 8), atol=0.03, rtol=0)


def test_guidance_moves_the_mean_away_from_the_unconditional_one():
    prior = GaussianPrior(MEAN, spread=0.05, unconditional=[[[0.1]], [[-0.1]], [[0.1]]])
    image = descend(distillation(prior, scale=3.0)).mean((0, 2, 3))
    torch.testing.assert_close(image, torch.tensor([0.1 + 3 * 0.2, -0.1 - 3 * 0.1, 0.1]), atol=0.02, rtol=0)


def test_views_of_another_size_than_the_priors_come_to_its_mean_too():
    image = descend(distillation(GaussianPrior(MEAN, spread=0.05)), 16, steps=600)
    torch.testing.assert_close(image, torch.tensor(MEAN).expand(1, 3, 16, 16), atol=0.05, rtol=0)


@given(st.floats(0, 1), st.floats(0.01, 1), st.floats(0.01, 1), st.sampled_from(["clean", "noise"]))
def test_a_clip_bounds_every_value_by_its_schedule(progress, first, last, form):
    prior = GaussianPrior(0.9, spread=0.1)
    free, clipped = (
        ask(distillation(prior, form=form, clip=clip), progress=progress) for clip in ((0.0, 0.0), (first, last))
    )
    limit = first + (last - first) * progress
    torch.testing.assert_close(clipped, free.clamp(-limit, limit), atol=1e-5, rtol=1e-5)


def test_timesteps_move_over_the_run():
    prior = Listener()
    asked, exact = [], prior.predict_noise
    prior.predict_noise = lambda noisy, timesteps, captions: (
        asked.append(timesteps) or exact(noisy, timesteps, captions)
    )
    guidance = Distillation(prior, "a mug", GuidanceSettings(timesteps_first=(0.6, 0.8), timesteps_last=(0.2, 0.4)))
    for progress, low, high in ((0.0, 600, 800), (0.5, 400, 600), (1.0, 200, 400)):
        asked.clear()
        ask(guidance, progress=progress, count=50)
        assert low <= asked[0].min() < low + 40 and high - 40 < asked[0].max() <= high


@pytest.mark.parametrize("method", ["sds", "sdi"])
@pytest.mark.parametrize("form", ["noise", "clean"])
def test_a_last_timestep_without_any_signal_is_left_out(method, form):
    prior = GaussianPrior(MEAN)
    prior.alpha, prior.sigma = prior.alpha.clone(), prior.sigma.clone()
    prior.alpha[-1], prior.sigma[-1] = 0.0, 1.0
    assert ask(distillation(prior, 1.0, method=method, form=form), looking((10, 0))).isfinite().all()


def test_only_texts_that_are_asked_for_count_as_cut():
    nearly = "mug " * 19
    for on, perp_neg, cut in ((True, 0.0, 4), (False, 0.0, 0), (False, 1.0, 4)):
        chosen = {"view_words": ViewWords(on=on), "perp_neg": perp_neg}
        assert len(distillation(GaussianPrior(MEAN), prompt=nearly, **chosen).cut) == cut


def test_one_batch_tells_nothing_in_its_first_half_and_all_in_its_second():
    prior = Listener()
    ask(distillation(prior), looking((10, 0), (80, 90), shading=Shading.ALBEDO), count=2)
    ((*unconditional, front, above),) = prior.batches
    assert unconditional == [Caption(), Caption()]
    assert (front.text, front.shading) == ("a mug, front view", Shading.ALBEDO)
    assert above.text == "a mug, overhead view"
    assert front.camera[:2] == pytest.approx((math.radians(10), 0)) and above.camera[1] == pytest.approx(math.pi / 2)


def test_plain_images_are_told_the_prompt_alone():
    prior = Listener()
    ask(distillation(prior, perp_neg=1.0))
    assert prior.batches == [[Caption(), Caption("a mug")]]


def test_words_and_cameras_can_be_kept_back():
    prior, side = Listener(), looking((10, 90))
    ask(distillation(prior, view_words=ViewWords(on=False)), side)
    ask(distillation(prior, tell_camera=False), side)
    ask(distillation(prior, view_words=ViewWords(side="from the side, in profile")), side)
    silent, worded, edited = (told for _, told in prior.batches)
    assert silent.text == "a mug" and silent.camera is not None
    assert worded.text == "a mug, side view" and worded.camera is None
    assert edited.text == "a mug, from the side, in profile"


def test_a_negative_prompt_takes_the_empty_captions_place():
    prior = Listener({"a mug": 0.2, "ugly": -0.3}, spread=0.3)
    found = ask(distillation(prior, negative="ugly", scale=4.0, **PLAIN))
    assert prior.batches == [[Caption("ugly"), Caption("a mug")]]
    moved = GaussianPrior(0.2, spread=0.3, unconditional=-0.3)
    torch.testing.assert_close(found, ask(distillation(moved, scale=4.0, **PLAIN)))
