"""Camera frames, their rays and how they are drawn, against closed forms."""

import math

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.cameras import (
    Cameras,
    CameraSettings,
    camera_rays,
    focal_to_field_of_view,
    look_at,
    orbit_cameras,
    ring_cameras,
    sample_cameras,
    sample_elevation,
    spherical_to_cartesian,
)
from tests.engine.analytic import DEGREE, cameras_at

VECTORS = st.tuples(*[st.floats(-3, 3)] * 3).map(lambda v: torch.tensor([v], dtype=torch.float64))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    "elevation, azimuth, towards",
    [(0, 0, (0, -1, 0)), (0, 90, (1, 0, 0)), (0, 180, (0, 1, 0)), (0, -90, (-1, 0, 0)), (90, 0, (0, 0, 1))],
)
def test_azimuth_0_is_the_front_on_minus_y_and_grows_towards_plus_x(elevation, azimuth, towards):
    found = spherical_to_cartesian(torch.tensor(elevation * DEGREE), torch.tensor(azimuth * DEGREE))
    torch.testing.assert_close(found, torch.tensor(towards, dtype=torch.float32), atol=1e-6, rtol=0)


@given(VECTORS, VECTORS, VECTORS)
def test_a_rotation_is_orthonormal_right_handed_and_looks_at_its_target(position, target, up):
    assume((position - target).norm() > 0.1 and up.norm() > 0.1)
    rotation = look_at(position, target, up)[0]
    backward = torch.nn.functional.normalize(position - target, dim=-1)[0]
    # Up is taken as +y where it is parallel to the view, which is no help for a view along y itself.
    assume(torch.linalg.cross(up[0], backward).norm() > 1e-3)
    torch.testing.assert_close(rotation @ rotation.T, torch.eye(3, dtype=torch.float64), atol=1e-9, rtol=0)
    assert torch.linalg.det(rotation).item() == pytest.approx(1)
    torch.testing.assert_close(rotation[:, 2], backward)
    assert rotation[:, 1] @ up[0] > 0


@given(st.floats(0.5, 2), st.floats(1.5, 4), st.floats(-89, 89), st.floats(-180, 180))
def test_the_apparent_size_is_that_of_a_unit_at_the_origin(focal, distance, elevation, azimuth):
    """Its ends, across the view, project that share of the image's width apart."""
    angles = torch.tensor([[elevation * DEGREE], [azimuth * DEGREE]])
    camera = orbit_cameras(*angles, torch.tensor([distance]), focal_to_field_of_view(torch.tensor([focal])))
    half = 0.5 * camera.rotation[0, :, 0]
    seen = [(point - camera.position[0]) @ camera.rotation[0] for point in (-half, half)]
    left, right = (focal * point[0] / -point[2] for point in seen)
    assert camera.apparent_size.item() == pytest.approx((right - left).item(), rel=1e-4)


@given(st.integers(1, 24))
def test_a_ring_of_cameras_is_closed_begins_in_front_and_has_equal_gaps(count):
    position = ring_cameras(count).position
    assert position[0, 0].abs() < 1e-5 and position[0, 1] < 0
    gaps = (position - position.roll(1, 0)).norm(dim=-1)
    radius = position[0, :2].norm()
    torch.testing.assert_close(gaps, (2 * radius * math.sin(math.pi / count)).expand(count), atol=1e-5, rtol=1e-5)


@given(st.floats(-89, 89), st.floats(-180, 180))
def test_an_orbiting_camera_stands_upright(elevation, azimuth):
    right, up, backward = cameras_at((elevation, azimuth)).rotation[0].unbind(-1)
    assert right[2].abs() < 1e-5 and up[2] > 0
    assert backward[2].item() == pytest.approx(math.sin(elevation * DEGREE), abs=1e-5)


@pytest.mark.parametrize("elevation, up", [(90, (0, 1, 0)), (-90, (0, 1, 0))])
def test_straight_above_and_below_have_a_frame_too(elevation, up):
    cameras = cameras_at((elevation, 0))
    torch.testing.assert_close(cameras.rotation[0, :, 1], torch.tensor(up, dtype=torch.float32), atol=1e-5, rtol=0)


@given(st.floats(0.1, 10))
def test_focal_and_field_of_view_are_each_others_inverse(focal):
    angle = focal_to_field_of_view(torch.tensor(focal, dtype=torch.float64)).item()
    assert 0.5 / math.tan(angle / 2) == pytest.approx(focal)


@pytest.mark.parametrize("focal, degrees", [(0.7, 71.1), (1.35, 40.6)])
def test_the_papers_focal_lengths(focal, degrees):
    assert focal_to_field_of_view(torch.tensor(focal)).item() / DEGREE == pytest.approx(degrees, abs=0.05)


