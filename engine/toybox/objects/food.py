"""Fruit, vegetables and dishes."""

from __future__ import annotations

import math

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
    prism,
    repeat_around,
    sphere,
    torus,
    turn,
    union,
)


def _apple() -> list[Part]:
    fruit = blend(0.12, torus(0.2, 0.36), move(sphere(0.3), z=-0.16))
    leaf = move(turn(ellipsoid(0.2, 0.1, 0.045), "y", -25), x=0.22, z=0.52)
    return [Part(move(fruit, z=-0.12)), Part(capsule((0, 0, 0.08), (0.05, 0, 0.54), 0.05), ACCENT), Part(leaf, "green")]


def _pear() -> list[Part]:
    fruit = blend(0.3, move(sphere(0.4), z=-0.3), move(sphere(0.2), z=0.3))
    leaf = move(turn(ellipsoid(0.18, 0.1, 0.045), "y", -20), x=0.2, z=0.62)
    return [Part(fruit), Part(capsule((0, 0, 0.46), (0.04, 0, 0.7), 0.045), ACCENT), Part(leaf, "green")]


def _banana() -> list[Part]:
    angles = [math.radians(degrees) for degrees in range(210, 331, 12)]
    bends = [(0.68 * math.cos(a), 0, 0.4 + 0.68 * math.sin(a)) for a in angles]
    fruit = union(*(capsule(start, end, 0.16) for start, end in zip(bends, bends[1:])))
    (left, _, low), (right, _, _) = bends[0], bends[-1]
    stalk = capsule((right, 0, low), (right + 0.06, 0, low + 0.26), 0.07)
    return [Part(fruit), Part(union(stalk, move(sphere(0.1), x=left - 0.06, z=low + 0.1)), ACCENT)]


def _carrot() -> list[Part]:
    leaves = union(repeat_around(capsule((0, 0, 0.42), (0.2, 0, 0.76), 0.065), 5),
                   capsule((0, 0, 0.3), (0, 0, 0.8), 0.06))
    return [Part(move(cone(0.03, 0.26, 0.6, 0.02), z=-0.18)), Part(leaves, ACCENT)]


def _pumpkin() -> list[Part]:
    ribs = repeat_around(move(ellipsoid(0.3, 0.24, 0.42), x=0.3), 8)
    stem = union(capsule((0, 0, 0.2), (0.02, 0, 0.42), 0.09), capsule((0.02, 0, 0.42), (0.12, 0, 0.5), 0.075))
    return [Part(move(union(ribs, sphere(0.36)), z=-0.1)), Part(stem, ACCENT)]


def _strawberry() -> list[Part]:
    fruit = blend(0.1, move(ellipsoid(0.44, 0.44, 0.3), z=0.12), move(cone(0.08, 0.4, 0.32, 0.06), z=-0.22))
    leaf = move(turn(ellipsoid(0.22, 0.1, 0.05), "y", 15), x=0.22)
    leaves = union(repeat_around(leaf, 6), capsule((0, 0, 0), (0.04, 0, 0.24), 0.05))
    seeds = union(*(turn(repeat_around(move(ellipsoid(0.035, 0.035, 0.05), x=x, z=z), 7), "z", angle)
                    for x, z, angle in ((0.44, 0.14, 10), (0.36, -0.1, 35), (0.25, -0.3, 10))))
    return [Part(fruit), Part(move(leaves, z=0.4), ACCENT), Part(seeds, "yellow")]


def _cherry() -> list[Part]:
    fruit = mirror(move(sphere(0.3), x=0.34, z=-0.36))
    stems = mirror(capsule((0.34, 0, -0.1), (0.03, 0, 0.6), 0.04))
    leaf = move(turn(ellipsoid(0.28, 0.14, 0.05), "y", 12), x=0.24, z=0.6)
    return [Part(fruit), Part(stems, ACCENT), Part(leaf, "green")]


def _grapes() -> list[Part]:
    rows = ((0.22, 0.3, 6, 0), (0.3, 0.06, 7, 20), (0.2, -0.18, 5, 0), (0.12, -0.4, 3, 30))
    bunch = (turn(repeat_around(move(sphere(0.16), x=x, z=z), count), "z", angle) for x, z, count, angle in rows)
    leaf = move(turn(ellipsoid(0.26, 0.16, 0.05), "y", 15), x=0.2, z=0.52)
    core = union(capsule((0, 0, 0.24), (0, 0, -0.3), 0.17), move(sphere(0.15), z=-0.58))
    return [Part(union(*bunch, core)), Part(capsule((0, 0, 0.2), (0, 0, 0.72), 0.05), ACCENT),
            Part(leaf, "green")]


