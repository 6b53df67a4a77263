"""How a surface takes light: one look in Blender's scene and in every file that is exported."""

from __future__ import annotations

ROUGHNESS = 0.6
"""Between plastic and plaster: light shows the shape, without mirror-like spots that only some objects have."""
