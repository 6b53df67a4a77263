"""Traced views against a ball, whose surface is known in closed form."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cameras import camera_rays, orbit_cameras
from engine.rendering.occupancy import OccupancyGrid, OccupancySettings
from engine.rendering.renderer import RenderSettings
from engine.rendering.tracing import FAINT, trace
from tests.engine.analytic import Ball, SoftBall

RADIUS = 0.6
STEP = 2 / 64
THRESHOLD = 12.0


def traced(elevation: float, azimuth: float, field=None, size: int = 24):
    one = torch.ones(1)
    camera = orbit_cameras(elevation * one, azimuth * one, 2.3 * one, 0.8 * one)
    occupancy = OccupancyGrid(OccupancySettings())
    return camera, trace(field or Ball(RADIUS, 400.0), occupancy, camera, size, THRESHOLD, RenderSettings())


@given(elevation=st.floats(-1.5, 1.5), azimuth=st.floats(-3, 3))
@settings(max_examples=20)
def test_pixels_show_the_points_where_their_rays_enter_the_ball(elevation, azimuth):
    camera, view = traced(elevation, azimuth)
    origins, directions = (each.view(-1, 3)[view.pixels] for each in camera_rays(camera, 24, 24))
    closest = -(origins * directions).sum(-1)
    nearness = (origins + closest[:, None] * directions).norm(dim=-1)
    entry = closest - (RADIUS**2 - nearness**2).clamp_min(0).sqrt()
    found = ((view.points - origins) * directions).sum(-1)
    inner = nearness < 0.8 * RADIUS
    assert (found - entry)[inner].abs().max() < STEP
    assert torch.allclose(origins + found[:, None] * directions, view.points, atol=1e-5)


@given(azimuth=st.floats(-3, 3))
@settings(max_examples=10)
def test_a_soft_surface_is_where_the_density_is_the_threshold(azimuth):
    soft = SoftBall(RADIUS)
    _, view = traced(0.2, azimuth, soft)
    met = view.opacity.view(-1)[view.pixels] > 0.9
    found = soft.density(view.points)[met]
    assert (found.log() - torch.tensor(THRESHOLD).log()).abs().median() < 0.1
    assert (view.points[met].norm(dim=-1) - RADIUS).abs().max() < 1.5 * STEP


def test_opacity_is_that_of_the_rays_and_faint_pixels_show_no_point():
    camera, view = traced(0.3, 1.0)
    origins, directions = camera_rays(camera, 24, 24)
    nearness = torch.linalg.cross(origins, directions).norm(dim=-1)[0]
    assert view.opacity.shape == (24, 24)
    assert (view.opacity[nearness < 0.9 * RADIUS] > 0.999).all() and not view.opacity[nearness > RADIUS].any()
    assert view.pixels.tolist() == torch.nonzero(view.opacity.view(-1) > FAINT).squeeze(1).tolist()


def test_an_empty_scene_shows_nothing():
    _, view = traced(0.0, 0.0, Ball(RADIUS, 0.0))
    assert not len(view.points) and not len(view.pixels) and not view.opacity.any()


def test_pixels_that_let_nearly_all_light_through_show_no_point():
    camera, view = traced(0.3, 1.0, Ball(RADIUS, 0.05))
    origins, directions = (each.view(-1, 3) for each in camera_rays(camera, 24, 24))
    nearness = torch.linalg.cross(origins, directions).norm(dim=-1)
    chord = 2 * (RADIUS**2 - nearness**2).clamp_min(0).sqrt()  # opacity is 1 - exp(-chord / 20): .02 at .404
    shown = torch.zeros(24 * 24, dtype=torch.bool).index_fill(0, view.pixels, True)
    assert shown[chord > 0.45].all() and not shown[chord < 0.36].any()
