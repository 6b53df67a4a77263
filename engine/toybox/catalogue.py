"""The objects of the Toybox world: a few coloured signed-distance parts each, in a canonical pose.

Everything is at rest around the origin inside the scene's sphere of radius 1, z up, its front towards -y. To add an
object, write a function that returns its parts and name it in `OBJECTS`; to have the prior learn it, name it in `TAUGHT`
and train.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.toybox.shapes import (
    Shape, blend, box, capsule, cone, cut, cylinder, ellipsoid, intersect, mirror, move, prism, repeat_around, sphere,
    torus, turn, union,
)

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
"""Colour words and what they mean, sRGB-encoded."""

MAIN, ACCENT = "main", "accent"


@dataclass(frozen=True)
class Part:
    """A shape and its colour: MAIN, ACCENT, or the name of a fixed colour in `COLOURS`."""

    shape: Shape
    colour: str = MAIN


@dataclass(frozen=True)
class Toy:
    """An object of the catalogue."""

    build: Callable[[], list[Part]]
    """Makes the parts."""
    accent: str | None = None
    """The word for the part that a two-colour phrase may colour ("a blue mug with a yellow HANDLE")."""
    accent_colour: str | None = None
    """The accent's colour when the caption names none; None: the same as the main colour."""


def _sphere() -> list[Part]:
    return [Part(sphere(0.62))]


def _cube() -> list[Part]:
    return [Part(box(0.48, 0.48, 0.48, 0.03))]


def _cone() -> list[Part]:
    return [Part(cone(0.55, 0.02, 0.6, 0.01))]


def _cylinder() -> list[Part]:
    return [Part(cylinder(0.42, 0.58, 0.02))]


def _donut() -> list[Part]:
    return [Part(intersect(torus(0.48, 0.255), move(box(1, 1, 0.25), z=0.29))), Part(torus(0.48, 0.24), ACCENT)]


def _mug() -> list[Part]:
    wall = cut(cylinder(0.42, 0.5, 0.03), move(cylinder(0.35, 0.5), z=0.09))
    handle = cut(move(turn(torus(0.27, 0.07), "x", 90), x=0.44), cylinder(0.38, 0.6))
    return [Part(move(wall, x=-0.1)), Part(move(handle, x=-0.1), ACCENT)]


def _bowl() -> list[Part]:
    ball = move(sphere(0.7), z=0.35)
    shell = cut(intersect(ball, move(box(1, 1, 0.4), z=-0.05)), move(sphere(0.62), z=0.37))
    return [Part(shell), Part(move(cylinder(0.28, 0.06), z=-0.36), ACCENT)]


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


def _lamp() -> list[Part]:
    shade = cut(move(cone(0.45, 0.26, 0.26, 0.01), z=0.4), move(cone(0.41, 0.22, 0.28), z=0.37))
    stand = union(move(cylinder(0.05, 0.45), z=-0.15), move(cylinder(0.3, 0.05, 0.02), z=-0.6))
    return [Part(shade), Part(stand, ACCENT)]


def _bottle() -> list[Part]:
    body = blend(0.15, move(cylinder(0.28, 0.42, 0.06), z=-0.32), move(cylinder(0.1, 0.34), z=0.3))
    return [Part(body), Part(move(cylinder(0.13, 0.08, 0.02), z=0.7), ACCENT)]


def _vase() -> list[Part]:
    body = blend(0.2, move(ellipsoid(0.42, 0.42, 0.4), z=-0.22), move(cylinder(0.14, 0.3), z=0.28))
    lip = move(torus(0.18, 0.06), z=0.58)
    foot = move(cylinder(0.24, 0.05, 0.02), z=-0.6)
    return [Part(cut(body, move(cylinder(0.1, 0.4), z=0.5))), Part(union(lip, foot), ACCENT)]


def _snowman() -> list[Part]:
    body = union(move(sphere(0.38), z=-0.38), move(sphere(0.28), z=0.12), move(sphere(0.21), z=0.5))
    nose = turn(cone(0.06, 0.01, 0.13), "x", 90)
    eyes = mirror(move(sphere(0.04), x=0.08, y=-0.185, z=0.57))
    buttons = union(*(move(sphere(0.04), y=-y, z=z) for y, z in ((0.27, 0.2), (0.27, 0.05))))
    hat = union(move(cylinder(0.24, 0.025), z=0.66), move(cylinder(0.15, 0.1), z=0.74))
    return [Part(body, "white"), Part(hat), Part(move(nose, y=-0.3, z=0.5), "orange"), Part(union(eyes, buttons), "black"),
            Part(move(torus(0.22, 0.055), z=0.33), ACCENT)]


