"""More buildings."""

from __future__ import annotations

from engine.toybox.parts import ACCENT, Part, Toy
from engine.toybox.shapes import (
    box,
    capsule,
    cone,
    cut,
    cylinder,
    mirror,
    move,
    prism,
    repeat_around,
    sphere,
    torus,
    turn,
    union,
)


def _church() -> list[Part]:
    nave = move(box(0.3, 0.44, 0.24), y=0.22, z=-0.32)
    steeple = move(box(0.19, 0.19, 0.44), y=-0.34, z=-0.12)
    roofs = union(move(prism([(-0.38, 0.0), (0.38, 0.0), (0.0, 0.32)], 0.48), y=0.22, z=-0.08),
                  move(repeat_around(prism([(0.0, 0.0), (0.24, 0.0), (0.0, 0.36)], 0.24), 4), y=-0.34, z=0.32))
    cross = union(move(box(0.04, 0.04, 0.16), y=-0.34, z=0.74), move(box(0.11, 0.04, 0.04), y=-0.34, z=0.76))
    door = union(move(box(0.1, 0.03, 0.12), y=-0.53, z=-0.44),
                 move(turn(cylinder(0.1, 0.03), "x", 90), y=-0.53, z=-0.32))
    glass = union(move(turn(cylinder(0.09, 0.02), "x", 90), y=-0.53, z=0.1),
                  *(mirror(move(box(0.02, 0.07, 0.12), x=0.3, y=y, z=-0.3)) for y in (0.08, 0.42)))
    return [Part(union(nave, steeple)), Part(roofs, ACCENT), Part(union(cross, glass), "yellow"), Part(door, "brown")]


def _windmill() -> list[Part]:
    tower = move(cone(0.36, 0.24, 0.44), z=-0.3)
    cap = union(move(cone(0.28, 0.04, 0.16), z=0.3), move(turn(cylinder(0.06, 0.16), "x", 90), y=-0.3, z=0.22))
    blade = union(move(box(0.26, 0.03, 0.1), x=0.36, z=0.08), capsule((0, 0, 0), (0.6, 0, 0), 0.035))
    blades = union(*(turn(blade, "y", angle) for angle in (45, 135, 225, 315)))
    door = move(box(0.1, 0.04, 0.16), y=-0.34, z=-0.58)
    return [Part(tower), Part(move(blades, y=-0.42, z=0.22), ACCENT), Part(union(cap, door), "brown")]


def _tent() -> list[Part]:
    outside = prism([(-0.7, -0.4), (0.7, -0.4), (0.0, 0.5)], 0.55)
    opening = move(prism([(-0.3, -0.42), (0.3, -0.42), (0.0, 0.3)], 0.3), y=-0.42)
    flaps = mirror(move(turn(prism([(0.0, -0.4), (0.16, -0.4), (0.0, 0.24)], 0.04), "z", -25), x=0.3, y=-0.58))
    poles = mirror(capsule((0, 0.56, -0.4), (0, 0.56, 0.58), 0.045), "y")
    return [Part(cut(outside, opening)), Part(union(flaps, move(box(0.62, 0.5, 0.03), z=-0.41)), ACCENT),
            Part(poles, "brown")]


def _bridge() -> list[Part]:
    arches = mirror(move(turn(cylinder(0.25, 1), "x", 90), x=0.32, z=-0.3))
    deck = cut(union(move(box(0.8, 0.24, 0.2), z=-0.1), move(box(0.8, 0.24, 0.1), z=-0.3)), arches)
    walls = mirror(union(move(box(0.8, 0.05, 0.08), y=0.24, z=0.14),
                         *(move(box(0.07, 0.07, 0.16), x=x, y=0.24, z=0.2) for x in (-0.73, 0.0, 0.73))), "y")
    return [Part(deck), Part(walls, ACCENT)]


def _igloo() -> list[Part]:
    dome = union(move(sphere(0.62), y=0.12, z=-0.3), move(turn(cylinder(0.27, 0.24), "x", 90), y=-0.52, z=-0.3))
    floor, hollow = move(box(1, 1, 0.4), z=-0.72), move(turn(cylinder(0.18, 0.3), "x", 90), y=-0.62, z=-0.3)
    rim = cut(move(turn(cylinder(0.3, 0.06, 0.02), "x", 90), y=-0.7, z=-0.3), hollow, floor)
    rings = cut(union(*(move(torus(r, 0.035), y=0.12, z=z) for r, z in ((0.6, -0.14), (0.51, 0.06), (0.31, 0.24)))),
                floor)
    return [Part(cut(dome, hollow, floor)), Part(union(rim, rings), ACCENT)]


def _pyramid() -> list[Part]:
    sizes = ((0.6, -0.38), (0.48, -0.2), (0.36, -0.02), (0.24, 0.16))
    steps = union(*(move(box(size, size, 0.09), z=z) for size, z in sizes))
    stairs = union(*(move(box(0.12, 0.08, 0.09), y=-size - 0.05, z=z) for size, z in sizes))
    return [Part(steps), Part(union(stairs, move(box(0.15, 0.15, 0.12), z=0.36)), ACCENT)]


def _well() -> list[Part]:
    wall = cut(move(cylinder(0.46, 0.2, 0.02), z=-0.46), move(cylinder(0.36, 0.3), z=-0.3))
    roof = move(prism([(-0.56, 0.0), (0.56, 0.0), (0.0, 0.36)], 0.44), z=0.32)
    posts = union(mirror(move(box(0.05, 0.05, 0.46), x=0.4, z=-0.1)), turn(move(cylinder(0.05, 0.44), z=0.0), "y", 90))
    bucket = union(capsule((0, 0, 0), (0, 0, -0.2), 0.03), move(cone(0.1, 0.14, 0.1), z=-0.24))
    return [Part(wall), Part(roof, ACCENT), Part(union(posts, bucket), "brown")]


LANDMARKS: dict[str, Toy] = {
    "church": Toy(_church, "roof", "brown"),
    "windmill": Toy(_windmill, "blades"),
    "tent": Toy(_tent, "flaps"),
    "bridge": Toy(_bridge, "walls"),
    "igloo": Toy(_igloo, "rim"),
    "pyramid": Toy(_pyramid, "stairs"),
    "well": Toy(_well, "roof", "brown"),
}
