"""Point lights and Lambert's law."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import normalize

from engine.lights import Lights, LightSettings, Shading, base_colour, lambertian, sample_lights

UNIT = (
    st.tuples(*[st.floats(-1, 1)] * 3)
    .filter(lambda v: math.hypot(*v) > 0.1)
    .map(lambda v: normalize(torch.tensor([v], dtype=torch.float64), dim=-1))
)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@given(UNIT, UNIT, st.floats(0, 1))
def test_lambert(normal, light, ambient):
    point = torch.tensor([[0.3, -0.2, 0.1]], dtype=torch.float64)
    found = lambertian(normal, point, point + 3 * light, torch.tensor([ambient], dtype=torch.float64)).item()
    cosine = max(0.0, (normal * light).sum().item())
    assert found == pytest.approx(ambient + (1 - ambient) * cosine)
    assert -1e-9 <= found <= 1 + 1e-9


def test_light_that_faces_a_surface_is_full_and_light_behind_it_is_ambient():
    normals, points = torch.tensor([[0.0, 0, 1]] * 2), torch.zeros(2, 3)
    lights = torch.tensor([[0.0, 0, 2], [0, 0, -2]])
    found = lambertian(normals, points, lights, torch.full((2,), 0.1))
    torch.testing.assert_close(found, torch.tensor([[1.0], [0.1]]))


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


def test_each_view_shows_the_base_colour_of_its_shading():
    points = torch.tensor([[0.2, -0.6, 1.0]]).expand(4, 3)
    albedo = torch.tensor([[0.1, 0.2, 0.3]]).expand(4, 3)
    found = base_colour(albedo, points, list(Shading), torch.arange(4))
    expected = {
        Shading.ALBEDO: [0.1, 0.2, 0.3], Shading.DIFFUSE: [0.1, 0.2, 0.3], Shading.TEXTURELESS: [1, 1, 1],
        Shading.POSITION: [0.6, 0.2, 1.0],
    }
    torch.testing.assert_close(found, torch.tensor([expected[shading] for shading in Shading]))


def test_lights_can_be_picked_like_a_list():
    picked = Lights(torch.eye(3), torch.tensor([0.1, 0.2, 0.3]))[torch.tensor([2, 0])]
    torch.testing.assert_close(picked.ambient, torch.tensor([0.3, 0.1]))
    torch.testing.assert_close(picked.position, torch.eye(3)[[2, 0]])
