"""Losses that need no prior, against closed forms and on whole renderings."""

import math

import pytest
import torch

from engine.cameras import camera_rays
from engine.regularizers import (
    LossSettings,
    convexity_loss,
    depth_variance_loss,
    haze_loss,
    nearness_loss,
    opacity_loss,
    orientation_loss,
    regularization,
    roughness_loss,
)
from engine.rendering.renderer import Rendering
from engine.rendering.shading import Facing, Rays, Surfaces
from engine.shading import Shading
from tests.engine.analytic import AnalyticField, Ball, SoftBall, Upper, cameras_at, show


def rendering(opacity=(0.0,), weights=(), distances=(), cosine=(), weight=(), rays=None) -> Rendering:
    number = [
        torch.tensor(values, dtype=torch.float64, requires_grad=True)
        for values in (opacity, weights, distances, cosine, weight)
    ]
    return Rendering(
        images=torch.zeros(1, 3, 1, len(opacity)),
        opacity=number[0].view(1, 1, -1),
        weights=number[1],
        distances=number[2],
        facing=Facing(number[3], number[4], torch.full((len(cosine),), 1 / max(rays or len(cosine), 1))),
        rays=Rays(*(torch.zeros(0, 3),) * 2, *(torch.zeros(0, dtype=torch.long),) * 2),
        ray=torch.zeros(0, dtype=torch.long),
        density=torch.zeros(0),
    )


@pytest.mark.parametrize("cosine, weight, loss", [(-0.7, 0.9, 0.0), (0.5, 0.8, 0.8 * 0.25), (1.0, 1.0, 1.0)])
def test_orientation_is_free_when_facing_and_costs_w_n_v_squared_when_not(cosine, weight, loss):
    assert orientation_loss(rendering(cosine=[cosine], weight=[weight])).item() == pytest.approx(loss)


def test_orientation_of_samples_is_a_sum_along_each_ray():
    seen = rendering(cosine=[0.5, -0.5, 1.0], weight=[0.4, 0.4, 0.2], rays=2)
    assert orientation_loss(seen).item() == pytest.approx((0.4 * 0.25 + 0.2) / 2)


def test_orientation_is_a_mean_that_does_not_reward_transparency():
    seen = rendering(cosine=[0.5, -0.5], weight=[0.8, 0.8])
    loss = orientation_loss(seen)
    assert loss.item() == pytest.approx(0.1)
    loss.backward()
    assert seen.facing.weight.grad is None and seen.facing.cosine.grad[0] > 0 and seen.facing.cosine.grad[1] == 0


def test_orientation_without_normals_is_zero_and_has_a_gradient():
    seen = rendering([0.5])
    loss = orientation_loss(seen)
    loss.backward()
    assert loss.item() == 0


class Fading(AnalyticField):
    """Fog that thins out towards the back: its normals point to +y everywhere."""

    def density(self, points):
        return torch.exp(1 - 2 * points[:, 1])


@pytest.mark.parametrize(
    "field, azimuth, limits", [(SoftBall(0.6), 40, (0, 1e-3)), (Fading(), 180, (0, 0)), (Fading(), 0, (0.9, 1))]
)
def test_orientation_of_whole_views(field, azimuth, limits):
    seen = show(field, cameras_at((0, azimuth), angle=20), 8, 128, Shading.DIFFUSE)
    low, high = limits
    assert len(seen.facing.cosine) > 10
    assert low <= orientation_loss(seen).item() <= high


@pytest.mark.parametrize("azimuth", [0, 180])
def test_orientation_of_whole_views_by_samples(azimuth):
    """All normals are +y, so that a ray's samples share n . v, and their weights add up to its opacity."""
    cameras = cameras_at((20, azimuth), angle=40)
    seen = show(Fading(), cameras, 8, 64, Shading.DIFFUSE, normals="samples")
    away = camera_rays(cameras, 8, 8)[1][..., 1].clamp_min(0)
    assert (seen.facing.share == 1 / 64).all()
    assert orientation_loss(seen).item() == pytest.approx((seen.opacity * away.square()).mean().item(), abs=1e-6)
    assert (orientation_loss(seen) > 0.3) == (azimuth == 0)


def surfaces_of(normals: list[tuple], depths: list[float], opacities: list[float]) -> Rendering:
    """One row of pixels, of which each has a normal."""
    seen = rendering(opacities)
    numbers = (torch.tensor(values, dtype=torch.float64) for values in (normals, depths, opacities))
    seen.surfaces = Surfaces(torch.arange(len(depths)), *numbers)
    return seen


