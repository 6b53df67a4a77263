"""The renderer's gradients against finite differences, and where they reach."""

import pytest
import torch

from engine.fields.mlp import MLPField, MLPSettings
from engine.lights import Lights
from engine.rendering.renderer import RenderSettings, render
from engine.shading import Shading
from tests.engine.analytic import AnalyticField, Ball, SoftBall, cameras_at, everywhere, show


class Ramp(AnalyticField):
    """log(1 + tau) = |slope . x + 2|, so that normals are -slope / |slope| everywhere; everything differentiable."""

    def __init__(self, slope, colour):
        self.slope, self.colour = slope, colour

    def density(self, points):
        return torch.expm1(points @ self.slope + 2)

    def albedo(self, points):
        return torch.sigmoid(points @ self.colour)


class Weighed(AnalyticField):
    """A module with the given weights in place of its own."""

    def __init__(self, module, weights):
        self.module, self.weights = module, weights

    def __call__(self, points):
        return torch.func.functional_call(self.module, self.weights, (points,))

    def density(self, points):
        return self(points)[0]


def double_camera():
    cameras = cameras_at((25, 40), angle=30.0)
    return type(cameras)(**{name: value.double() for name, value in vars(cameras).items()})


@pytest.mark.parametrize("shading", [shading for shading in Shading if shading is not Shading.NORMAL])
def test_gradients_through_normals_of_samples_match_finite_differences_in_double_precision(shading):
    """The paper's whole renderer: equations 5, 6 and 7 on its field, second derivatives included."""
    torch.manual_seed(0)
    field = MLPField(MLPSettings(levels=2, width=4, blocks=2, density_bias=0.0)).double()
    names = [name for name, _ in field.named_parameters()]
    lights = Lights(torch.tensor([[0.9, -1.2, 0.7]], dtype=torch.float64), torch.tensor([0.2], dtype=torch.float64))
    backgrounds = torch.full((1, 3, 2, 2), 0.4, dtype=torch.float64)
    settings = RenderSettings(samples=6, normals="samples")

    def outputs(*weights):
        scene = Weighed(field, dict(zip(names, weights)))
        seen = render(scene, everywhere(), double_camera(), lights, [shading], backgrounds, settings)
        return seen.images, seen.facing.cosine

    weights = [parameter.detach().clone().requires_grad_() for parameter in field.parameters()]
    _, cosine = outputs(*weights)
    assert len(cosine) == (20 if shading.lit else 0)
    if not shading.lit:
        assert torch.autograd.gradcheck(lambda *weights: outputs(*weights)[0], weights)
    else:
        assert torch.autograd.gradcheck(outputs, weights)


@pytest.mark.parametrize("normals", ["surface", "samples"])
@pytest.mark.parametrize("shading", [Shading.ALBEDO, Shading.DIFFUSE])
def test_chunks_change_nothing_but_memory(shading, normals):
    torch.manual_seed(0)
    field = MLPField(MLPSettings(levels=2, width=4, blocks=2, density_bias=0.0)).double()
    lights = Lights(torch.tensor([[0.9, -1.2, 0.7]], dtype=torch.float64), torch.tensor([0.2], dtype=torch.float64))
    backgrounds = torch.zeros(1, 3, 6, 6, dtype=torch.float64)

    def gradients(chunk):
        settings = RenderSettings(samples=8, normals=normals, chunk=chunk)
        seen = render(field, everywhere(), double_camera(), lights, [shading], backgrounds, settings)
        loss = seen.images.square().sum() + seen.facing.cosine.sum()
        return [loss, *torch.autograd.grad(loss, list(field.parameters()))]

    for found, expected in zip(gradients(50), gradients(0)):
        torch.testing.assert_close(found, expected, atol=1e-12, rtol=1e-9)


@pytest.mark.parametrize("shading", list(Shading))
def test_gradients_match_finite_differences_in_double_precision(shading):
    cameras = double_camera()
    # Shading moves no surface (its depth is detached), hence a light so far away that it shines alike everywhere.
    lights = Lights(torch.tensor([[1e9, -2e9, 1e9]], dtype=torch.float64), torch.tensor([0.2], dtype=torch.float64))
    backgrounds = torch.full((1, 3, 3, 3), 0.4, dtype=torch.float64)
    slope = torch.tensor([-0.4, 0.5, -0.2], dtype=torch.float64, requires_grad=True)
    colour = torch.tensor([[0.5, 1, -2], [2, -1, 0.5], [0, 1, 1]], dtype=torch.float64, requires_grad=True)

    def images(slope, colour):
        field = Ramp(slope, colour)
        return render(field, everywhere(), cameras, lights, [shading], backgrounds, RenderSettings(samples=12)).images

    if shading in (Shading.TEXTURELESS, Shading.POSITION, Shading.NORMAL):
        colour = colour.detach()
    assert torch.autograd.gradcheck(images, (slope, colour))


def test_a_position_view_shows_where_the_surface_is():
    """From the front a hard ball of radius .5 shows its foremost point, (0, -.5, 0)."""
    seen = show(Ball(0.5, 1e4), cameras_at((0, 0)), 65, 512, Shading.POSITION)
    assert seen.images[0, :, 32, 32].tolist() == pytest.approx([0.5, 0.25, 0.5], abs=0.005)


def test_a_normal_view_shows_which_way_the_surface_faces():
    """A ball that is looked at from the front faces the camera in its middle, and to the right beside it."""
    seen = show(SoftBall(0.5), cameras_at((0, 0)), 65, 512, Shading.NORMAL).images[0]
    assert seen[:, 32, 32].tolist() == pytest.approx([0.5, 0.0, 0.5], abs=0.01)
    right = seen[:, 32, 42]
    assert right[0] > 0.6 and right[1] < 0.2 and right[2] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("colours_only", [True, False])
def test_a_texture_step_keeps_the_gradients_off_the_density(colours_only):
    slope = torch.tensor([-0.4, 0.5, -0.2], requires_grad=True)
    colour = torch.tensor([[0.5, 1, -2], [2, -1, 0.5], [0, 1, 1]], requires_grad=True)
    lights = Lights(torch.tensor([[0.9, -1.2, 0.7]]), torch.tensor([0.2]))
    seen = render(
        Ramp(slope, colour), everywhere(), cameras_at((25, 40)), lights, [Shading.ALBEDO], torch.zeros(1, 3, 3, 3),
        RenderSettings(samples=12), colours_only=colours_only,
    )
    shaped, coloured = torch.autograd.grad(seen.images.sum(), (slope, colour), allow_unused=True)
    assert (shaped is None or not shaped.any()) is colours_only
    assert coloured.any()


def test_a_position_view_thins_out_what_is_too_near():
    """Where a solid ought to be hollow, the gradient of position views takes density off its front, as no light
    does."""
    density = torch.full((), 8.0, requires_grad=True)
    solid = Ball(0.5, density)
    seen = show(solid, cameras_at((0, 0)), 9, 64, Shading.POSITION).images[0, 1, 4, 4]
    deeper = (seen - 0.6).square()
    (slope,) = torch.autograd.grad(deeper, density)
    assert seen < 0.6 and slope > 0


def test_an_empty_field_renders_and_has_a_gradient():
    nothing = Ball(0.0, 0.0)
    rendering = show(nothing, cameras_at((0, 0)), 4, shading=Shading.DIFFUSE, background=0.5)
    torch.testing.assert_close(rendering.images, torch.full((1, 3, 4, 4), 0.5))
    assert len(rendering.facing.cosine) == 0
