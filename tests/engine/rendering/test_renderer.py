"""Opacities, shading and gradients of the whole renderer against closed forms."""

import math

import pytest
import torch
from torch.nn.functional import normalize

from engine.cameras import camera_rays
from engine.lights import Lights
from engine.rendering.occupancy import OccupancyGrid, OccupancySettings
from engine.rendering.renderer import RenderSettings, render, visible_samples
from engine.rendering.shading import sample_normals, surface_normals
from engine.shading import Shading, lambertian
from tests.engine.analytic import AnalyticField, Ball, Blob, SoftBall, Upper, cameras_at, everywhere, show


def closest(cameras, size):
    """How near each pixel's ray passes the origin, (B, H, W)."""
    origins, directions = camera_rays(cameras, size, size)
    return torch.linalg.cross(origins, directions).norm(dim=-1)


class Level(AnalyticField):
    """The same density everywhere, by way of the points so that it can be differentiated."""

    def density(self, points):
        return 1 + 0 * points.sum(-1)


class Haze(AnalyticField):
    """Two copies of a ball, `apart` towards the front and towards the back."""

    def __init__(self, ball, apart: float):
        self.ball, self.apart = ball, apart

    def density(self, points):
        shift = points.new_tensor([0.0, self.apart, 0.0])
        return self.ball.density(points - shift) + self.ball.density(points + shift)


@pytest.mark.parametrize("samples", [2, 5, 64])
def test_a_slab_along_the_diameter_at_any_sample_count(samples):
    rendering = show(Ball(2.0, 0.7), cameras_at((20, 30)), 1, samples)
    assert rendering.opacity.item() == pytest.approx(1 - math.exp(-0.7 * 2), abs=1e-5)


@pytest.mark.parametrize("radius, tau", [(0.5, 3.0), (0.8, 0.6)])
def test_a_sphere_at_every_impact(radius, tau):
    cameras, size, samples = cameras_at((10, 0), (40, 130)), 16, 1024
    opacity = show(Ball(radius, tau), cameras, size, samples).opacity
    chord = 2 * (radius**2 - closest(cameras, size) ** 2).clamp_min(0).sqrt()
    torch.testing.assert_close(opacity, 1 - torch.exp(-tau * chord), atol=tau * 2 / samples, rtol=0)
    assert opacity.max() > 0.5 and opacity.min() == 0


def test_random_offsets_are_right_on_average():
    cameras, tau = cameras_at((0, 0)), 1.3
    middle, lights = torch.zeros(1, 3, 1, 1), Lights(torch.ones(1, 3), torch.zeros(1))
    generator = torch.Generator().manual_seed(0)
    settings = RenderSettings(samples=9)
    depths = [
        -torch.log1p(
            -render(
                Ball(0.5, tau), everywhere(), cameras, lights, [Shading.ALBEDO], middle, settings, generator
            ).opacity
        ).item()
        for _ in range(400)
    ]
    spread = tau * 2 / 9 / 2 / math.sqrt(len(depths))
    assert sum(depths) / len(depths) == pytest.approx(tau * 1.0, abs=4 * spread)


def test_a_gaussian_blob_through_its_centre():
    opacity = show(Blob(5.0, 0.2), cameras_at((33, -70)), 1, 64).opacity.item()
    assert opacity == pytest.approx(1 - math.exp(-5 * 0.2 * math.sqrt(2 * math.pi)), abs=1e-5)
    assert opacity == pytest.approx(0.9185, abs=5e-5)


def test_a_camera_inside_the_scene_sees_what_is_before_it():
    ahead, behind = Ball(0.2, 5.0, (0, 0.5, 0)), Ball(0.2, 5.0, (0, -0.7, 0))
    camera = cameras_at((0, 0), distance=0.3)
    assert show(ahead, camera, 1, 512).opacity.item() == pytest.approx(1 - math.exp(-2), abs=0.01)
    assert show(behind, camera, 1, 512).opacity.item() == 0


def test_a_ray_that_misses_the_scene_shows_the_background():
    rendering = show(Ball(2.0, 9.0), cameras_at((0, 0), angle=100.0), 8, background=0.3)
    assert rendering.opacity[0, 0, 0] == 0
    torch.testing.assert_close(rendering.images[0, :, 0, 0], torch.full((3,), 0.3))


