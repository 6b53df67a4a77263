"""The colour words of the Toybox world."""

Colour = tuple[float, float, float]

COLOURS: dict[str, Colour] = {
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
    "lime": (0.62, 0.90, 0.12),
    "cyan": (0.25, 0.82, 0.95),
    "magenta": (0.88, 0.10, 0.62),
    "beige": (0.88, 0.78, 0.60),
    "navy": (0.05, 0.09, 0.34),
    "maroon": (0.42, 0.05, 0.12),
    "olive": (0.45, 0.45, 0.10),
}
"""What each means, sRGB-encoded. Each is a name of CSS's, so that one that was not taught is told as the nearest."""

UNTOLD = "white"
"""The colour of what is told none."""

TAUGHT_COLOURS = tuple(COLOURS)
"""Those that training teaches unless asked for others: what the shipped prior knows."""
