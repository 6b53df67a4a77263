"""Where a camera must stand to have an object in view, from every side. Needs no bpy."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

FOCAL = 85.0
"""Millimetres: a portrait lens, which distorts little."""
SENSOR = 36.0
"""Millimetres along the longer side of the picture."""


@dataclass(frozen=True)
class Cylinder:
    """An upright cylinder around an object: all that it fills when it turns."""

    centre: np.ndarray
    """(3,) in the middle between its ends."""
    radius: float
    """Of its circle."""
    half_height: float
    """From its centre to its ends."""

    @property
    def reach(self) -> float:
        """Radius of the sphere around it."""
        return math.hypot(self.radius, self.half_height)


def cylinder_around(points: np.ndarray) -> Cylinder:
    """The cylinder around points (N, 3), its axis through the middle of their upright bounding box.

    >>> cylinder_around(np.array([[0, 0, 0], [6, 8, 2]]))
    Cylinder(centre=array([3., 4., 1.]), radius=5.0, half_height=1.0)
    """
    low, high = points.min(axis=0), points.max(axis=0)
    centre = (low + high) / 2
    radius = np.linalg.norm((points - centre)[:, :2], axis=1).max()
    return Cylinder(centre, float(radius), float(high[2] - centre[2]))


def half_angles(aspect: float) -> tuple[float, float]:
    """Tangents of half the angles of view across and up the picture, whose width is `aspect` heights.

    >>> [round(tangent, 4) for tangent in half_angles(2.0)]
    [0.2118, 0.1059]
    """
    tangent = SENSOR / 2 / FOCAL
    return tangent * min(1.0, aspect), tangent * min(1.0, 1 / aspect)


def camera_place(cylinder: Cylinder, elevation: float, tangents: tuple[float, float]) -> tuple[float, float]:
    """How far a camera that looks down by `elevation` radians, in [0, pi / 2), has to stand from the cylinder's centre:
    along its own up vector u, and backwards, against its view direction, along b. It is the nearest place from which
    all of the cylinder is in view, in the middle; turning round the cylinder's axis changes nothing.

    `tangents` are those of half the angles of view, (t_x, t_y). A point p, seen from o u + d b, is below the picture's
    upper edge if p.u - o <= t_y (d - p.b), which is p.(u + t_y b) <= o + t_y d, and so for the other edges. On the
    cylinder the left sides' greatest values have a closed form: for a vector v it is r |v_xy| + h |v_z|. With these
    for the upper and the lower edge, U <= o + t_y d and L <= -o + t_y d; to the left and right, S <= t_x d. So
    d = max(S / t_x, (U + L) / (2 t_y)) and o = (U - L) / 2.
    """
    across, upward = tangents
    sine, cosine = math.sin(elevation), math.cos(elevation)

    def greatest(x: float, y: float, z: float) -> float:
        """Of p.v over the cylinder, for v = (x, y, z)."""
        return cylinder.radius * math.hypot(x, y) + cylinder.half_height * abs(z)

    # In the camera's frame x is to the right and the camera stands at -y: u = (0, sin, cos) and b = (0, -cos, sin).
    side = greatest(1.0, -across * cosine, across * sine)
    upper = greatest(0.0, sine - upward * cosine, cosine + upward * sine)
    lower = greatest(0.0, -sine - upward * cosine, -cosine + upward * sine)
    return (upper - lower) / 2, max(side / across, (upper + lower) / (2 * upward))
