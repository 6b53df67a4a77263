"""The gradient on images, with a Gaussian prior, where it has a closed form, and what each variant asks a prior for."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.guidance.distil import Distillation
from engine.guidance.prior import Caption, Views
from engine.guidance.prompts import ViewWords, opposed_views
from engine.guidance.sds import surrogate_loss
from engine.guidance.settings import BridgeSettings, GuidanceSettings, InversionSettings
from engine.shading import Shading
from tests.engine.analytic import GaussianPrior, cameras_at

MEAN = [[[0.3]], [[-0.2]], [[0.1]]]
PLAIN = {"form": "noise", "weighting": "sigma2"}
"""The paper's equation 3 with its weights."""
IMAGE = torch.tensor([0.8, 0.3, 0.5]).view(1, 3, 1, 1)


class Listener(GaussianPrior):
    """A prior that remembers each batch of captions; what it was given `means` for is as bright as they say."""

    def __init__(self, means: dict[str, float] | None = None, spread: float = 0.1):
        super().__init__(MEAN, spread)
        self.means, self.batches = means or {}, []

    def predict_noise(self, noisy, timesteps, captions):
        self.batches.append(captions)
        means = torch.tensor([self.means.get(caption.text, 0.0) for caption in captions])
        return self.exact_noise(noisy, timesteps, means.view(-1, 1, 1, 1))


def distillation(prior, level: float = 0.5, prompt: str = "a mug", **guidance) -> Distillation:
    """One with the timestep at `level`, a share of the schedule, and no rescaling."""
    fixed = {"timesteps_first": (level, level), "timesteps_last": (level, level), "rescale": 0.0}
    return Distillation(prior, prompt, GuidanceSettings(**fixed | guidance))


def pixels(gradient: torch.Tensor) -> torch.Tensor:
    """The gradient of each value, not of their mean."""
    return gradient * gradient[0].numel()


def ask(guidance: Distillation, views: Views | None = None, progress: float = 0.0, image=IMAGE, count: int = 1, seed=0):
    """The gradient of each value of `count` images of one colour."""
    images = image.expand(count, 3, 8, 8)
    return pixels(guidance.gradient(images, views, progress, torch.Generator().manual_seed(seed)))


def looking(*angles: tuple[float, float], shading: Shading = Shading.DIFFUSE) -> Views:
    return Views(cameras_at(*angles), [shading] * len(angles))


def at(prior: GaussianPrior, level: float) -> tuple[float, float]:
    return prior.alpha[int(level * 1000)].item(), prior.sigma[int(level * 1000)].item()


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


def descend(guidance: Distillation, resolution: int = 8, steps: int = 300) -> torch.Tensor:
    """Score distillation of a plain image, as in the paper's own check; in [-1, 1]."""
    image = torch.full((1, 3, resolution, resolution), 0.9, requires_grad=True)
    generator = torch.Generator().manual_seed(0)
    for step in range(steps):
        loss = surrogate_loss(image, pixels(guidance.gradient(image, None, step / steps, generator)))
        (gradient,) = torch.autograd.grad(loss, image)
        image = (image - 0.05 * gradient).detach().requires_grad_()
    return 2 * image.detach() - 1


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


BRIDGE = BridgeSettings(0.5, good="sharp", bad="blurry, noisy")


def test_the_bridge_begins_at_its_share_of_the_run():
    prior = Listener()
    guidance = distillation(prior, bridge=BRIDGE)
    for progress in (0.49, 0.5):
        ask(guidance, looking((10, 0)), progress)
    before, after = ([caption.text for caption in batch] for batch in prior.batches)
    assert before == ["", "a mug, front view"]
    assert after == ["a mug, front view, sharp", "a mug, front view, blurry, noisy"]
    assert BridgeSettings().start == 1.0


