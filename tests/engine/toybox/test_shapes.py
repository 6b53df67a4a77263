"""Signed distances: exact where they say so, never too long outside, and turned, mirrored, repeated the right way."""

import math

import pytest
import torch

from engine.toybox.shapes import (
    blend,
    box,
    capsule,
    cone,
    cut,
    cylinder,
    ellipsoid,
    intersect,
    mirror,
    move,
    prism,
    repeat_around,
    sphere,
    torus,
    turn,
    union,
)

TRIANGLE = [(-0.6, 0.0), (0.6, 0.0), (0.0, 0.5)]
EXACT = {
    "sphere": sphere(0.5),
    "box": box(0.5, 0.3, 0.2),
    "rounded box": box(0.5, 0.3, 0.2, 0.05),
    "cylinder": cylinder(0.4, 0.5, 0.03),
    "cone": cone(0.5, 0.1, 0.4),
    "pointed cone": cone(0.55, 0.02, 0.6, 0.01),
    "torus": torus(0.5, 0.2),
    "capsule": capsule((0, 0, -0.4), (0.3, 0, 0.4), 0.1),
    "prism": prism(TRIANGLE, 0.3),
    "prism with a hollow corner": prism([(0.2, -0.45), (0.52, -0.72), (0.52, -0.5), (0.2, 0.0)], 0.1),
    "moved and turned": move(turn(box(0.5, 0.2, 0.1), "y", 30), 0.1, -0.2, 0.05),
    "mirrored": mirror(move(sphere(0.2), x=0.3, y=0.2), "xy"),
    "repeated": repeat_around(move(sphere(0.12), x=0.5), 5),
    "union": union(move(sphere(0.3), x=-0.3), box(0.2, 0.2, 0.5)),
}
BOUNDS = {
    "ellipsoid": ellipsoid(0.6, 0.3, 0.15),
    "wing": ellipsoid(0.8, 0.18, 0.045),
    "blend": blend(0.15, move(sphere(0.3), x=-0.2), move(sphere(0.3), x=0.25)),
    "cut": cut(sphere(0.6), cylinder(0.3, 1)),
    "intersection": intersect(sphere(0.6), move(box(1, 1, 0.3), z=0.2)),
    "legs": repeat_around(capsule((0.24, 0, 0.36), (0.42, 0, -0.6), 0.055), 3),
    "rounded prism": prism(TRIANGLE, 0.3, 0.05),
}