@given(st.floats(10, 120), st.integers(1, 9), st.integers(1, 9))
def test_rays_span_the_field_of_view(angle, height, width):
    cameras = cameras_at((20, 40), angle=angle)
    origins, directions = camera_rays(cameras, height, width)
    assert origins.shape == directions.shape == (1, height, width, 3)
    torch.testing.assert_close(directions.norm(dim=-1), torch.ones(1, height, width))
    local = directions[0] @ cameras.rotation[0]
    local = local / -local[..., 2:]
    edge = math.tan(angle * DEGREE / 2)
    torch.testing.assert_close(local[0, :, 1], torch.full((width,), edge * (1 - 1 / height)), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(
        local[:, -1, 0], torch.full((height,), edge * (width - 1) / height), atol=1e-4, rtol=1e-4
    )


def test_the_middle_ray_goes_through_the_target():
    origins, directions = (rays[:, 0, 0] for rays in camera_rays(cameras_at((33, 123), (-5, -60)), 1, 1))
    torch.testing.assert_close(origins + 2.4 * directions, torch.zeros(2, 3), atol=1e-5, rtol=0)


@pytest.mark.parametrize("low, high", [(-10, 90), (0, 90), (-90, 90), (20, 40)])
def test_elevations_follow_their_distribution(low, high):
    found = sample_elevation(200_000, (low, high), generator()).sort().values
    by_angle = (found / DEGREE - low) / (high - low)
    floor, ceiling = math.sin(low * DEGREE), math.sin(high * DEGREE)
    by_area = (found.sin() - floor) / (ceiling - floor)
    empirical = torch.linspace(0, 1, len(found))
    assert (empirical - (by_angle + by_area) / 2).abs().max() < 0.005


@pytest.mark.parametrize("low, by_angle, by_area", [(-10, 0.30, 0.1141), (0, 1 / 3, 0.1340)])
def test_the_share_of_overhead_views(low, by_angle, by_area):
    elevations = sample_elevation(400_000, (low, 90), generator())
    assert (elevations > 60 * DEGREE).float().mean().item() == pytest.approx((by_angle + by_area) / 2, abs=0.002)


def test_drawn_cameras_keep_to_their_settings():
    settings = CameraSettings(elevation=(-10, 90), distance=(2.0, 2.5), focal=(1.0, 1.4))
    cameras = sample_cameras(5000, settings, generator())
    torch.testing.assert_close(
        cameras.position,
        spherical_to_cartesian(cameras.elevation, cameras.azimuth) * cameras.position.norm(dim=-1, keepdim=True),
        atol=1e-5,
        rtol=0,
    )
    for value, (low, high) in (
        (cameras.elevation / DEGREE, settings.elevation),
        (cameras.position.norm(dim=-1), settings.distance),
        (0.5 / torch.tan(cameras.field_of_view / 2), settings.focal),
        (cameras.azimuth / DEGREE, (-180, 180)),
    ):
        assert low - 1e-3 <= value.min() and value.max() <= high + 1e-3
        assert value.max() - value.min() > 0.99 * (high - low)


@pytest.mark.parametrize("count", [2, 4])
def test_the_views_of_a_step_surround_the_object(count):
    for seed in range(20):
        azimuths = sample_cameras(count, CameraSettings(), generator(seed)).azimuth
        sectors = ((azimuths - azimuths[0]) % (2 * math.pi)).sort().values.diff() / (2 * math.pi)
        assert (sectors < 2 / count).all()


def test_single_views_come_from_all_around():
    draw = generator()
    azimuths = torch.cat([sample_cameras(1, CameraSettings(), draw).azimuth for _ in range(2000)])
    shares = torch.histc(azimuths, 8, -math.pi, math.pi) / len(azimuths)
    assert ((shares - 1 / 8).abs() < 0.035).all()


SHAKEN = {"position_jitter": 0.1, "target_jitter": 0.2, "up_jitter": 0.02}


def groups_of(values: torch.Tensor, group: int) -> torch.Tensor:
    return values.unflatten(0, (-1, group))


@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 99))
def test_the_views_of_a_group_differ_in_azimuth_alone_and_divide_the_turn(count, group, seed):
    cameras = sample_cameras(count * group, CameraSettings(group=group), generator(seed))
    turn = 2 * math.pi / group
    azimuths = groups_of(cameras.azimuth, group)
    steps = (azimuths - azimuths.roll(1, 1)) % (2 * math.pi)
    torch.testing.assert_close(steps.cos(), torch.full_like(steps, math.cos(turn)), atol=1e-5, rtol=0)
    assert group == 1 or (steps < math.pi + 1e-4).all()
    for values in (cameras.elevation, cameras.field_of_view, cameras.position.norm(dim=-1)):
        alike = groups_of(values, group)
        torch.testing.assert_close(alike, alike[:, :1].expand_as(alike))
        assert count == 1 or len(alike[:, 0].unique()) == count


