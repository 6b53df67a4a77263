"""What stands in a kitchen."""

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
    prism,
    sphere,
    torus,
    turn,
    union,
)


def _pan() -> list[Part]:
    dish = cut(cone(0.4, 0.5, 0.13, 0.02), move(cone(0.36, 0.46, 0.13), z=0.06))
    return [Part(move(dish, x=-0.3)), Part(capsule((0.22, 0, 0.05), (0.78, 0, 0.12), 0.07), ACCENT)]


def _plate() -> list[Part]:
    dish = cut(cone(0.4, 0.75, 0.1, 0.02), move(cone(0.34, 0.72, 0.1), z=0.07))
    return [Part(dish), Part(union(move(torus(0.72, 0.06), z=0.08), move(cylinder(0.34, 0.06), z=-0.14)), ACCENT)]


def _kettle() -> list[Part]:
    body = union(move(cone(0.5, 0.36, 0.32, 0.08), z=-0.26),
                 move(turn(cone(0.13, 0.06, 0.22), "y", 50), x=0.52, z=-0.08))
    hoop = cut(move(turn(torus(0.36, 0.055), "x", 90), z=0.16), move(box(1, 1, 0.3), z=-0.24))
    lid = union(move(ellipsoid(0.26, 0.26, 0.1), z=0.06), move(sphere(0.08), z=0.2))
    return [Part(union(body, lid)), Part(hoop, ACCENT)]


def _jug() -> list[Part]:
    body = blend(0.15, move(ellipsoid(0.42, 0.42, 0.42), z=-0.24), move(cone(0.22, 0.3, 0.3), z=0.3))
    spout = move(turn(cone(0.08, 0.14, 0.14), "y", 40), x=0.3, z=0.48)
    handle = cut(move(turn(torus(0.3, 0.065), "x", 90), x=-0.34, z=0.14), move(ellipsoid(0.34, 0.34, 0.36), z=-0.24),
                 cylinder(0.22, 0.7))
    inside = union(move(cone(0.12, 0.25, 0.34), z=0.4), move(turn(cone(0.04, 0.1, 0.16), "y", 40), x=0.32, z=0.52))
    return [Part(union(cut(union(body, spout), inside), move(cylinder(0.28, 0.06, 0.02), z=-0.64))),
            Part(handle, ACCENT)]


def _fork() -> list[Part]:
    tines = union(*(capsule((x, 0, 0.28), (x, -0.04, 0.76), 0.05) for x in (-0.2, 0.0, 0.2)))
    head = union(tines, move(box(0.25, 0.05, 0.11, 0.05), z=0.24), capsule((0, 0, 0.2), (0, 0, -0.1), 0.055))
    return [Part(head), Part(move(box(0.09, 0.07, 0.34, 0.06), z=-0.42), ACCENT)]


def _spoon() -> list[Part]:
    dip = cut(move(ellipsoid(0.26, 0.13, 0.34), z=0.42), move(ellipsoid(0.2, 0.12, 0.28), y=-0.1, z=0.42))
    return [Part(union(dip, capsule((0, 0, 0.1), (0, 0, -0.1), 0.055))),
            Part(move(box(0.09, 0.07, 0.34, 0.06), z=-0.42), ACCENT)]


def _knife() -> list[Part]:
    blade = prism([(-0.12, -0.1), (0.12, -0.1), (0.12, 0.5), (0.04, 0.7), (-0.1, 0.82)], 0.035)
    return [Part(blade),
            Part(union(move(box(0.1, 0.08, 0.32, 0.06), z=-0.42), move(box(0.16, 0.09, 0.045, 0.03), z=-0.12)), ACCENT)]


def _wineglass() -> list[Part]:
    ball = move(ellipsoid(0.36, 0.36, 0.44), z=0.34)
    glass = cut(ball, move(ellipsoid(0.3, 0.3, 0.38), z=0.36), move(box(1, 1, 0.3), z=0.92))
    foot = union(move(cylinder(0.055, 0.36), z=-0.34), move(cone(0.34, 0.06, 0.06), z=-0.68))
    return [Part(glass), Part(foot, ACCENT)]


def _saucepan() -> list[Part]:
    dish = move(cylinder(0.46, 0.26, 0.03), z=-0.18)
    grips = mirror(move(cut(torus(0.15, 0.06), move(box(0.1, 1, 1), x=-0.16)), x=0.46, z=-0.04))
    lid = union(move(intersect(ellipsoid(0.48, 0.48, 0.2), move(box(1, 1, 0.2), z=0.2)), z=0.08),
                move(sphere(0.09), z=0.34))
    return [Part(union(dish, grips)), Part(lid, ACCENT)]


KITCHEN: dict[str, Toy] = {
    "pan": Toy(_pan, "handle", "black", ("frying pan",)),
    "saucepan": Toy(_saucepan, "lid"),
    "plate": Toy(_plate, "rim"),
    "kettle": Toy(_kettle, "handle", "black"),
    "jug": Toy(_jug, "handle", synonyms=("pitcher",)),
    "fork": Toy(_fork, "handle"),
    "spoon": Toy(_spoon, "handle"),
    "knife": Toy(_knife, "handle", "brown"),
    "wineglass": Toy(_wineglass, "foot", synonyms=("goblet",)),
}