def test_colours_are_composited_over_the_background():
    rendering = show(Ball(2.0, 0.5), cameras_at((0, 0)), 1, 64, background=0.3)
    opacity = 1 - math.exp(-1.0)
    expected = opacity * torch.tensor(AnalyticField.colour) + (1 - opacity) * 0.3
    torch.testing.assert_close(rendering.images[0, :, 0, 0], expected, atol=1e-5, rtol=0)


def test_row_0_is_the_top():
    opacity = show(Upper(), cameras_at((0, 0), (0, 90), (0, 180)), 16).opacity
    assert (opacity[:, :8, 8] > 0.99).all() and (opacity[:, 8:] == 0).all()


def test_plus_x_is_on_the_right_of_the_front_view_and_the_left_of_the_back_view():
    opacity = show(Ball(0.2, 300.0, (0.5, 0, 0)), cameras_at((0, 0), (0, 180)), 16).opacity
    assert opacity[0, :, 8:].sum() > 10 and opacity[0, :, :8].sum() == 0
    assert opacity[1, :, :8].sum() > 10 and opacity[1, :, 8:].sum() == 0


def test_the_front_is_at_the_bottom_of_a_picture_from_above():
    opacity = show(Ball(0.2, 300.0, (0, -0.5, 0)), cameras_at((90, 0)), 16).opacity
    assert opacity[0, 8:].sum() > 10 and opacity[0, :8].sum() == 0


def test_normals_of_a_radial_density_point_outwards():
    points = 0.6 * normalize(
        torch.randn(200, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)), dim=-1
    )
    errors = []
    for step in (0.02, 0.01, 0.005):
        error = surface_normals(SoftBall(0.6, width=0.05), points, step) - points / 0.6
        errors.append(error.norm(dim=-1).max().item())
    assert errors[0] < 0.03
    # Differences over a tetrahedron are of first order: half the step, half the error.
    assert errors[1] == pytest.approx(errors[0] / 2, rel=0.05) and errors[2] == pytest.approx(errors[1] / 2, rel=0.05)


def test_normals_of_samples_of_a_radial_density_are_exact():
    generator = torch.Generator().manual_seed(0)
    points = normalize(torch.randn(200, 3, dtype=torch.float64, generator=generator), dim=-1)
    points = points * (0.1 + 0.8 * torch.rand(200, 1, dtype=torch.float64, generator=generator))
    for field in (Blob(), SoftBall(0.6)):
        density, _, normals = sample_normals(field, points)
        torch.testing.assert_close(density, field.density(points))
        torch.testing.assert_close(normals, normalize(points, dim=-1))


def test_level_density_has_no_normal_and_no_light():
    _, _, normals = sample_normals(Level(), torch.randn(5, 3, generator=torch.Generator().manual_seed(0)))
    assert (normals == 0).all()
    seen = show(Level(), cameras_at((0, 0)), 2, 8, Shading.TEXTURELESS, ambient=0.25, normals="samples")
    torch.testing.assert_close(seen.images[0, 0], 0.25 * seen.opacity[0])


def test_normals_of_samples_need_no_recording_of_gradients():
    with torch.no_grad():
        seen = show(SoftBall(0.6), cameras_at((0, 0)), 4, 32, Shading.DIFFUSE, normals="samples")
    assert not seen.images.requires_grad and seen.images.max() > 0.3


def test_each_sample_of_a_see_through_scene_has_its_own_light():
    """Two thin balls behind each other, lit from the camera: both show their fronts."""
    scene = Haze(Blob(2.0, 0.1), 0.4)
    camera = cameras_at((0, 0), distance=2.4)
    seen = show(scene, camera, 1, 512, Shading.TEXTURELESS, normals="samples")
    weights, front = seen.weights, seen.facing.cosine < 0
    # Head-on, brightness is one on the front half of each ball and none on its back half.
    assert seen.images[0, 0].item() == pytest.approx(weights[front].sum().item(), abs=1e-3)
    assert 0.5 < seen.images[0, 0].item() / seen.opacity.item() < 0.7