def _burger() -> list[Part]:
    top = intersect(move(ellipsoid(0.6, 0.6, 0.46), z=0.1), move(box(1, 1, 0.3), z=0.4))
    bun = union(top, move(cylinder(0.56, 0.13, 0.07), z=-0.32))
    salad = union(move(cylinder(0.58, 0.05, 0.03), z=0.055), repeat_around(move(sphere(0.1), x=0.56, z=0.05), 11))
    cheese = move(turn(box(0.46, 0.46, 0.035), "z", 20), z=-0.03)
    return [Part(bun), Part(move(cylinder(0.6, 0.11, 0.06), z=-0.1), ACCENT), Part(salad, "green"),
            Part(cheese, "yellow")]


def _pizza() -> list[Part]:
    slices = ((0.3, 0.2), (-0.3, 0.28), (-0.12, -0.12), (0.3, -0.34), (-0.36, -0.38), (0.02, 0.46))
    salami = union(*(move(cylinder(0.13, 0.05, 0.02), x=x, y=y, z=0.05) for x, y in slices))
    places = ((0.02, 0.16), (-0.46, -0.06), (0.5, -0.06), (0.0, -0.48))
    olives = union(*(move(sphere(0.07), x=x, y=y, z=0.05) for x, y in places))
    return [Part(move(cylinder(0.68, 0.06), z=-0.02)), Part(torus(0.68, 0.1), ACCENT), Part(salami, "red"),
            Part(olives, "black")]


def _hotdog() -> list[Part]:
    halves = mirror(capsule((-0.46, 0.18, -0.1), (0.46, 0.18, -0.1), 0.2), "y")
    bends = [(-0.5 + 0.2 * k, 0.07 * (-1) ** k, 0.25) for k in range(6)]
    mustard = union(*(capsule(start, end, 0.045) for start, end in zip(bends, bends[1:])))
    return [Part(capsule((-0.66, 0, 0.08), (0.66, 0, 0.08), 0.17)),
            Part(union(halves, move(box(0.46, 0.16, 0.12), z=-0.18)), ACCENT), Part(mustard, "yellow")]


def _cupcake() -> list[Part]:
    swirl = union(move(torus(0.28, 0.17), z=0.06), move(torus(0.18, 0.15), z=0.28), move(sphere(0.17), z=0.46),
                  move(sphere(0.3), z=0.1))
    pleats = repeat_around(capsule((0.32, 0, -0.54), (0.43, 0, -0.08), 0.04), 14)
    return [Part(swirl), Part(union(move(cone(0.32, 0.44, 0.26, 0.02), z=-0.3), pleats), ACCENT),
            Part(move(sphere(0.12), z=0.66), "red")]


def _egg() -> list[Part]:
    shell = blend(0.2, move(ellipsoid(0.36, 0.36, 0.36), z=0.12), move(sphere(0.24), z=0.36))
    cup = cut(move(cone(0.2, 0.42, 0.2, 0.02), z=-0.12), move(sphere(0.36), z=0.12))
    return [Part(shell), Part(union(cup, move(cone(0.34, 0.12, 0.16, 0.03), z=-0.46)), ACCENT)]


def _cheese() -> list[Part]:
    wedge = turn(prism([(-0.68, 0.0), (0.6, 0.42), (0.6, -0.42)], 0.34, 0.02), "x", 90)
    holes = union(*(move(sphere(radius), x=x, y=y, z=z) for x, y, z, radius in (
        (0.2, -0.3, 0.1, 0.13), (-0.16, -0.18, -0.14, 0.1), (0.44, -0.4, -0.18, 0.1), (0.3, 0.02, 0.36, 0.14),
        (-0.1, 0.02, 0.36, 0.1), (0.62, 0.16, 0.06, 0.14), (0.62, -0.14, -0.1, 0.1), (0.1, 0.26, 0.0, 0.13),
    )))
    return [Part(cut(wedge, holes))]


def _lollipop() -> list[Part]:
    sweet = move(turn(cylinder(0.42, 0.1, 0.08), "x", 90), z=0.34)
    swirl = mirror(move(turn(union(torus(0.26, 0.05), torus(0.1, 0.05)), "x", 90), y=0.09), "y")
    return [Part(sweet), Part(move(swirl, z=0.34), ACCENT), Part(move(cylinder(0.05, 0.42), z=-0.42), "white")]


FOOD: dict[str, Toy] = {
    "apple": Toy(_apple, "stem", "brown"),
    "pear": Toy(_pear, "stem", "brown"),
    "banana": Toy(_banana, "tips", "brown"),
    "carrot": Toy(_carrot, "leaves", "green"),
    "pumpkin": Toy(_pumpkin, "stem", "green"),
    "strawberry": Toy(_strawberry, "leaves", "green"),
    "cherry": Toy(_cherry, "stem", "brown"),
    "grapes": Toy(_grapes, "stem", "brown"),
    "burger": Toy(_burger, "patty", "brown", ("hamburger",)),
    "pizza": Toy(_pizza, "crust", "brown"),
    "hotdog": Toy(_hotdog, "bun", "beige", ("hot dog",)),
    "cupcake": Toy(_cupcake, "base", "brown", ("muffin",)),
    "egg": Toy(_egg, "stand", "white"),
    "cheese": Toy(_cheese),
    "lollipop": Toy(_lollipop, "swirl", "white"),
}
