"""Signed-distance primitives and how they combine.

A shape is a function of points (N, 3) that gives distances (N,), negative inside. Formulas follow Inigo Quilez,
"Distance functions" (iquilezles.org/articles/distfunctions), vectorised in torch. Lengths are scene units, z is up.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

Shape = Callable[[Tensor], Tensor]
Vector = tuple[float, float, float]


def _length(*components: Tensor) -> Tensor:
    return torch.sqrt(sum(c * c for c in components) + 1e-12)


def sphere(radius: float) -> Shape:
    """A ball around the origin."""
    return lambda p: _length(*p.unbind(-1)) - radius


def ellipsoid(x: float, y: float, z: float) -> Shape:
    """An ellipsoid with these half axes (a bound of the distance, exact at the surface)."""

    def distance(p: Tensor) -> Tensor:
        axes = p.new_tensor([x, y, z])
        k0 = (p / axes).norm(dim=-1)
        k1 = (p / axes**2).norm(dim=-1).clamp_min(1e-6)
        return k0 * (k0 - 1) / k1

    return distance


def box(x: float, y: float, z: float, rounding: float = 0.0) -> Shape:
    """A box with these half sizes, its edges rounded by `rounding`."""

    def distance(p: Tensor) -> Tensor:
        q = p.abs() - p.new_tensor([x - rounding, y - rounding, z - rounding])
        return q.clamp_min(0).norm(dim=-1) + q.amax(-1).clamp_max(0) - rounding

    return distance


def cylinder(radius: float, half_height: float, rounding: float = 0.0) -> Shape:
    """An upright cylinder."""
    return cone(radius, radius, half_height, rounding)


def cone(bottom: float, top: float, half_height: float, rounding: float = 0.0) -> Shape:
    """An upright capped cone with radius `bottom` at -half_height and `top` at +half_height."""
    r1, r2, h = bottom - rounding, top - rounding, half_height - rounding

    def distance(p: Tensor) -> Tensor:
        x, y, z = p.unbind(-1)
        radial = _length(x, y)
        cap_x = radial - torch.minimum(radial, torch.where(z < 0, r1, r2))
        cap_y = z.abs() - h
        slope_x, slope_y = r2 - r1, 2 * h
        along = (((r2 - radial) * slope_x + (h - z) * slope_y) / (slope_x**2 + slope_y**2)).clamp(0, 1)
        side_x = radial - r2 + slope_x * along
        side_y = z - h + slope_y * along
        sign = torch.where((side_x < 0) & (cap_y < 0), -1.0, 1.0)
        squared = torch.minimum(cap_x**2 + cap_y**2, side_x**2 + side_y**2)
        return sign * torch.sqrt(squared + 1e-12) - rounding

    return distance


def torus(radius: float, tube: float) -> Shape:
    """A ring that lies flat: centre line `radius`, thickness `tube`."""

    def distance(p: Tensor) -> Tensor:
        x, y, z = p.unbind(-1)
        return _length(_length(x, y) - radius, z) - tube

    return distance


def capsule(start: Vector, end: Vector, radius: float) -> Shape:
    """A rod with round ends from `start` to `end`."""

    def distance(p: Tensor) -> Tensor:
        a, b = p.new_tensor(start), p.new_tensor(end)
        along = ((p - a) @ (b - a) / ((b - a) @ (b - a))).clamp(0, 1)
        return (p - a - along[..., None] * (b - a)).norm(dim=-1) - radius

    return distance


def prism(corners: list[tuple[float, float]], half_depth: float, rounding: float = 0.0) -> Shape:
    """A polygon in the x-z plane, extruded along y by `half_depth` to both sides."""

    def distance(p: Tensor) -> Tensor:
        x, y, z = p.unbind(-1)
        squared, sign = torch.full_like(x, math.inf), torch.ones_like(x)
        for (ax, az), (bx, bz) in zip(corners, corners[-1:] + corners[:-1]):
            ex, ez, wx, wz = bx - ax, bz - az, x - ax, z - az
            along = ((wx * ex + wz * ez) / (ex * ex + ez * ez)).clamp(0, 1)
            squared = torch.minimum(squared, (wx - ex * along) ** 2 + (wz - ez * along) ** 2)
            above, below, left = z >= az, z < bz, ex * wz > ez * wx
            sign = torch.where((above & below & left) | ~(above | below | left), -sign, sign)
        flat, deep = sign * torch.sqrt(squared + 1e-12) + rounding, y.abs() - half_depth + rounding
        outside = _length(flat.clamp_min(0), deep.clamp_min(0))
        return outside + torch.maximum(flat, deep).clamp_max(0) - rounding

    return distance


def move(shape: Shape, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Shape:
    """The shape moved by (x, y, z)."""
    return lambda p: shape(p - p.new_tensor([x, y, z]))


def scale(shape: Shape, factor: float) -> Shape:
    """The shape made `factor` times as large."""
    return lambda p: factor * shape(p / factor)


def stretch(shape: Shape, x: float, y: float, z: float) -> Shape:
    """The shape made x, y and z times as large along the axes (a bound of the distance).

    Between two points the distance shrinks at most to the smallest factor's share, so that share of the old distance is
    never too long.

    >>> stretch(sphere(0.5), 1.0, 1.0, 0.5)(torch.tensor([[0.0, 0.0, 0.25], [1.0, 0.0, 0.0]]))
    tensor([0.0000, 0.2500])
    """
    least = min(x, y, z)
    return lambda p: least * shape(p / p.new_tensor([x, y, z]))


def turn(shape: Shape, axis: str, degrees: float) -> Shape:
    """The shape turned around an axis through the origin, counter-clockwise seen from the axis' positive end."""
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))

    def distance(p: Tensor) -> Tensor:
        q = list(p.unbind(-1))
        q[i], q[j] = c * p[..., i] + s * p[..., j], -s * p[..., i] + c * p[..., j]
        return shape(torch.stack(q, -1))

    return distance