@pytest.mark.parametrize("normals", ["surface", "samples"])
@pytest.mark.parametrize("shading, colour", [(Shading.DIFFUSE, AnalyticField.colour), (Shading.TEXTURELESS, (1, 1, 1))])
def test_a_lambert_sphere(shading, colour, normals):
    radius, light, ambient = 0.6, (2.0, -2.5, 1.5), 0.1
    cameras, size = cameras_at((15, 20)), 24
    rendering = show(SoftBall(radius), cameras, size, 256, shading, light, ambient, normals=normals)
    origins, directions = (rays.view(-1, 3) for rays in camera_rays(cameras, size, size))
    along = -(origins * directions).sum(-1)
    gap = radius**2 - closest(cameras, size).view(-1) ** 2
    inner = gap > 0.3 * radius**2
    points = (origins + (along - gap.clamp_min(0).sqrt())[:, None] * directions)[inner]
    lamps = torch.tensor(light).expand_as(points)
    expected = lambertian(points / radius, points, lamps, torch.full((len(points),), ambient)) * torch.tensor(colour)
    found = rendering.images[0].permute(1, 2, 0).reshape(-1, 3)[inner]
    assert len(found) > 50
    torch.testing.assert_close(found, expected, atol=0.08, rtol=0)
    assert (found - expected).abs().mean() < 0.02


@pytest.mark.parametrize("normals", ["surface", "samples"])
def test_albedo_views_know_no_light(normals):
    views = [
        show(Ball(0.5, 90.0), cameras_at((0, 0)), 8, light=light, normals=normals)
        for light in ((9.0, 0, 0), (-9.0, 0, 0))
    ]
    torch.testing.assert_close(views[0].images, views[1].images)
    assert len(views[0].facing.cosine) == 0


@pytest.mark.parametrize("normals", ["surface", "samples"])
def test_each_view_has_its_own_light_and_shading(normals):
    cameras = cameras_at((0, 0), (0, 0), (0, 0))
    lights = Lights(torch.tensor([[0.0, -9, 0], [0, 9, 0], [0, -9, 0]]), torch.tensor([0.1, 0.1, 0.1]))
    ways = [Shading.TEXTURELESS, Shading.TEXTURELESS, Shading.ALBEDO]
    backgrounds = torch.zeros(3, 3, 9, 9)
    settings = RenderSettings(256, normals=normals)
    rendering = render(SoftBall(0.6), everywhere(), cameras, lights, ways, backgrounds, settings)
    images = rendering.images[:, :, 4, 4]
    torch.testing.assert_close(images[0], torch.ones(3), atol=0.02, rtol=0)
    torch.testing.assert_close(images[1], torch.full((3,), 0.1), atol=0.02, rtol=0)
    torch.testing.assert_close(images[2], torch.tensor(AnalyticField.colour), atol=0.01, rtol=0)
    share = rendering.facing.share
    if normals == "samples":
        assert (share == 1 / (3 * 81)).all()
    else:
        assert share.sum().item() == pytest.approx(2 / 3)  # two of three views are lit


def test_a_visible_surface_faces_the_camera():
    rendering = show(SoftBall(0.6), cameras_at((30, 50)), 16, 256, Shading.DIFFUSE)
    assert len(rendering.facing.cosine) > 50
    assert (rendering.facing.cosine[rendering.facing.weight > 0.9] < 0.05).all()


def test_skipping_empty_and_hidden_samples_does_not_change_the_picture():
    field, cameras = SoftBall(0.5), cameras_at((20, 30))
    grid = OccupancyGrid(OccupancySettings(resolution=32))
    generator = torch.Generator().manual_seed(0)
    for _ in range(4):
        grid.update(field.density, generator)
    lights, backgrounds = Lights(torch.ones(1, 3), torch.zeros(1)), torch.zeros(1, 3, 24, 24)
    skipping = render(field, grid, cameras, lights, [Shading.ALBEDO], backgrounds, RenderSettings(128))
    dense = show(field, cameras, 24, 128)
    torch.testing.assert_close(skipping.images, dense.images, atol=0.02, rtol=0)
    assert len(skipping.weights) < len(dense.weights) / 3


def test_samples_lie_in_the_sphere_at_equal_steps():
    origins, directions = (rays.view(-1, 3) for rays in camera_rays(cameras_at((10, 20)), 8, 8))
    settings = RenderSettings(samples=50)
    offsets = torch.rand(64, generator=torch.Generator().manual_seed(0))
    distances, chosen = visible_samples(origins, directions, everywhere(), settings, offsets)
    points = origins[:, None] + distances[..., None] * directions[:, None]
    assert (points[chosen].norm(dim=-1) <= 1 + 1e-5).all()
    torch.testing.assert_close(distances.diff(dim=-1), torch.full((64, 49), 0.04), atol=1e-5, rtol=0)
