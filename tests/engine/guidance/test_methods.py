"""What the other methods ask a prior for, and their gradients, with a Gaussian prior, where they have a closed form."""

import math

import pytest
import torch

from engine.guidance.prior import Caption
from engine.guidance.prompts import opposed_views
from engine.guidance.settings import BridgeSettings, ClassifierSettings, InversionSettings
from engine.shading import Shading
from tests.engine.analytic import GaussianPrior
from tests.engine.guidance.listening import IMAGE, MEAN, PLAIN, Listener, ask, at, descend, distillation, looking

BRIDGE = BridgeSettings(0.5, good="sharp", bad="blurry, noisy")


def test_the_bridge_begins_at_its_share_of_the_run():
    prior = Listener()
    guidance = distillation(prior, method="bridge", bridge=BRIDGE)
    for progress in (0.49, 0.5):
        ask(guidance, looking((10, 0)), progress)
    before, after = ([caption.text for caption in batch] for batch in prior.batches)
    assert before == ["", "a mug, front view"]
    assert after == ["a mug, front view, sharp", "a mug, front view, blurry, noisy"]


@pytest.mark.parametrize("guidance", [PLAIN, {"form": "clean", "weighting": "uniform", "rescale": 0.5}])
def test_the_bridges_gradient_has_no_noise(guidance):
    """With Gaussians of one spread eps(good) - eps(bad) is a number: sigma alpha (m_bad - m_good) / (...)."""
    prior = Listener({"a mug, sharp": 0.4, "a mug, blurry, noisy": 0.1}, spread=0.3)
    found = ask(distillation(prior, method="bridge", bridge=BRIDGE, scale=2.0, **guidance), progress=0.9)
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


CSD = ClassifierSettings("ugly", against=(-1.0, -0.5), nothing=(0.0, -0.5), until=0.5)


def test_csd_asks_for_nothing_for_what_is_not_wanted_and_for_the_prompt():
    prior = Listener()
    ask(distillation(prior, method="csd", classifier=CSD), looking((10, 0)))
    assert [caption.text for caption in prior.batches[0]] == ["", "ugly", "a mug, front view"]


@pytest.mark.parametrize("progress, weights", [(0.0, (-1.0, 0.0)), (0.25, (-0.75, -0.25)), (0.9, (-0.5, -0.5))])
def test_csds_gradient_has_no_noise(progress, weights):
    """With Gaussians of one spread eps(y) + b eps(negative) + c eps(nothing), b + c = -1, is a number."""
    prior = Listener({"a mug": 0.4, "ugly": -0.2, "": 0.1}, spread=0.3)
    found = ask(distillation(prior, method="csd", classifier=CSD, scale=2.0, **PLAIN), progress=progress)
    alpha, sigma = at(prior, 0.5)
    means = 0.4 + weights[0] * -0.2 + weights[1] * 0.1
    expected = -(sigma**2) * 2.0 * sigma * alpha * means / (alpha**2 * 0.3**2 + sigma**2)
    torch.testing.assert_close(found, torch.full((1, 3, 8, 8), expected), atol=1e-5, rtol=1e-4)


EXACT = {"beyond": 0.0, "fresh": 0.0}


def test_inversion_takes_its_steps_and_no_chances():
    prior = Listener({"a mug": 0.3})
    guidance = distillation(prior, method="sdi", inversion=InversionSettings(steps=4, **EXACT))
    one, other = (ask(guidance, seed=seed) for seed in (0, 1))
    assert torch.equal(one, other)
    assert len(prior.batches) == 2 * (4 + 1) and all(batch == [Caption(), Caption("a mug")] for batch in prior.batches)


def test_inversion_ends_a_little_past_t_and_the_prior_is_then_asked_at_t():
    prior, asked = Listener(), []
    exact = prior.exact_noise
    prior.exact_noise = lambda noisy, at, mean: asked.append(at[0].item()) or exact(noisy, at, mean)
    guidance = distillation(prior, 0.5, method="sdi", inversion=InversionSettings(steps=2, beyond=0.1, fresh=0.0))
    for seed in range(20):
        ask(guidance, seed=seed)
    ends, last = asked[1::3], asked[2::3]
    assert set(last) == {500} and min(ends) >= 500 and max(ends) <= 600 and max(ends) - min(ends) > 50


def test_inversion_avoids_other_views_as_the_gradient_does():
    prior = Listener()
    guidance = distillation(prior, method="sdi", perp_neg=1.0, inversion=InversionSettings(steps=2))
    ask(guidance, looking((10, 30)))
    assert [len(batch) for batch in prior.batches] == [4, 4, 4]


def test_an_image_comes_to_the_priors_mean_by_inversion_too():
    prior = GaussianPrior(MEAN, spread=0.2)
    inversion = InversionSettings(steps=4, scale=1.0, **EXACT)
    guidance = distillation(prior, scale=1.0, method="sdi", inversion=inversion, **PLAIN)
    image = descend(guidance, steps=400)
    # without chance nothing is lost to averaging: it comes as near as the descent goes on for
    torch.testing.assert_close(image, prior.mean.expand(1, 3, 8, 8), atol=0.03, rtol=0)