def mirror(shape: Shape, axes: str = "x") -> Shape:
    """The shape and its mirror images across the planes normal to `axes`, as they are on the positive side."""

    def distance(p: Tensor) -> Tensor:
        return shape(torch.stack([q.abs() if name in axes else q for name, q in zip("xyz", p.unbind(-1))], -1))

    return distance


def repeat_around(shape: Shape, count: int) -> Shape:
    """`count` copies of a shape, made around +x, evenly turned about the z axis."""
    sector = 2 * math.pi / count

    def distance(p: Tensor) -> Tensor:
        x, y, z = p.unbind(-1)
        angle = torch.atan2(y, x)
        angle = angle - sector * torch.round(angle / sector)
        radial = _length(x, y)
        return shape(torch.stack([radial * angle.cos(), radial * angle.sin(), z], -1))

    return distance


def union(*shapes: Shape) -> Shape:
    """All of the shapes."""

    def distance(p: Tensor) -> Tensor:
        result = shapes[0](p)
        for shape in shapes[1:]:
            result = torch.minimum(result, shape(p))
        return result

    return distance


def blend(smoothness: float, *shapes: Shape) -> Shape:
    """All of the shapes, melted together over a width of `smoothness`."""

    def distance(p: Tensor) -> Tensor:
        result = shapes[0](p)
        for shape in shapes[1:]:
            other = shape(p)
            h = (smoothness - (result - other).abs()).clamp_min(0) / smoothness
            result = torch.minimum(result, other) - h * h * smoothness / 4
        return result

    return distance


def cut(shape: Shape, *holes: Shape) -> Shape:
    """The shape without the holes."""
    return lambda p: torch.maximum(shape(p), -union(*holes)(p))


def intersect(first: Shape, second: Shape) -> Shape:
    """What lies inside both shapes."""
    return lambda p: torch.maximum(first(p), second(p))