def _mushroom() -> list[Part]:
    cap = intersect(move(ellipsoid(0.6, 0.6, 0.5), z=0.1), move(box(1, 1, 0.4), z=0.5))
    stem = move(cone(0.24, 0.17, 0.38, 0.04), z=-0.25)
    return [Part(cap), Part(stem, ACCENT)]


def _tree() -> list[Part]:
    layers = (move(cone(r, 0.04, h), z=z) for r, h, z in ((0.52, 0.26, -0.16), (0.42, 0.24, 0.16), (0.3, 0.24, 0.5)))
    return [Part(union(*layers)), Part(move(cylinder(0.1, 0.22), z=-0.55), ACCENT)]


def _palm() -> list[Part]:
    trunk = union(capsule((-0.1, 0, -0.72), (-0.02, 0, -0.1), 0.08), capsule((-0.02, 0, -0.1), (0.08, 0, 0.4), 0.065))
    leaf = union(capsule((0, 0, 0), (0.32, 0, 0.14), 0.06), capsule((0.32, 0, 0.14), (0.56, 0, -0.1), 0.045))
    return [Part(move(repeat_around(leaf, 6), x=0.08, z=0.42)), Part(trunk, ACCENT)]


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


def _house() -> list[Part]:
    walls = move(box(0.48, 0.42, 0.32), z=-0.26)
    roof = move(prism([(-0.62, 0.0), (0.62, 0.0), (0.0, 0.5)], 0.5), z=0.06)
    door = move(box(0.1, 0.02, 0.18), y=-0.42, z=-0.4)
    windows = mirror(move(box(0.09, 0.02, 0.09), x=0.28, y=-0.42, z=-0.2))
    chimney = move(box(0.07, 0.07, 0.2), x=0.3, y=0.15, z=0.42)
    return [Part(walls), Part(roof, ACCENT), Part(union(door, chimney), "brown"), Part(windows, "yellow")]


def _castle() -> list[Part]:
    battlements = repeat_around(move(box(0.09, 0.09, 0.1), x=0.38), 8)
    tower = union(move(cylinder(0.4, 0.58), z=-0.14), move(cylinder(0.47, 0.1), z=0.42), move(battlements, z=0.58))
    return [Part(tower), Part(move(box(0.13, 0.1, 0.2), y=-0.33, z=-0.52), ACCENT),
            Part(move(box(0.05, 0.1, 0.12), y=-0.33, z=0.12), "black")]


def _lighthouse() -> list[Part]:
    tower = move(cone(0.32, 0.2, 0.5), z=-0.28)
    bands = intersect(move(cone(0.335, 0.215, 0.5), z=-0.28), union(move(box(1, 1, 0.09), z=-0.5), move(box(1, 1, 0.09), z=0.0)))
    room = move(cylinder(0.14, 0.13), z=0.38)
    roof = union(move(cone(0.22, 0.02, 0.13), z=0.62), move(cylinder(0.28, 0.03), z=0.24))
    return [Part(tower, "white"), Part(union(bands, roof)), Part(room, ACCENT)]


def _rocket() -> list[Part]:
    body = cone(0.26, 0.26, 0.4, 0.02)
    nose = move(cone(0.26, 0.02, 0.2), z=0.6)
    fins = repeat_around(prism([(0.2, -0.45), (0.52, -0.72), (0.52, -0.5), (0.2, 0.0)], 0.04), 4)
    window = turn(move(cylinder(0.11, 0.05), z=0.26), "x", 90)
    nozzle = move(cone(0.2, 0.13, 0.08), z=-0.46)
    return [Part(body), Part(union(nose, turn(fins, "z", 45)), ACCENT), Part(move(window, z=0.14), "teal"), Part(nozzle, "gray")]


def _wheels(x: float, y: float, z: float, radius: float) -> Shape:
    return mirror(move(turn(cylinder(radius, 0.07, 0.02), "y", 90), x=x, y=y, z=z), "xy")


