"""The default field: ranges, its first shape and its gradients."""

import pytest
import torch

from engine.fields.grid import GridField, GridSettings


@pytest.fixture
def field() -> GridField:
    torch.manual_seed(0)
    return GridField(GridSettings(resolutions=(4, 8), channels=4, hidden=16))


def points(count: int = 500) -> torch.Tensor:
    return torch.rand(count, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_shapes_and_ranges(field):
    density, albedo = field(points())
    assert density.shape == (500,) and (density >= 0).all()
    assert albedo.shape == (500, 3) and (albedo > 0).all() and (albedo < 1).all()
    assert torch.equal(field.density(points()), density) and torch.equal(field.albedo(points()), albedo)


def test_it_starts_as_a_ball_in_clear_air():
    torch.manual_seed(0)
    settings = GridSettings()
    field = GridField(settings)
    directions = torch.nn.functional.normalize(points(100), dim=-1)
    inside, outside = field.density(directions * 0.2), field.density(directions * 0.95)
    assert (inside > 10).all()
    # What an untrained exp(0) = 1 would make of the air: 94 % opaque fog through the sphere.
    assert (outside < 0.5).all()


def test_vertices_are_read_where_they_lie(field):
    """A bump in the feature of the vertex next to +x changes the field there and not at -x: x comes first."""
    with torch.no_grad():
        before = field.density(torch.tensor([[1.0, -1, -1], [-1, 1, -1], [-1, -1, 1]]))
        field.grids[0][0, 0, -1] += 5.0  # the first index is z's
        after = field.density(torch.tensor([[1.0, -1, -1], [-1, 1, -1], [-1, -1, 1]]))
    assert after[0] != before[0] and torch.equal(after[1:], before[1:])


def test_density_far_out_does_not_overflow(field):
    with torch.no_grad():
        field.decoder[2].bias.fill_(1e4)
    density, albedo = field(points())
    assert torch.isfinite(density).all() and torch.isfinite(albedo).all()


def test_gradients_match_finite_differences():
    torch.manual_seed(0)
    field = GridField(GridSettings(resolutions=(3,), channels=2, hidden=4)).double()
    where = points(4).double()
    parameters = [parameter.detach().clone().requires_grad_() for parameter in field.parameters()]
    names = [name for name, _ in field.named_parameters()]

    def outputs(*values):
        return torch.func.functional_call(field, dict(zip(names, values)), (where,))

    assert torch.autograd.gradcheck(outputs, parameters)
