"""Food, tools and other small things."""

from __future__ import annotations

import math

from engine.toybox.parts import ACCENT, Part, Toy
from engine.toybox.shapes import (
    box,
    capsule,
    cone,
    cut,
    cylinder,
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


def _donut() -> list[Part]:
    return [Part(intersect(torus(0.48, 0.255), move(box(1, 1, 0.25), z=0.29))), Part(torus(0.48, 0.24), ACCENT)]


def _ice_cream() -> list[Part]:
    scoops = union(move(sphere(0.36), z=0.22), move(sphere(0.2), z=0.56))
    return [Part(scoops), Part(move(cone(0.03, 0.34, 0.42, 0.01), z=-0.36), ACCENT)]


def _cake() -> list[Part]:
    tiers = move(cylinder(0.6, 0.2, 0.03), z=-0.3)
    candle = union(move(cylinder(0.04, 0.16), z=0.36), move(sphere(0.05), z=0.55))
    return [Part(tiers), Part(move(cylinder(0.4, 0.17, 0.03), z=0.04), ACCENT), Part(candle, "yellow")]


def _barbell() -> list[Part]:
    weights = mirror(move(turn(cylinder(0.34, 0.12, 0.04), "y", 90), x=0.58))
    return [Part(weights), Part(turn(cylinder(0.07, 0.78), "y", 90), ACCENT)]


def _book() -> list[Part]:
    covers = union(mirror(move(box(0.4, 0.025, 0.56, 0.01), y=0.12), "y"), move(box(0.03, 0.145, 0.56, 0.01), x=-0.39))
    return [Part(covers), Part(move(box(0.37, 0.1, 0.53), x=0.005), ACCENT)]


def _clock() -> list[Part]:
    case = union(turn(cylinder(0.6, 0.14, 0.04), "x", 90), mirror(capsule((0.25, 0, -0.5), (0.36, 0, -0.68), 0.07)))
    face = move(turn(cylinder(0.5, 0.02), "x", 90), y=-0.14)
    hands = union(capsule((0, -0.17, 0), (0, -0.17, 0.36), 0.04), capsule((0, -0.17, 0), (0.24, -0.17, 0.0), 0.04))
    return [Part(case), Part(face, ACCENT), Part(hands, "black")]


def _hammer() -> list[Part]:
    claw = prism([(-0.1, 0.34), (-0.5, 0.22), (-0.2, 0.54), (-0.1, 0.54)], 0.09)
    face = move(turn(cylinder(0.14, 0.12, 0.02), "y", 90), x=0.27, z=0.44)
    head = union(move(box(0.16, 0.11, 0.11, 0.02), z=0.44), face, claw)
    return [Part(head), Part(move(cylinder(0.075, 0.56, 0.03), z=-0.2), ACCENT)]


def _key() -> list[Part]:
    bow = move(turn(torus(0.22, 0.075), "x", 90), z=0.46)
    bits = union(move(box(0.13, 0.05, 0.06), x=0.15, z=-0.6), move(box(0.1, 0.05, 0.06), x=0.13, z=-0.38))
    return [Part(bow), Part(union(move(cylinder(0.07, 0.48, 0.02), z=-0.24), bits), ACCENT)]


def _crown() -> list[Part]:
    band = cut(cylinder(0.54, 0.2), cylinder(0.47, 0.4))
    tip = turn(prism([(-0.19, 0.0), (0.19, 0.0), (0.0, 0.36)], 0.035), "z", 90)
    gems = repeat_around(move(sphere(0.075), x=0.54), 6)
    tips = repeat_around(move(tip, x=0.5, z=-0.02), 6)
    return [Part(union(move(band, z=-0.2), tips)), Part(move(gems, z=-0.2), ACCENT)]


def _star() -> list[Part]:
    radii = [0.78, 0.32] * 5
    corners = [(r * math.sin(k * math.pi / 5), r * math.cos(k * math.pi / 5)) for k, r in enumerate(radii)]
    return [Part(prism(corners, 0.15, 0.03))]


def _heart() -> list[Part]:
    turns = [k * math.pi / 12 for k in range(24)]
    heights = [13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t) for t in turns]
    corners = [(0.046 * 16 * math.sin(t) ** 3, 0.046 * (z + 2.5)) for t, z in zip(turns, heights)]
    return [Part(prism(corners, 0.22, 0.1))]


THINGS: dict[str, Toy] = {
    "donut": Toy(_donut, "base", "brown", ("doughnut",)),
    "ice-cream": Toy(_ice_cream, "cone", "brown", ("ice cream",)),
    "cake": Toy(_cake, "icing", "white"),
    "barbell": Toy(_barbell, "bar", "gray"),
    "book": Toy(_book, "pages", "white"),
    "clock": Toy(_clock, "face", "white"),
    "hammer": Toy(_hammer, "handle", "brown"),
    "key": Toy(_key, "shaft"),
    "crown": Toy(_crown, "gems"),
    "star": Toy(_star),
    "heart": Toy(_heart),
}
