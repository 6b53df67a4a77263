"""What a prior is asked that looks at groups of views: whole groups, one timestep each, a camera with every caption."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.guidance.distil import Distillation
from engine.guidance.prior import Views
from engine.guidance.prompts import ViewWords
from engine.guidance.sds import rescale
from engine.guidance.settings import BridgeSettings, GuidanceSettings, InversionSettings
from engine.shading import Shading
from tests.engine.analytic import GaussianPrior, cameras_at

GROUP = 4
ANGLES = [(10 * group, 20 + 90 * view) for group in (1, 2) for view in range(4)]
VIEWS = Views(cameras_at(*ANGLES), [Shading.ALBEDO] * 8)


class Grouped(GaussianPrior):
    """A prior whose noise is the mean of what it would be for each view of a group; it remembers what it was asked."""

    group = GROUP

    def __init__(self):
        super().__init__(0.2, spread=0.3, unconditional=-0.1)
        self.batches = []

    def predict_noise(self, noisy, timesteps, captions):
        self.batches.append((timesteps, captions))
        alone = super().predict_noise(noisy, timesteps, captions)
        return alone.unflatten(0, (-1, GROUP)).mean(1).repeat_interleave(GROUP, 0)


def ask(views: Views, seed: int = 0, progress: float = 0.0, **guidance) -> tuple[Grouped, torch.Tensor]:
    prior, chance = Grouped(), torch.Generator().manual_seed(seed)
    images = torch.linspace(0, 1, len(views.shadings)).view(-1, 1, 1, 1).expand(-1, 3, 8, 8)
    settings = GuidanceSettings(**{"view_words": ViewWords(on=False)} | guidance)
    return prior, Distillation(prior, "a mug", settings).gradient(images, views, progress, chance)


VARIANTS = [
    ({}, 2), ({"perp_neg": 1.0}, 4), ({"inversion": InversionSettings(steps=2)}, 2),
    ({"bridge": BridgeSettings(0.0)}, 2), ({"form": "noise", "negative": "ugly"}, 2),
]  # fmt: skip
"""Settings, and how many captions of each view they ask for at once."""


@pytest.mark.parametrize("guidance, times", VARIANTS)
def test_groups_are_whole_in_every_batch_and_have_one_timestep(guidance, times):
    prior, gradient = ask(VIEWS, **guidance)
    told = [(camera.elevation, camera.azimuth) for camera, _ in VIEWS]
    for timesteps, captions in prior.batches:
        assert [caption.camera[:2] for caption in captions] == told * times
        assert (timesteps.view(-1, GROUP) == timesteps[::GROUP, None]).all()
        assert all(len({caption.text for caption in captions[at : at + GROUP]}) == 1 for at in range(0, 8 * times, 4))
    assert torch.isfinite(gradient).all() and gradient.abs().max() > 0


def test_groups_have_timesteps_of_their_own():
    timesteps = torch.cat([ask(VIEWS, seed)[0].batches[0][0] for seed in range(9)])
    assert len(timesteps.unique()) > 9


def test_the_unwanted_is_told_the_camera_too():
    prior, _ = ask(VIEWS, negative="ugly")
    ((_, captions),) = prior.batches
    assert [caption.text for caption in captions] == ["ugly"] * 8 + ["a mug"] * 8
    assert captions[:8] != captions[8:] and [caption.camera for caption in captions[:8]] == [c for c, _ in VIEWS]


def test_contrast_is_pulled_back_to_the_groups():
    """A view that is darker than the others of its group stays so."""
    conditional = torch.randn(8, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    guided = 2 * conditional * torch.tensor([1.0, 2, 3, 4, 1, 1, 1, 1]).view(-1, 1, 1, 1)
    found = rescale(guided, conditional, 1.0, GROUP)
    factor = conditional[:4].std() / guided[:4].std()
    torch.testing.assert_close(found[:4], factor * guided[:4])
    torch.testing.assert_close(found[4:], conditional[4:])


@given(st.floats(0, 1), st.integers(0, 99))
def test_images_alone_are_groups_of_one(share, seed):
    guided, conditional = torch.randn(2, 3, 2, 4, 4, generator=torch.Generator().manual_seed(seed))
    factor = conditional.std((1, 2, 3), keepdim=True) / guided.std((1, 2, 3), keepdim=True)
    assert torch.equal(rescale(guided, conditional, share), guided * (1 + share * (factor - 1)))