@pytest.mark.parametrize(
    "normals, depths, opacities, loss",
    [
        ([(0, -1, 0), (0, -1, 0)], (2, 2), (1, 1), 0.0),
        ([(0, -1, 0), (1, 0, 0)], (2, 2), (1, 1), math.sqrt(2) / 2),
        ([(0, -1, 0), (1, 0, 0)], (2, 2), (1, 0.5), math.sqrt(2) / 4),
        ([(0, -1, 0), (1, 0, 0)], (2, 2.1), (1, 1), math.sqrt(2) / 2 / math.e),
        ([(0, -1, 0), (1, 0, 0)], (2, 3), (1, 1), 0.0),
        ([(0, -1, 0), (1, 0, 0), (0, 1, 0)], (2, 2, 2), (1, 1, 1), 2 * math.sqrt(2) / 3),
    ],
)
def test_roughness_is_the_total_variation_of_the_normals_on_each_surface(normals, depths, opacities, loss):
    assert roughness_loss(surfaces_of(normals, depths, opacities)).item() == pytest.approx(loss, abs=1e-3)


class Dented(SoftBall):
    """A ball with waves on it."""

    def density(self, points):
        waves = 0.02 * torch.sin(25 * points).sum(-1)
        return super().density(points * (1 + waves[:, None]))


def test_a_smooth_ball_is_less_rough_than_a_dented_one():
    fields = SoftBall(0.6), Dented(0.6)
    smooth, dented = (show(field, cameras_at((0, 0)), 24, 128, Shading.DIFFUSE) for field in fields)
    assert 2 * roughness_loss(smooth) < roughness_loss(dented)


def test_roughness_without_lit_views_is_zero_and_has_a_gradient():
    seen = rendering([0.5])
    loss = roughness_loss(seen)
    loss.backward()
    assert loss.item() == 0


@pytest.mark.parametrize("opacity, loss", [(0.0, 0.1), (1.0, math.sqrt(1.01))])
def test_opacity_loss(opacity, loss):
    assert opacity_loss(rendering([opacity] * 3)).item() == pytest.approx(loss)


@pytest.mark.parametrize("opacity, loss", [(0.5, math.log(2)), (0.0, 0.0), (1.0, 0.0)])
def test_haze_is_the_entropy_of_opacity(opacity, loss):
    assert haze_loss(rendering([opacity])).item() == pytest.approx(loss, abs=2e-3)


@pytest.mark.parametrize("loss", [opacity_loss, haze_loss])
def test_losses_of_opacity_have_finite_gradients_everywhere(loss):
    seen = rendering([0.0, 1e-9, 0.5, 1.0])
    (gradient,) = torch.autograd.grad(loss(seen), seen.opacity)
    assert torch.isfinite(gradient).all()


def test_nearness_counts_the_weights_before_the_near_distance_per_pixel():
    seen = rendering([0.1, 0.2], weights=[0.1, 0.2, 0.4], distances=[0.5, 1.5, 0.9])
    assert nearness_loss(seen, 1.0).item() == pytest.approx((0.1 + 0.4) / 2)
    assert nearness_loss(rendering([0.1]), 1.0).item() == 0


def test_nearness_of_a_ball_around_the_camera_and_of_one_far_away():
    close = show(Ball(0.4, 2.0, (0, -0.9, 0)), cameras_at((0, 0), distance=1.2), 8)
    assert nearness_loss(close, 1.0).item() == pytest.approx(close.opacity.mean().item(), abs=1e-4)
    far = show(Ball(0.4, 2.0, (0, 0.4, 0)), cameras_at((0, 0), distance=2.4), 8)
    assert nearness_loss(far, 1.0).item() == 0 and far.opacity.max() > 0.5


NO_LOSS = {"orientation": (0, 0), "roughness": 0, "opacity": 0, "haze": (0, 0), "nearness": 0}


def test_the_orientation_loss_rises_over_its_share_of_the_run():
    weights = LossSettings(**NO_LOSS | {"orientation": (1, 3)}, orientation_until=0.5)
    seen = rendering([1.0], cosine=[0.5], weight=[1.0])
    losses = [regularization(seen, weights, progress).item() for progress in (0, 0.25, 0.5, 1)]
    assert losses == pytest.approx([0.25 * weight for weight in (1, 2, 3, 3)])


