"""View-dependent prompts (DreamFusion, section 3.2)."""

from __future__ import annotations

import math


def view_word(elevation: float, azimuth: float) -> str:
    """The paper's word for a camera: "overhead" above 60 degrees, else the nearest of "front", "side" and "back".

    Args:
        elevation: radians above the horizon.
        azimuth: radians, 0 in front; any number of turns.
    """
    if elevation > math.radians(60):
        return "overhead"
    from_front = abs((math.degrees(azimuth) + 180) % 360 - 180)
    return "front" if from_front <= 45 else "side" if from_front <= 135 else "back"
