"""Plants and snow."""

from __future__ import annotations

from engine.toybox.parts import ACCENT, Part, Toy
from engine.toybox.shapes import (
    box,
    capsule,
    cone,
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


def _mushroom() -> list[Part]:
    cap = intersect(move(ellipsoid(0.6, 0.6, 0.5), z=0.1), move(box(1, 1, 0.4), z=0.5))
    stem = move(cone(0.24, 0.17, 0.38, 0.04), z=-0.25)
    return [Part(cap), Part(stem, ACCENT)]


def _tree() -> list[Part]:
    layers = (move(cone(r, 0.04, h), z=z) for r, h, z in ((0.52, 0.26, -0.16), (0.42, 0.24, 0.16), (0.3, 0.24, 0.5)))
    return [Part(union(*layers)), Part(move(cylinder(0.1, 0.22), z=-0.55), ACCENT)]


def _palm() -> list[Part]:
    trunk = union(capsule((-0.1, 0, -0.72), (-0.02, 0, -0.1), 0.08), capsule((-0.02, 0, -0.1), (0.08, 0, 0.4), 0.065))
    leaf = union(capsule((0, 0, 0), (0.34, 0, 0.14), 0.09), capsule((0.34, 0, 0.14), (0.58, 0, -0.14), 0.075))
    return [Part(move(repeat_around(leaf, 5), x=0.08, z=0.42)), Part(trunk, ACCENT)]


def _cactus() -> list[Part]:
    stem = capsule((0, 0, -0.4), (0, 0, 0.6), 0.16)
    right = union(capsule((0, 0, -0.05), (0.4, 0, -0.05), 0.09), capsule((0.4, 0, -0.05), (0.4, 0, 0.3), 0.09))
    left = union(capsule((0, 0, 0.12), (-0.36, 0, 0.12), 0.08), capsule((-0.36, 0, 0.12), (-0.36, 0, 0.45), 0.08))
    return [Part(union(stem, right, left)), Part(move(cone(0.24, 0.32, 0.16, 0.02), z=-0.58), ACCENT)]


def _flower() -> list[Part]:
    petals = turn(repeat_around(move(ellipsoid(0.19, 0.13, 0.06), x=0.27), 6), "x", 90)
    leaves = mirror(turn(move(ellipsoid(0.2, 0.08, 0.04), x=0.18), "y", -30))
    return [Part(move(petals, z=0.36)), Part(move(ellipsoid(0.14, 0.09, 0.14), z=0.36), ACCENT),
            Part(union(capsule((0, 0.03, -0.78), (0, 0.03, 0.34), 0.045), move(leaves, y=0.03, z=-0.45)), "green")]


def _snowman() -> list[Part]:
    body = union(move(sphere(0.38), z=-0.38), move(sphere(0.28), z=0.12), move(sphere(0.21), z=0.5))
    nose = turn(cone(0.06, 0.01, 0.13), "x", 90)
    eyes = mirror(move(sphere(0.04), x=0.08, y=-0.185, z=0.57))
    buttons = union(*(move(sphere(0.04), y=-y, z=z) for y, z in ((0.27, 0.2), (0.27, 0.05))))
    hat = union(move(cylinder(0.24, 0.025), z=0.66), move(cylinder(0.15, 0.1), z=0.74))
    return [Part(body, "white"), Part(hat), Part(move(nose, y=-0.3, z=0.5), "orange"),
            Part(union(eyes, buttons), "black"), Part(move(torus(0.22, 0.055), z=0.33), ACCENT)]


NATURE: dict[str, Toy] = {
    "mushroom": Toy(_mushroom, "stem", "white"),
    "tree": Toy(_tree, "trunk", "brown", ("pine tree", "pine")),
    "palm": Toy(_palm, "trunk", "brown", ("palm tree",)),
    "cactus": Toy(_cactus, "pot", "brown"),
    "flower": Toy(_flower, "centre", "yellow"),
    "snowman": Toy(_snowman, "scarf"),
}