def _car() -> list[Part]:
    body = move(box(0.36, 0.74, 0.17, 0.07), z=-0.1)
    cabin = move(box(0.31, 0.36, 0.2, 0.08), y=0.12, z=0.2)
    glass = union(move(box(0.32, 0.26, 0.1, 0.03), y=0.12, z=0.21), move(box(0.25, 0.37, 0.1, 0.03), y=0.12, z=0.21))
    lights = mirror(move(sphere(0.07), x=0.22, y=-0.72, z=-0.06))
    return [Part(body), Part(cabin, ACCENT), Part(glass, "teal"), Part(_wheels(0.33, 0.44, -0.24, 0.17), "black"),
            Part(lights, "yellow")]


def _bus() -> list[Part]:
    body = move(box(0.32, 0.76, 0.36, 0.05), z=0.06)
    glass = union(move(box(0.33, 0.66, 0.11), z=0.18), move(box(0.26, 0.77, 0.13), z=0.16))
    lights = mirror(move(sphere(0.06), x=0.2, y=-0.75, z=-0.14))
    return [Part(body), Part(move(box(0.28, 0.7, 0.04), z=0.43), ACCENT), Part(glass, "teal"),
            Part(_wheels(0.29, 0.46, -0.3, 0.15), "black"), Part(lights, "yellow")]


def _boat() -> list[Part]:
    hull = intersect(move(ellipsoid(0.34, 0.8, 0.45), z=-0.2), move(box(1, 1, 0.25), z=-0.45))
    sail = turn(prism([(-0.4, -0.1), (0.36, -0.1), (0.0, 0.72)], 0.03), "z", 90)
    return [Part(hull), Part(move(sail, y=0.05, z=0.1), ACCENT), Part(capsule((0, 0.05, -0.2), (0, 0.05, 0.8), 0.04), "brown")]


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
    wheels = union(_wheels(0.3, 0.5, -0.34, 0.15), _wheels(0.3, 0.16, -0.34, 0.15))
    return [Part(union(boiler, cab)), Part(union(chimney, bed), ACCENT), Part(wheels, "black"),
            Part(move(sphere(0.08), y=-0.68, z=0.1), "yellow")]


def _robot() -> list[Part]:
    torso = move(box(0.3, 0.2, 0.28, 0.04), z=-0.06)
    head = move(box(0.22, 0.18, 0.17, 0.04), z=0.44)
    arms = mirror(capsule((0.38, 0, 0.12), (0.44, -0.08, -0.24), 0.075))
    legs = mirror(move(box(0.1, 0.12, 0.2, 0.03), x=0.16, z=-0.54))
    eyes = mirror(move(sphere(0.06), x=0.1, y=-0.17, z=0.48))
    chest = move(box(0.15, 0.04, 0.1), y=-0.19, z=-0.02)
    antenna = union(capsule((0, 0, 0.6), (0, 0, 0.74), 0.025), move(sphere(0.055), z=0.76))
    return [Part(union(torso, head)), Part(union(arms, legs), ACCENT), Part(eyes, "yellow"), Part(union(chest, antenna), "black")]


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
    fins = union(mirror(move(ellipsoid(0.2, 0.1, 0.04), x=0.22, y=0.0, z=-0.08)), move(ellipsoid(0.04, 0.24, 0.16), y=0.05, z=0.34))
    eyes = mirror(move(sphere(0.06), x=0.13, y=-0.36, z=0.08))
    return [Part(body), Part(union(move(tail, y=0.45), fins), ACCENT), Part(eyes, "black")]


def _cat() -> list[Part]:
    body = blend(0.08, move(ellipsoid(0.25, 0.42, 0.24), y=0.08, z=-0.14), move(sphere(0.25), y=-0.36, z=0.22))
    ears = mirror(move(cone(0.1, 0.01, 0.11), x=0.15, y=-0.36, z=0.48))
    legs = mirror(move(mirror(move(capsule((0, 0, -0.25), (0, 0, 0.05), 0.08), y=0.26), "y"), x=0.15, y=0.06, z=-0.32))
    tail = union(capsule((0, 0.46, -0.05), (0, 0.66, 0.2), 0.06), capsule((0, 0.66, 0.2), (0, 0.6, 0.45), 0.055))
    eyes = mirror(move(sphere(0.045), x=0.1, y=-0.58, z=0.28))
    return [Part(union(body, ears, legs)), Part(tail, ACCENT), Part(eyes, "black"), Part(move(sphere(0.04), y=-0.61, z=0.19), "pink")]


