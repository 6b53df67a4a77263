"""Point lights."""

import pytest
import torch
from torch.nn.functional import normalize

from engine.lights import Lights, LightSettings, sample_lights


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_lights_keep_to_their_settings():
    settings = LightSettings(distance=(0.8, 1.5), ambient=(0.1, 0.3))
    lights = sample_lights(torch.randn(5000, 3, generator=generator()), settings, generator())
    for value, (low, high) in ((lights.position.norm(dim=-1), settings.distance), (lights.ambient, settings.ambient)):
        assert low - 1e-5 <= value.min() and value.max() <= high + 1e-5
        assert value.max() - value.min() > 0.99 * (high - low)


def test_without_spread_the_light_is_at_the_camera():
    cameras = torch.tensor([[0.0, -2.4, 0.0], [1.0, 1.0, 1.0]])
    lights = sample_lights(cameras, LightSettings(spread=0.0), generator())
    torch.testing.assert_close(normalize(lights.position, dim=-1), normalize(cameras, dim=-1))


def test_light_comes_more_often_from_the_cameras_side():
    cameras = torch.tensor([[0.0, -2.4, 0.0]]).expand(20_000, 3)
    towards = normalize(sample_lights(cameras, LightSettings(spread=2.4), generator()).position, dim=-1)
    # Directions of N(2.4 e, 2.4^2 I): P(component along e > 0) = P(N(0, 1) > -1) = .8413.
    assert (towards[:, 1] < 0).float().mean().item() == pytest.approx(0.8413, abs=0.01)
    assert towards[:, [0, 2]].mean(0).abs().max() < 0.02


def test_lights_can_be_picked_like_a_list():
    picked = Lights(torch.eye(3), torch.tensor([0.1, 0.2, 0.3]))[torch.tensor([2, 0])]
    torch.testing.assert_close(picked.ambient, torch.tensor([0.3, 0.1]))
    torch.testing.assert_close(picked.position, torch.eye(3)[[2, 0]])
