"""How views are shaded: Lambert's law, base colours, and which step has which views."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import normalize

from engine.shading import Shading, ShadingSettings, base_colour, is_texture_step, lambertian, sample_shadings, tint

UNIT = (
    st.tuples(*[st.floats(-1, 1)] * 3)
    .filter(lambda v: math.hypot(*v) > 0.1)
    .map(lambda v: normalize(torch.tensor([v], dtype=torch.float64), dim=-1))
)


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


def test_each_view_shows_the_base_colour_of_its_shading():
    points = torch.tensor([[0.2, -0.6, 1.0]]).expand(5, 3)
    albedo = torch.tensor([[0.1, 0.2, 0.3]]).expand(5, 3)
    found = base_colour(albedo, points, list(Shading), torch.arange(5))
    expected = {
        Shading.ALBEDO: [0.1, 0.2, 0.3], Shading.DIFFUSE: [0.1, 0.2, 0.3], Shading.TEXTURELESS: [1, 1, 1],
        Shading.POSITION: [0.6, 0.2, 1.0], Shading.NORMAL: [1, 1, 1],
    }
    torch.testing.assert_close(found, torch.tensor([expected[shading] for shading in Shading]))


def test_only_light_and_normal_maps_tint_the_base_colour():
    normals, points = torch.tensor([[0.0, -0.6, 0.8]]).expand(5, 3), torch.zeros(5, 3)
    found = tint(normals, points, torch.tensor([[0.0, 0, 3]]).expand(5, 3), torch.full((5,), 0.5), list(Shading),
                 torch.arange(5))
    expected = dict.fromkeys(Shading, [1.0] * 3) | {
        Shading.DIFFUSE: [0.9] * 3, Shading.TEXTURELESS: [0.9] * 3, Shading.NORMAL: [0.5, 0.2, 0.9],
    }
    torch.testing.assert_close(found, torch.tensor([expected[shading] for shading in Shading]))


def test_shading_starts_with_albedo_and_then_follows_its_shares():
    generator, shares = torch.Generator().manual_seed(0), ShadingSettings(albedo_until=0.2)
    assert sample_shadings(shares, 4, 0.199, generator) == [Shading.ALBEDO] * 4
    drawn = [shading for _ in range(2000) for shading in sample_shadings(shares, 4, 0.2, generator)]
    for shading, share in (
        (Shading.ALBEDO, shares.albedo),
        (Shading.TEXTURELESS, shares.textureless),
        (Shading.DIFFUSE, 1 - shares.albedo - shares.textureless),
    ):
        assert drawn.count(shading) / len(drawn) == pytest.approx(share, abs=0.025)
    assert not is_texture_step(shares, [Shading.ALBEDO])


def test_where_steps_show_positions_the_others_show_albedo():
    generator, shares = torch.Generator().manual_seed(0), ShadingSettings(position=0.8)
    for progress in (0.0, 0.5, 0.999):
        drawn = [tuple(sample_shadings(shares, 3, progress, generator)) for _ in range(3000)]
        assert {shadings: is_texture_step(shares, list(shadings)) for shadings in drawn} == {
            (Shading.POSITION,) * 3: False, (Shading.ALBEDO,) * 3: True,
        }
        assert drawn.count((Shading.POSITION,) * 3) / len(drawn) == pytest.approx(0.8, abs=0.025)


def test_a_share_of_the_geometry_steps_shows_normals():
    generator, shares = torch.Generator().manual_seed(0), ShadingSettings(position=0.8, normal=0.25)
    drawn = [tuple(sample_shadings(shares, 2, 0.5, generator)) for _ in range(3000)]
    for way, share in ((Shading.POSITION, 0.6), (Shading.NORMAL, 0.2), (Shading.ALBEDO, 0.2)):
        assert drawn.count((way, way)) / len(drawn) == pytest.approx(share, abs=0.025)
    assert not is_texture_step(shares, [Shading.NORMAL] * 2)