def test_haze_is_weighted_by_how_far_the_run_is():
    weights, seen = LossSettings(**NO_LOSS | {"haze": (0, 1)}), rendering([0.5])
    losses = [regularization(seen, weights, progress).item() for progress in (0, 0.5, 1)]
    assert losses == pytest.approx([weight * math.log(2) for weight in (0, 0.5, 1)])


@pytest.mark.parametrize(
    "progress, until, weight", [(0.0, 0.0, 2.0), (1.0, 0.0, 2.0), (0.1, 0.4, 1.5), (0.4, 0.4, 0.0), (1.0, 0.4, 0.0)]
)
def test_the_opacity_loss_may_fall_to_nothing(progress, until, weight):
    weights, seen = LossSettings(**NO_LOSS | {"opacity": 2.0}, opacity_until=until), rendering([1.0])
    assert regularization(seen, weights, progress).item() == pytest.approx(weight * math.sqrt(1.01))


def test_depth_variance_is_that_of_the_opaque_rays_samples():
    seen = rendering([0.8, 0.3], weights=[0.6, 0.2, 0.3], distances=[1.0, 3.0, 9.0])
    seen.rays.pixel, seen.rays.view = torch.arange(2), torch.zeros(2, dtype=torch.long)
    seen.ray = torch.tensor([0, 0, 1])
    mean = (0.6 * 1 + 0.2 * 3) / 0.8
    expected = (0.6 * (1 - mean) ** 2 + 0.2 * (3 - mean) ** 2) / 0.8
    assert depth_variance_loss(seen).item() == pytest.approx(expected)


def test_a_soft_ball_has_more_depth_variance_than_a_sharp_one():
    soft, sharp = (show(SoftBall(0.6, width=width), cameras_at((0, 0)), 12) for width in (0.1, 0.01))
    assert 0 <= 3 * depth_variance_loss(sharp) < depth_variance_loss(soft)


@pytest.mark.parametrize("normals", ["surface", "samples"])
def test_several_views_cost_the_mean_of_what_each_costs(normals):
    """So that the losses weigh the same however many views a device looks at together."""
    angles, ways = ((0, 0), (20, 90), (-10, 200)), [Shading.DIFFUSE, Shading.ALBEDO, Shading.TEXTURELESS]
    field = Dented(0.6)
    together = show(field, cameras_at(*angles), 12, 64, ways, normals=normals)
    alone = [show(field, cameras_at(angle), 12, 64, way, normals=normals) for angle, way in zip(angles, ways)]
    for loss in (orientation_loss, roughness_loss, opacity_loss, haze_loss, depth_variance_loss, convexity_loss):
        mean = torch.stack([loss(one) for one in alone]).mean()
        torch.testing.assert_close(loss(together), mean, rtol=1e-4, atol=1e-7)


class Bowl(AnalyticField):
    """A ball with a round hollow in its front."""

    def density(self, points):
        hollow = (points - points.new_tensor([0.0, -0.8, 0.0])).norm(dim=-1) < 0.6
        return 200.0 * ((points.norm(dim=-1) < 0.8) & ~hollow).to(points)


def test_bulging_surfaces_are_cheap_and_hollow_ones_dear():
    looks = cameras_at((10, 0), (10, 20), angle=20)
    bulging, hollow = (
        convexity_loss(show(field, looks, 32, 256, Shading.DIFFUSE)).item() for field in (SoftBall(0.7), Bowl())
    )
    assert -2 < bulging < -0.05 and 0.05 < hollow < 2


def test_convexity_of_flat_ground_and_of_nothing_is_nothing():
    flat = show(Upper(), cameras_at((89, 0), angle=10), 16, 128, Shading.DIFFUSE)
    assert len(flat.surfaces.pixel) and convexity_loss(flat).item() == pytest.approx(0, abs=0.02)
    seen = rendering([0.5])
    loss = convexity_loss(seen)
    loss.backward()
    assert loss.item() == 0


def test_convexity_falls_over_its_share_of_the_run():
    seen = show(SoftBall(0.7), cameras_at((10, 0), angle=20), 32, 128, Shading.DIFFUSE)
    weights = LossSettings(**NO_LOSS | {"convexity": (1.0, 0.1)}, convexity_until=0.4)
    losses = [regularization(seen, weights, progress).item() for progress in (0, 0.2, 0.4, 1)]
    assert losses == pytest.approx([weight * convexity_loss(seen).item() for weight in (1, 0.55, 0.1, 0.1)])
