"""What drives, swims and flies."""

from __future__ import annotations

from engine.toybox.parts import ACCENT, Part, Toy
from engine.toybox.shapes import (
    Shape,
    box,
    capsule,
    cone,
    cylinder,
    ellipsoid,
    intersect,
    mirror,
    move,
    prism,
    repeat_around,
    sphere,
    turn,
    union,
)


def four_wheels(x: float, y: float, z: float, radius: float) -> Shape:
    """Four wheels at (x, y, z) and its mirror images."""
    return mirror(move(turn(cylinder(radius, 0.07, 0.02), "y", 90), x=x, y=y, z=z), "xy")


def _rocket() -> list[Part]:
    body = cone(0.26, 0.26, 0.4, 0.02)
    nose = move(cone(0.26, 0.02, 0.2), z=0.6)
    fins = repeat_around(prism([(0.2, -0.45), (0.52, -0.72), (0.52, -0.5), (0.2, 0.0)], 0.04), 4)
    window = turn(move(cylinder(0.11, 0.05), z=0.26), "x", 90)
    nozzle = move(cone(0.2, 0.13, 0.08), z=-0.46)
    return [Part(body), Part(union(nose, turn(fins, "z", 45)), ACCENT), Part(move(window, z=0.14), "teal"),
            Part(nozzle, "gray")]


def _car() -> list[Part]:
    body = move(box(0.36, 0.74, 0.17, 0.07), z=-0.1)
    cabin = move(box(0.31, 0.36, 0.2, 0.08), y=0.12, z=0.2)
    glass = union(move(box(0.32, 0.26, 0.1, 0.03), y=0.12, z=0.21), move(box(0.25, 0.37, 0.1, 0.03), y=0.12, z=0.21))
    lights = mirror(move(sphere(0.07), x=0.22, y=-0.72, z=-0.06))
    return [Part(body), Part(cabin, ACCENT), Part(glass, "teal"), Part(four_wheels(0.33, 0.44, -0.24, 0.17), "black"),
            Part(lights, "yellow")]


def _bus() -> list[Part]:
    body = move(box(0.32, 0.76, 0.36, 0.05), z=0.06)
    glass = union(move(box(0.33, 0.66, 0.11), z=0.18), move(box(0.26, 0.77, 0.13), z=0.16))
    lights = mirror(move(sphere(0.06), x=0.2, y=-0.75, z=-0.14))
    return [Part(body), Part(move(box(0.28, 0.7, 0.04), z=0.43), ACCENT), Part(glass, "teal"),
            Part(four_wheels(0.29, 0.46, -0.3, 0.15), "black"), Part(lights, "yellow")]


def _boat() -> list[Part]:
    hull = intersect(move(ellipsoid(0.34, 0.8, 0.45), z=-0.2), move(box(1, 1, 0.25), z=-0.45))
    sail = turn(prism([(-0.4, -0.1), (0.36, -0.1), (0.0, 0.72)], 0.03), "z", 90)
    mast = capsule((0, 0.05, -0.2), (0, 0.05, 0.8), 0.04)
    return [Part(hull), Part(move(sail, y=0.05, z=0.1), ACCENT), Part(mast, "brown")]


def _aeroplane() -> list[Part]:
    body = ellipsoid(0.17, 0.8, 0.18)
    wings = move(ellipsoid(0.8, 0.18, 0.045), y=-0.08)
    tail = union(move(ellipsoid(0.32, 0.1, 0.035), y=0.66, z=0.05), move(box(0.03, 0.12, 0.18, 0.02), y=0.64, z=0.2))
    glass = move(ellipsoid(0.1, 0.16, 0.1), y=-0.5, z=0.1)
    return [Part(body), Part(union(wings, tail), ACCENT), Part(glass, "teal")]


def _train() -> list[Part]:
    boiler = turn(move(cylinder(0.25, 0.42, 0.03), z=0.24), "x", 90)
    cab = move(box(0.32, 0.22, 0.42, 0.02), y=0.48, z=0.16)
    chimney = move(cone(0.07, 0.12, 0.16), y=-0.48, z=0.44)
    bed = move(box(0.3, 0.72, 0.06), z=-0.22)
    wheels = union(four_wheels(0.3, 0.5, -0.34, 0.15), four_wheels(0.3, 0.16, -0.34, 0.15))
    return [Part(union(boiler, cab)), Part(union(chimney, bed), ACCENT), Part(wheels, "black"),
            Part(move(sphere(0.08), y=-0.68, z=0.1), "yellow")]


VEHICLES: dict[str, Toy] = {
    "rocket": Toy(_rocket, "nose", "red"),
    "car": Toy(_car, "roof"),
    "bus": Toy(_bus, "roof", "white"),
    "boat": Toy(_boat, "sail", "white"),
    "aeroplane": Toy(_aeroplane, "wings", synonyms=("airplane", "plane")),
    "train": Toy(_train, "chimney", "black"),
}
