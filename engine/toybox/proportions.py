"""The words for proportions of the Toybox world."""

from engine.toybox.shapes import Vector

PROPORTIONS: dict[str, Vector] = {
    "tall": (0.66, 0.66, 1.0),
    "short": (1.0, 1.0, 0.6),
    "wide": (1.0, 0.7, 0.7),
    "thin": (0.5, 1.0, 1.0),
    "tiny": (0.5, 0.5, 0.5),
}
"""How many times as large each makes an object along x, y and z: two pairs of opposites, one along z and one along x,
so that no two mean the same form. None is above 1, so that what lies inside the scene's sphere stays there."""
