"""The integrated positional encoding against Monte Carlo and its closed form."""

import math

import pytest
import torch

from engine.fields.encoding import integrated_encoding


def test_without_blur_it_is_sines_and_cosines_of_every_octave():
    found = integrated_encoding(torch.tensor([[0.3, -1.1]], dtype=torch.float64), 3)
    expected = [
        function(2**octave * x) for x in (0.3, -1.1) for function in (math.sin, math.cos) for octave in range(3)
    ]
    assert found[0].tolist() == pytest.approx(expected)


@pytest.mark.parametrize("scale", [0.05, 0.3])
def test_it_is_the_mean_of_the_encoding_over_a_gaussian(scale):
    point = torch.tensor([0.4, -0.9, 1.3], dtype=torch.float64)
    around = torch.randn(400_000, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * scale + point
    found = integrated_encoding(point, 5, scale)
    torch.testing.assert_close(found, integrated_encoding(around, 5).mean(0), atol=0.005, rtol=0)
    plain = integrated_encoding(point, 5)
    assert (found / plain)[4].item() == pytest.approx(math.exp(-((16 * scale) ** 2) / 2))


def test_fine_octaves_fade_first():
    points = torch.rand(300, 3, generator=torch.Generator().manual_seed(0)) * 6
    sizes = integrated_encoding(points, 8, 0.05).view(300, 3, 2, 8).abs().amax((0, 1, 2))
    assert (sizes.diff() < 0).all() and sizes[0] > 0.99 and sizes[7] < 1e-6
    assert integrated_encoding(points, 8, 0.002).view(300, 3, 2, 8)[..., 7].abs().max() > 0.9