@pytest.mark.parametrize("guidance", [PLAIN, {"form": "clean", "weighting": "uniform", "rescale": 0.5}])
def test_the_bridges_gradient_has_no_noise(guidance):
    """With Gaussians of one spread eps(good) - eps(bad) is a number: sigma alpha (m_bad - m_good) / (...)."""
    prior = Listener({"a mug, sharp": 0.4, "a mug, blurry, noisy": 0.1}, spread=0.3)
    found = ask(distillation(prior, bridge=BRIDGE, scale=2.0, **guidance), progress=0.9)
    alpha, sigma = at(prior, 0.5)
    difference = 2.0 * sigma * alpha * (0.1 - 0.4) / (alpha**2 * 0.3**2 + sigma**2)
    expected = difference * (sigma**2 if guidance is PLAIN else sigma / alpha)
    if guidance is not PLAIN:  # whose target is kept in [-1, 1]
        expected = (2 * IMAGE - 1) - (2 * IMAGE - 1 - expected).clamp(-1, 1)
    torch.testing.assert_close(found, torch.zeros(1, 3, 8, 8) + expected, atol=2e-4, rtol=1e-3)


def test_perp_neg_asks_for_the_views_it_avoids_in_the_same_batch():
    prior, views = Listener(), looking((10, 30), (10, 170))
    ask(distillation(prior, perp_neg=1.0, negative="ugly"), views, count=2)
    (batch,) = prior.batches
    assert [caption.text for caption in batch] == [
        *["ugly"] * 2, "a mug, front view", "a mug, back view", *["a mug, front view"] * 2, *["a mug, side view"] * 2
    ]  # fmt: skip
    assert all(caption.camera is None and caption.shading is Shading.DIFFUSE for caption in batch[4:])


def test_perp_neg_pushes_away_from_other_views_by_their_weights():
    """In a prior whose front views are light on the left and whose backs on the top, none of it is along the other."""
    left, top = torch.zeros(8, 8), torch.zeros(8, 8)
    left[:, :4], top[:4] = 0.2, 0.2
    top -= left * (top * left).sum() / (left * left).sum()
    means = {"a mug, front view": left, "a mug, back view": top}

    class Sided(GaussianPrior):
        def predict_noise(self, noisy, timesteps, captions):
            mean = torch.stack([means.get(caption.text, torch.zeros(8, 8)).expand(3, 8, 8) for caption in captions])
            return self.exact_noise(noisy, timesteps, mean)

    prior, back = Sided(0.0, spread=0.3), looking((10, 180))
    without, found = (ask(distillation(prior, scale=5.0, perp_neg=share, **PLAIN), back) for share in (0.0, 0.5))
    alpha, sigma = at(prior, 0.5)
    factor = sigma**2 * sigma * alpha / (alpha**2 * 0.3**2 + sigma**2)
    (_, weight), _ = opposed_views(math.radians(10), math.pi)
    assert weight == pytest.approx(1.967, abs=0.002)
    torch.testing.assert_close(
        found - without, (factor * 5.0 * 0.5 * weight * left).expand(1, 3, 8, 8), atol=1e-5, rtol=1e-4
    )


def test_perp_neg_leaves_overhead_views_alone():
    prior, above = Listener({"a mug, overhead view": 0.3, "a mug, front view": -0.3}), looking((80, 0))
    without, found = (ask(distillation(prior, perp_neg=share), above) for share in (0.0, 1.0))
    torch.testing.assert_close(found, without)


def test_inversion_takes_its_steps_and_no_chances():
    prior = Listener({"a mug": 0.3})
    guidance = distillation(prior, inversion=InversionSettings(steps=4))
    one, other = (ask(guidance, seed=seed) for seed in (0, 1))
    assert torch.equal(one, other)
    assert len(prior.batches) == 2 * (4 + 1) and all(batch == [Caption(), Caption("a mug")] for batch in prior.batches)


def test_an_image_comes_to_the_priors_mean_by_inversion_too():
    prior = GaussianPrior(MEAN, spread=0.2)
    guidance = distillation(prior, scale=1.0, inversion=InversionSettings(steps=4, scale=1.0), **PLAIN)
    image = descend(guidance, steps=400)
    # without chance nothing is lost to averaging: it comes as near as the descent goes on for
    torch.testing.assert_close(image, prior.mean.expand(1, 3, 8, 8), atol=0.03, rtol=0)
