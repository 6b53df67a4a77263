"""Creatures."""

from __future__ import annotations

from engine.toybox.parts import ACCENT, Part, Toy
from engine.toybox.shapes import blend, box, capsule, cone, ellipsoid, mirror, move, prism, sphere, turn, union


def _robot() -> list[Part]:
    torso = move(box(0.3, 0.2, 0.28, 0.04), z=-0.06)
    head = move(box(0.22, 0.18, 0.17, 0.04), z=0.44)
    arms = mirror(capsule((0.38, 0, 0.12), (0.44, -0.08, -0.24), 0.075))
    legs = mirror(move(box(0.1, 0.12, 0.2, 0.03), x=0.16, z=-0.54))
    eyes = mirror(move(sphere(0.06), x=0.1, y=-0.17, z=0.48))
    chest = move(box(0.15, 0.04, 0.1), y=-0.19, z=-0.02)
    antenna = union(capsule((0, 0, 0.6), (0, 0, 0.74), 0.025), move(sphere(0.055), z=0.76))
    return [Part(union(torso, head)), Part(union(arms, legs), ACCENT), Part(eyes, "yellow"),
            Part(union(chest, antenna), "black")]


def _duck() -> list[Part]:
    body = blend(0.12, move(ellipsoid(0.38, 0.54, 0.32), y=0.08, z=-0.22), move(sphere(0.14), y=0.56, z=-0.06))
    head = move(sphere(0.27), y=-0.3, z=0.3)
    beak = move(ellipsoid(0.15, 0.2, 0.06), y=-0.58, z=0.25)
    eyes = mirror(move(sphere(0.05), x=0.15, y=-0.5, z=0.4))
    wings = mirror(move(ellipsoid(0.07, 0.28, 0.17), x=0.37, y=0.12, z=-0.16))
    return [Part(blend(0.1, body, head)), Part(wings, ACCENT), Part(beak, "orange"), Part(eyes, "black")]


def _fish() -> list[Part]:
    body = ellipsoid(0.2, 0.56, 0.34)
    tail = turn(prism([(0.0, 0.0), (0.32, 0.32), (0.32, -0.32)], 0.05), "z", 90)
    side_fins = mirror(move(ellipsoid(0.2, 0.1, 0.04), x=0.22, y=0.0, z=-0.08))
    fins = union(side_fins, move(ellipsoid(0.04, 0.24, 0.16), y=0.05, z=0.34))
    eyes = mirror(move(sphere(0.06), x=0.13, y=-0.36, z=0.08))
    return [Part(body), Part(union(move(tail, y=0.45), fins), ACCENT), Part(eyes, "black")]


def _cat() -> list[Part]:
    body = blend(0.08, move(ellipsoid(0.25, 0.42, 0.24), y=0.08, z=-0.14), move(sphere(0.25), y=-0.36, z=0.22))
    ears = mirror(move(cone(0.1, 0.01, 0.11), x=0.15, y=-0.36, z=0.48))
    legs = mirror(move(mirror(move(capsule((0, 0, -0.25), (0, 0, 0.05), 0.08), y=0.26), "y"), x=0.15, y=0.06, z=-0.32))
    tail = union(capsule((0, 0.46, -0.05), (0, 0.66, 0.2), 0.06), capsule((0, 0.66, 0.2), (0, 0.6, 0.45), 0.055))
    eyes = mirror(move(sphere(0.045), x=0.1, y=-0.58, z=0.28))
    nose = move(sphere(0.04), y=-0.61, z=0.19)
    return [Part(union(body, ears, legs)), Part(tail, ACCENT), Part(eyes, "black"), Part(nose, "pink")]


CREATURES: dict[str, Toy] = {
    "robot": Toy(_robot, "limbs", "gray"),
    "duck": Toy(_duck, "wings"),
    "fish": Toy(_fish, "fins"),
    "cat": Toy(_cat, "tail"),
}
