"""The colour words of the Toybox world."""

COLOURS: dict[str, tuple[float, float, float]] = {
    "red": (0.85, 0.10, 0.10),
    "orange": (0.95, 0.50, 0.08),
    "yellow": (0.95, 0.85, 0.12),
    "green": (0.15, 0.62, 0.20),
    "teal": (0.08, 0.60, 0.60),
    "blue": (0.12, 0.25, 0.85),
    "purple": (0.50, 0.18, 0.70),
    "pink": (0.95, 0.50, 0.70),
    "brown": (0.45, 0.27, 0.13),
    "black": (0.08, 0.08, 0.09),
    "white": (0.95, 0.95, 0.95),
    "gray": (0.52, 0.52, 0.54),
}
"""What each means, sRGB-encoded."""