def cube(count: int, side: float = 1.0) -> torch.Tensor:
    return (torch.rand(count, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1) * side


def slope(shape, points: torch.Tensor) -> torch.Tensor:
    points = points.clone().requires_grad_()
    return torch.autograd.grad(shape(points).sum(), points)[0]


def surface(shape) -> torch.Tensor:
    """Points on the surface, from points near it by Newton's method."""
    points = cube(150_000)
    points = points[shape(points).abs() < 0.06][:20_000]
    for _ in range(6):
        gradient = slope(shape, points)
        points = points - (shape(points) / gradient.square().sum(-1).clamp_min(0.2))[:, None] * gradient
    points = points[shape(points).abs() < 2e-3]
    assert len(points) > 500
    return points


def compared(shape, count: int = 600) -> tuple[torch.Tensor, torch.Tensor]:
    """What the shape says at random points, and how far the nearest of many surface points is."""
    points = cube(count, 1.2)
    return shape(points), torch.cdist(points, surface(shape)).amin(-1)


@pytest.mark.parametrize("name", EXACT)
def test_primitives_are_exact(name):
    claimed, nearest = compared(EXACT[name])
    torch.testing.assert_close(claimed[claimed > 0], nearest[claimed > 0], atol=0.04, rtol=0)


@pytest.mark.parametrize("name", EXACT)
def test_the_gradient_of_a_distance_has_length_1(name):
    length = slope(EXACT[name], cube(2000, 1.2)).norm(dim=-1)
    # Where two places of the surface are equally near the gradient may be cut short.
    assert ((length - 1).abs() < 1e-3).float().mean() > 0.98


@pytest.mark.parametrize("name", EXACT | BOUNDS)
def test_sphere_tracing_is_safe_outside(name):
    claimed, nearest = compared((EXACT | BOUNDS)[name])
    assert (claimed > 0).sum() > 100 and (claimed < 0).sum() > 0
    assert (claimed - nearest)[claimed > 0].max() < 3e-3


@pytest.mark.parametrize(
    "shape, inside, outside",
    [
        (box(0.5, 0.3, 0.2), (0.49, 0.29, 0.19), (0.51, 0, 0)),
        (cylinder(0.4, 0.5), (0.39, 0, 0.49), (0.3, 0.3, 0)),
        (cone(0.5, 0.1, 0.4), (0.45, 0, -0.38), (0.45, 0, 0.38)),
        (torus(0.5, 0.2), (0, 0.5, 0.19), (0, 0, 0)),
        (capsule((0, 0, 0), (0.4, 0, 0), 0.1), (0.49, 0, 0), (-0.11, 0, 0)),
        (prism(TRIANGLE, 0.3), (0, 0.29, 0.45), (0.5, 0, 0.45)),
        (prism(TRIANGLE[::-1], 0.3), (0, 0.29, 0.45), (0.5, 0, 0.45)),
        (ellipsoid(0.6, 0.3, 0.1), (0.59, 0, 0), (0, 0.31, 0)),
        (move(sphere(0.1), 0.2, -0.3, 0.4), (0.2, -0.3, 0.4), (-0.2, 0.3, -0.4)),
        (cut(sphere(0.5), sphere(0.3)), (0.4, 0, 0), (0, 0, 0)),
        (intersect(sphere(0.5), move(sphere(0.5), x=0.6)), (0.3, 0, 0), (-0.1, 0, 0)),
        (union(sphere(0.1), move(sphere(0.1), x=0.5)), (0.5, 0, 0), (0.25, 0, 0)),
        (blend(0.4, move(sphere(0.2), x=-0.25), move(sphere(0.2), x=0.25)), (0, 0, 0), (0, 0.25, 0)),
    ],
)
def test_inside_is_negative(shape, inside, outside):
    found = shape(torch.tensor([inside, outside]))
    assert found[0] < 0 < found[1]


@pytest.mark.parametrize("axis, start, end", [("z", "x", "y"), ("x", "y", "z"), ("y", "z", "x")])
def test_turn_is_counter_clockwise_seen_from_the_axis_end(axis, start, end):
    unit = {name: row for name, row in zip("xyz", torch.eye(3))}
    ball = move(sphere(0.1), *(0.5 * unit[start]).tolist())
    quarter, small = turn(ball, axis, 90), turn(ball, axis, 30)
    assert quarter(0.5 * unit[end][None]) < 0 < quarter(-0.5 * unit[end][None])
    towards = math.cos(math.radians(30)) * unit[start] + math.sin(math.radians(30)) * unit[end]
    assert small(0.5 * towards[None]).item() == pytest.approx(-0.1, abs=1e-5)


def test_mirror_copies_the_positive_side():
    pair = mirror(move(sphere(0.1), x=0.5, z=0.2))
    points = torch.tensor([[0.5, 0, 0.2], [-0.5, 0, 0.2], [0.5, 0, -0.2]])
    assert (pair(points) < 0).tolist() == [True, True, False]
    four = mirror(move(sphere(0.1), x=0.5, y=0.3), "xy")
    assert (four(torch.tensor([[a, b, 0.0] for a in (-0.5, 0.5) for b in (-0.3, 0.3)])) < 0).all()


@pytest.mark.parametrize("count", [2, 3, 8])
def test_repeat_around_starts_at_plus_x(count):
    ring = repeat_around(move(sphere(0.1), x=0.5, z=0.3), count)
    angles = torch.arange(count) * 2 * math.pi / count
    around = torch.stack([0.5 * angles.cos(), 0.5 * angles.sin(), torch.full((count,), 0.3)], -1)
    torch.testing.assert_close(ring(around), torch.full((count,), -0.1), atol=1e-4, rtol=0)
    angles = angles + math.pi / count
    between = torch.stack([0.5 * angles.cos(), 0.5 * angles.sin(), torch.full((count,), 0.3)], -1)
    assert (ring(between) > 0.05).all()
