"""Furniture and what stands on it."""

from __future__ import annotations

from engine.toybox.parts import ACCENT, Part, Toy
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
    repeat_around,
    sphere,
    torus,
    turn,
    union,
)


def _table() -> list[Part]:
    leg = mirror(move(box(0.06, 0.06, 0.42), x=0.52, y=0.36, z=-0.06), "xy")
    return [Part(move(box(0.65, 0.48, 0.06, 0.02), z=0.38)), Part(leg, ACCENT)]


def _chair() -> list[Part]:
    legs = mirror(move(box(0.055, 0.055, 0.3), x=0.32, y=0.32, z=-0.45), "xy")
    back = move(box(0.38, 0.055, 0.44, 0.02), y=0.32, z=0.32)
    return [Part(union(move(box(0.38, 0.38, 0.06, 0.02), z=-0.12), back)), Part(legs, ACCENT)]


def _stool() -> list[Part]:
    leg = repeat_around(capsule((0.24, 0, 0.36), (0.42, 0, -0.6), 0.055), 3)
    return [Part(move(cylinder(0.42, 0.07, 0.03), z=0.4)), Part(leg, ACCENT)]


def _sofa() -> list[Part]:
    seat = move(box(0.6, 0.34, 0.16, 0.04), z=-0.14)
    back = move(box(0.75, 0.11, 0.38, 0.06), y=0.3, z=0.06)
    arms = mirror(move(box(0.12, 0.38, 0.26, 0.06), x=0.66, z=-0.06), "x")
    feet = mirror(move(box(0.05, 0.05, 0.05), x=0.62, y=0.28, z=-0.35), "xy")
    return [Part(union(back, arms)), Part(seat, ACCENT), Part(feet, "brown")]


def _bed() -> list[Part]:
    frame = union(move(box(0.46, 0.72, 0.08), z=-0.26), move(box(0.46, 0.06, 0.36, 0.03), y=0.68, z=-0.02),
                  mirror(move(box(0.05, 0.05, 0.1), x=0.4, y=0.66, z=-0.42), "xy"))
    pillow = move(box(0.32, 0.15, 0.07, 0.06), y=0.44, z=-0.0)
    return [Part(frame, "brown"), Part(move(box(0.45, 0.68, 0.09, 0.05), y=-0.06, z=-0.12)), Part(pillow, ACCENT)]


def _lamp() -> list[Part]:
    shade = cut(move(cone(0.45, 0.26, 0.26, 0.01), z=0.4), move(cone(0.41, 0.22, 0.28), z=0.33))
    stand = union(move(cylinder(0.05, 0.45), z=-0.15), move(cylinder(0.3, 0.05, 0.02), z=-0.6))
    return [Part(shade), Part(stand, ACCENT)]


def _mug() -> list[Part]:
    wall = cut(cylinder(0.42, 0.5, 0.03), move(cylinder(0.35, 0.5), z=0.09))
    handle = cut(move(turn(torus(0.27, 0.07), "x", 90), x=0.44), cylinder(0.38, 0.6))
    return [Part(move(wall, x=-0.1)), Part(move(handle, x=-0.1), ACCENT)]


def _bowl() -> list[Part]:
    ball = move(sphere(0.7), z=0.35)
    shell = cut(intersect(ball, move(box(1, 1, 0.4), z=-0.05)), move(sphere(0.62), z=0.37))
    return [Part(shell), Part(move(cylinder(0.28, 0.06), z=-0.36), ACCENT)]


def _bottle() -> list[Part]:
    body = blend(0.15, move(cylinder(0.28, 0.42, 0.06), z=-0.32), move(cylinder(0.1, 0.34), z=0.3))
    return [Part(body), Part(move(cylinder(0.13, 0.08, 0.02), z=0.7), ACCENT)]


def _vase() -> list[Part]:
    body = blend(0.2, move(ellipsoid(0.42, 0.42, 0.4), z=-0.22), move(cylinder(0.14, 0.3), z=0.28))
    lip = move(torus(0.18, 0.06), z=0.58)
    foot = move(cylinder(0.24, 0.05, 0.02), z=-0.6)
    return [Part(cut(body, move(cylinder(0.1, 0.4), z=0.5))), Part(union(lip, foot), ACCENT)]


def _teapot() -> list[Part]:
    body = move(ellipsoid(0.46, 0.46, 0.38), z=-0.1)
    spout = union(capsule((0.36, 0, -0.14), (0.62, 0, 0.05), 0.09), capsule((0.62, 0, 0.05), (0.74, 0, 0.26), 0.06))
    handle = move(turn(torus(0.24, 0.06), "x", 90), x=-0.5)
    lid = union(move(ellipsoid(0.26, 0.26, 0.12), z=0.24), move(sphere(0.08), z=0.4))
    return [Part(union(body, spout)), Part(union(lid, cut(handle, move(ellipsoid(0.4, 0.4, 0.3), z=-0.1))), ACCENT)]


HOUSEHOLD: dict[str, Toy] = {
    "table": Toy(_table, "legs"),
    "chair": Toy(_chair, "legs"),
    "stool": Toy(_stool, "legs", "brown"),
    "sofa": Toy(_sofa, "seat", synonyms=("couch",)),
    "bed": Toy(_bed, "pillow", "white"),
    "lamp": Toy(_lamp, "stand", "black"),
    "mug": Toy(_mug, "handle", synonyms=("cup",)),
    "bowl": Toy(_bowl, "foot"),
    "bottle": Toy(_bottle, "cap", "white"),
    "vase": Toy(_vase, "rim"),
    "teapot": Toy(_teapot, "lid"),
}
