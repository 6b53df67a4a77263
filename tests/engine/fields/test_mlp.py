"""The paper's field: its first shape, its annealing and its derivatives."""

import math

import pytest
import torch

from engine.fields import FieldSettings, build_field
from engine.fields.grid import GridField
from engine.fields.mlp import MLPField, MLPSettings
from engine.settings import OptimiserSettings
from tests.engine.analytic import cameras_at, show


def small(**settings) -> MLPField:
    torch.manual_seed(0)
    return MLPField(MLPSettings(**{"levels": 3, "blocks": 2, "width": 8} | settings))


def points(count: int = 300) -> torch.Tensor:
    return torch.rand(count, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_the_kind_chooses_the_field():
    assert isinstance(build_field(FieldSettings()), GridField)
    assert isinstance(build_field(FieldSettings(kind="mlp")), MLPField)


def test_shapes_and_ranges():
    field = small()
    density, albedo = field(points())
    assert density.shape == (300,) and (density >= 0).all()
    assert albedo.shape == (300, 3) and (albedo > 0).all() and (albedo < 1).all()
    assert torch.equal(field.density(points()), density) and torch.equal(field.albedo(points()), albedo)


def chord_opacity(field: MLPField, impact: float) -> float:
    """Opacity of the sphere along a line that passes the centre at `impact`."""
    half = math.sqrt(1 - impact**2)
    along = (torch.arange(200) + 0.5) / 100 * half - half
    with torch.no_grad():
        density = field.density(torch.stack([torch.full_like(along, impact), along, torch.zeros(200)], -1))
    return 1 - math.exp(-density.mean().item() * 2 * half)


@pytest.mark.parametrize("seed", range(8))
def test_untrained_it_is_a_blob_in_clear_air(seed):
    torch.manual_seed(seed)
    field = MLPField(MLPSettings())
    assert chord_opacity(field, 0.5) < 0.05
    assert chord_opacity(field, 0.0) > 0.9
    fog = MLPField(MLPSettings(density_bias=0.0))
    assert chord_opacity(fog, 0.5) > 0.6


def test_the_blob_alone_is_as_opaque_as_in_the_papers_units():
    field = small()
    with torch.no_grad():
        field.layers[-1].bias[0] = -1e4
        centre = field.density(torch.zeros(1, 3)).item()
        opacity = show(field, cameras_at((33, -70)), 1, 64).opacity.item()
    assert centre == pytest.approx(1.4 * 5)
    assert opacity == pytest.approx(1 - math.exp(-5 * 0.2 * math.sqrt(2 * math.pi)), abs=1e-5)
    assert opacity == pytest.approx(0.9185, abs=5e-5)


def test_the_blob_is_added_after_the_activation():
    field = small(density_bias=0.0)
    with torch.no_grad():
        with_blob = field.density(points())
        field.settings.blob_density = 0.0
        without = field.density(points())
    blob = 1.4 * 5 * torch.exp(-(1.4 * points()).square().sum(-1) / (2 * 0.2**2))
    torch.testing.assert_close(with_blob - without, blob, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("progress, scale", [(0, 0.05), (1 / 6, 0.026), (1 / 3, 0.002), (0.7, 0.002), (1, 0.002)])
def test_the_encoding_is_annealed_over_the_first_third(progress, scale):
    field = small(levels=8)
    before = field.density(points())
    field.anneal(progress)
    assert field.scale == pytest.approx(scale)
    assert torch.equal(field.density(points()), before) == (progress == 0)


def test_density_far_out_does_not_overflow():
    field = small()
    with torch.no_grad():
        field.layers[-1].bias.fill_(1e4)
    density, albedo = field(points())
    assert torch.isfinite(density).all() and torch.isfinite(albedo).all()


def test_gradients_match_finite_differences():
    field = small(width=4, levels=2, density_bias=0.0).double()
    where = points(3).double()
    parameters = [parameter.detach().clone().requires_grad_() for parameter in field.parameters()]
    names = [name for name, _ in field.named_parameters()]

    def outputs(*values):
        return torch.func.functional_call(field, dict(zip(names, values)), (where,))

    assert torch.autograd.gradcheck(outputs, parameters)


def test_the_size_is_the_papers_and_all_of_it_is_optimised():
    field = MLPField(MLPSettings())
    blocks = 5 * 2 * (128 * 128 + 128)
    between = 4 * 2 * 128
    ends = (48 * 128 + 128) + (128 * 4 + 4)
    groups = field.parameter_groups(OptimiserSettings(mlp_rate=0.5))
    assert sum(weight.numel() for weight in groups[0]["params"]) == blocks + between + ends
    assert [group["lr"] for group in groups] == [0.5]