@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 99))
def test_groups_divide_the_turn_between_two_of_their_views(count, group, seed):
    cameras = sample_cameras(count * group, CameraSettings(group=group), generator(seed))
    shares = (cameras.azimuth[::group] / (2 * math.pi) * group % 1).sort().values
    gaps = torch.cat([shares, shares[:1] + 1]).diff()
    assert (gaps < 2 / count + 1e-4).all()


def test_jitter_is_a_groups_own():
    plain, shaken = (
        sample_cameras(12, CameraSettings(group=4, **jitter), generator()) for jitter in ({}, {"position_jitter": 0.1})
    )
    moved = groups_of(shaken.position - plain.position, 4)
    torch.testing.assert_close(moved, moved[:, :1].expand_as(moved), atol=1e-6, rtol=0)
    assert moved.abs().amax((1, 2)).min() > 0 and (moved[0, 0] - moved[1, 0]).abs().max() > 1e-3


@given(st.integers(1, 9), st.integers(0, 99))
def test_without_groups_the_random_numbers_are_drawn_as_they_always_were(count, seed):
    """To the last bit, so that a run's seed means the same object."""
    found, draw = sample_cameras(count, CameraSettings(**SHAKEN), generator(seed)), generator(seed)
    elevation = sample_elevation(count, (-10.0, 90.0), draw)
    turn = (torch.arange(count) + torch.rand(count, generator=draw)) / count + torch.rand(1, generator=draw)
    focal, distance = (a + (b - a) * torch.rand(count, generator=draw) for a, b in ((1.072, 1.303), (2.1, 2.5)))
    azimuth = (turn % 1.0) * 2 * math.pi - math.pi
    position = orbit_cameras(elevation, azimuth, distance, focal).position
    position = position + (torch.rand(count, 3, generator=draw) * 2 - 1) * 0.1
    up = torch.tensor([0.0, 0.0, 1.0]) + 0.02 * torch.randn(count, 3, generator=draw)
    rotation = look_at(position, 0.2 * torch.randn(count, 3, generator=draw), up)
    expected = Cameras(elevation, azimuth, position, rotation, focal_to_field_of_view(focal))
    for name, value in vars(expected).items():
        assert torch.equal(getattr(found, name), value)


def test_jitter_moves_position_target_and_up_as_told():
    settings = CameraSettings(position_jitter=0.1, target_jitter=0.2, up_jitter=0.02)
    plain, shaken = (sample_cameras(4000, chosen, generator()) for chosen in (CameraSettings(), settings))
    moved = shaken.position - plain.position
    assert moved.abs().max() <= 0.1 + 1e-5 and moved.std().item() == pytest.approx(0.1 / math.sqrt(3), rel=0.05)
    # The point of the view's axis that is nearest to the origin is the target without its part along the axis.
    axis = shaken.rotation[:, :, 2]
    aside = shaken.position - (shaken.position * axis).sum(-1, keepdim=True) * axis
    assert aside.square().sum(-1).mean().item() == pytest.approx(2 * 0.2**2, rel=0.1)
    identity = shaken.rotation.transpose(1, 2) @ shaken.rotation
    torch.testing.assert_close(identity, torch.eye(3).expand(4000, 3, 3), atol=1e-5, rtol=0)


def test_the_same_seed_draws_the_same_cameras():
    first, second, other = (sample_cameras(3, CameraSettings(), generator(seed)) for seed in (7, 7, 8))
    for name, value in vars(first).items():
        assert torch.equal(value, getattr(second, name))
    assert not torch.equal(first.azimuth, other.azimuth)


def test_cameras_can_be_picked_like_a_list():
    cameras = cameras_at((10, 20), (30, 40), (50, 60))
    assert len(cameras) == 3
    picked = cameras[1:]
    assert isinstance(picked, Cameras) and len(picked) == 2
    alone = orbit_cameras(
        *(getattr(cameras, name)[1:2] for name in ("elevation", "azimuth")),
        torch.tensor([2.4]),
        torch.tensor([45 * DEGREE]),
    )
    torch.testing.assert_close(picked.rotation[:1], alone.rotation)


def test_lenses_are_even_by_length_or_by_angle():
    narrow, wide = 40 * DEGREE, 70 * DEGREE
    ends = tuple(0.5 / math.tan(angle / 2) for angle in (wide, narrow))
    settings = (CameraSettings(focal=ends, by_angle=chosen) for chosen in (False, True))
    by_length, by_angle = (
        sample_cameras(20_000, each, torch.Generator().manual_seed(0)).field_of_view for each in settings
    )
    assert ((by_angle - narrow) / (wide - narrow)).quantile(0.25).item() == pytest.approx(0.25, abs=0.02)
    assert by_angle.median().item() == pytest.approx((narrow + wide) / 2, abs=0.01)
    assert (0.5 / torch.tan(by_length / 2)).median().item() == pytest.approx(sum(ends) / 2, abs=0.01)