def _teapot() -> list[Part]:
    body = move(ellipsoid(0.46, 0.46, 0.38), z=-0.1)
    spout = union(capsule((0.36, 0, -0.14), (0.62, 0, 0.05), 0.09), capsule((0.62, 0, 0.05), (0.74, 0, 0.26), 0.06))
    handle = move(turn(torus(0.24, 0.06), "x", 90), x=-0.5)
    lid = union(move(ellipsoid(0.26, 0.26, 0.12), z=0.24), move(sphere(0.08), z=0.4))
    return [Part(union(body, spout)), Part(union(lid, cut(handle, move(ellipsoid(0.4, 0.4, 0.3), z=-0.1))), ACCENT)]


def _barbell() -> list[Part]:
    weights = mirror(move(turn(cylinder(0.34, 0.12, 0.04), "y", 90), x=0.58))
    return [Part(weights), Part(turn(cylinder(0.07, 0.78), "y", 90), ACCENT)]


def _ice_cream() -> list[Part]:
    scoops = union(move(sphere(0.36), z=0.22), move(sphere(0.2), z=0.56))
    return [Part(scoops), Part(move(cone(0.03, 0.34, 0.42, 0.01), z=-0.36), ACCENT)]


def _cake() -> list[Part]:
    tiers = move(cylinder(0.6, 0.2, 0.03), z=-0.3)
    candle = union(move(cylinder(0.04, 0.16), z=0.36), move(sphere(0.05), z=0.55))
    return [Part(tiers), Part(move(cylinder(0.4, 0.17, 0.03), z=0.04), ACCENT), Part(candle, "yellow")]


OBJECTS: dict[str, Toy] = {
    "ball": Toy(_sphere),
    "cube": Toy(_cube),
    "cone": Toy(_cone),
    "cylinder": Toy(_cylinder),
    "donut": Toy(_donut, "base", "brown"),
    "mug": Toy(_mug, "handle"),
    "bowl": Toy(_bowl, "foot"),
    "table": Toy(_table, "legs"),
    "chair": Toy(_chair, "legs"),
    "stool": Toy(_stool, "legs", "brown"),
    "sofa": Toy(_sofa, "seat"),
    "lamp": Toy(_lamp, "stand", "black"),
    "bottle": Toy(_bottle, "cap", "white"),
    "vase": Toy(_vase, "rim"),
    "snowman": Toy(_snowman, "scarf"),
    "mushroom": Toy(_mushroom, "stem", "white"),
    "tree": Toy(_tree, "trunk", "brown"),
    "palm": Toy(_palm, "trunk", "brown"),
    "cactus": Toy(_cactus, "pot", "brown"),
    "flower": Toy(_flower, "centre", "yellow"),
    "house": Toy(_house, "roof", "brown"),
    "castle": Toy(_castle, "door", "brown"),
    "lighthouse": Toy(_lighthouse, "lantern", "yellow"),
    "rocket": Toy(_rocket, "nose", "red"),
    "car": Toy(_car, "roof"),
    "bus": Toy(_bus, "roof", "white"),
    "boat": Toy(_boat, "sail", "white"),
    "aeroplane": Toy(_aeroplane, "wings"),
    "train": Toy(_train, "chimney", "black"),
    "robot": Toy(_robot, "limbs", "gray"),
    "duck": Toy(_duck, "wings"),
    "fish": Toy(_fish, "fins"),
    "cat": Toy(_cat, "tail"),
    "teapot": Toy(_teapot, "lid"),
    "barbell": Toy(_barbell, "bar", "gray"),
    "ice-cream": Toy(_ice_cream, "cone", "brown"),
    "cake": Toy(_cake, "icing", "white"),
}
"""Every object that can be rendered."""

TAUGHT: tuple[str, ...] = ("ball", "cube", "cone", "mushroom", "donut", "mug", "chair", "snowman")
"""The objects that the shipped prior was trained on."""
