"""Tools and weapons of fairy tales."""

from __future__ import annotations

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
    sphere,
    torus,
    turn,
    union,
)


def _axe() -> list[Part]:
    head = cut(prism([(-0.16, 0.64), (-0.16, 0.34), (0.12, 0.36), (0.5, 0.12), (0.56, 0.48), (0.5, 0.84),
                      (0.12, 0.62)], 0.08, 0.02),
               prism([(0.3, 0.9), (0.3, 0.1), (0.7, 0.1)], 0.0))
    return [Part(move(head, x=-0.08)), Part(move(cylinder(0.075, 0.72, 0.03), x=-0.08, z=-0.06), ACCENT)]


def _saw() -> list[Part]:
    teeth = [point for k in range(8) for point in ((-0.74 + 0.13 * k, -0.16 + 0.008 * k), (-0.675 + 0.13 * k, -0.02))]
    blade = prism([*teeth, (0.3, -0.1), (0.3, 0.26), (-0.74, 0.06)], 0.035)
    grip = move(cut(box(0.22, 0.08, 0.28, 0.06), box(0.1, 0.2, 0.15, 0.05)), x=0.5, z=0.06)
    return [Part(blade), Part(grip, ACCENT)]


def _screwdriver() -> list[Part]:
    rod = union(move(cylinder(0.065, 0.4), z=0.24), move(box(0.11, 0.035, 0.1), z=0.72))
    grip = union(move(cylinder(0.17, 0.28, 0.06), z=-0.5), move(cone(0.16, 0.08, 0.08), z=-0.18))
    return [Part(rod, "gray"), Part(grip), Part(move(cylinder(0.185, 0.05, 0.02), z=-0.62), ACCENT)]


def _wrench() -> list[Part]:
    jaw = cut(move(turn(cylinder(0.27, 0.09, 0.02), "x", 90), z=0.54),
              move(turn(box(0.11, 1, 0.24), "y", 20), x=0.07, z=0.74))
    ring = cut(move(turn(cylinder(0.22, 0.09, 0.02), "x", 90), z=-0.56),
               move(turn(cylinder(0.11, 1), "x", 90), z=-0.56))
    return [Part(union(jaw, ring)), Part(move(box(0.1, 0.075, 0.38, 0.02), z=-0.02), ACCENT)]


def _shovel() -> list[Part]:
    blade = cut(move(prism([(-0.27, 0.24), (0.27, 0.24), (0.27, -0.1), (0.0, -0.36), (-0.27, -0.1)], 0.06, 0.02),
                     z=-0.46),
                move(cylinder(0.5, 1), y=-0.53, z=-0.4))
    grip = union(move(cylinder(0.055, 0.46), z=0.2), mirror(capsule((0, 0, 0.6), (0.15, 0, 0.76), 0.045)),
                 capsule((-0.15, 0, 0.78), (0.15, 0, 0.78), 0.05))
    return [Part(blade), Part(grip, ACCENT)]


def _anvil() -> list[Part]:
    top = union(move(box(0.44, 0.2, 0.13, 0.02), x=0.16, z=0.26),
                move(turn(cone(0.03, 0.16, 0.24), "y", 90), x=-0.5, z=0.26))
    waist = union(move(box(0.2, 0.14, 0.2), x=0.06, z=0.0), move(box(0.34, 0.24, 0.1, 0.03), x=0.06, z=-0.2))
    return [Part(union(top, waist)), Part(move(cylinder(0.42, 0.16, 0.03), x=0.06, z=-0.44), ACCENT)]


def _sword() -> list[Part]:
    blade = prism([(-0.1, -0.3), (0.1, -0.3), (0.1, 0.6), (0.0, 0.82), (-0.1, 0.6)], 0.045, 0.02)
    hilt = union(move(box(0.32, 0.07, 0.06, 0.03), z=-0.32), move(cylinder(0.06, 0.18), z=-0.52),
                 move(sphere(0.1), z=-0.74))
    return [Part(blade), Part(hilt, ACCENT)]


def _shield() -> list[Part]:
    outline = [(-0.56, 0.62), (0.0, 0.7), (0.56, 0.62), (0.56, 0.0), (0.4, -0.38), (0.0, -0.74), (-0.4, -0.38),
               (-0.56, 0.0)]
    plate = prism(outline, 0.1, 0.03)
    cross = intersect(move(union(box(0.09, 0.05, 1), move(box(1, 0.05, 0.09), z=0.16)), y=-0.11),
                      prism([(0.94 * x, 0.94 * z) for x, z in outline], 0.3))
    return [Part(plate), Part(cross, ACCENT), Part(move(sphere(0.13), y=-0.12, z=0.16), "gray")]


def _bucket() -> list[Part]:
    wall = cut(cone(0.34, 0.46, 0.4, 0.02), move(cone(0.28, 0.41, 0.4), z=0.08))
    hoop = intersect(turn(torus(0.46, 0.045), "x", 90), move(box(1, 1, 0.5), z=0.5))
    return [Part(move(wall, z=-0.24)),
            Part(union(move(hoop, z=0.12), mirror(move(sphere(0.08), x=0.46, z=0.12))), ACCENT)]


def _anchor() -> list[Part]:
    arc = intersect(move(turn(torus(0.48, 0.085), "x", 90), z=-0.16), move(box(1, 1, 0.5), z=-0.68))
    tips = mirror(move(cone(0.16, 0.02, 0.14), x=0.48, z=-0.12))
    shaft = union(move(cylinder(0.08, 0.56), z=-0.06), arc, tips)
    return [Part(shaft),
            Part(union(move(turn(torus(0.13, 0.055), "x", 90), z=0.6), capsule((-0.3, 0, 0.32), (0.3, 0, 0.32), 0.07)),
                 ACCENT)]


TOOLS: dict[str, Toy] = {
    "axe": Toy(_axe, "handle", "brown"),
    "saw": Toy(_saw, "handle", "brown"),
    "screwdriver": Toy(_screwdriver, "band"),
    "wrench": Toy(_wrench, "handle", synonyms=("spanner",)),
    "shovel": Toy(_shovel, "handle", "brown", ("spade",)),
    "anvil": Toy(_anvil, "base", "brown"),
    "sword": Toy(_sword, "hilt", "brown"),
    "shield": Toy(_shield, "cross"),
    "bucket": Toy(_bucket, "handle"),
    "anchor": Toy(_anchor, "bar"),
}
