"""Musical instruments."""

from __future__ import annotations

from engine.toybox.parts import ACCENT, Part, Toy
from engine.toybox.shapes import (
    blend,
    box,
    capsule,
    cone,
    cut,
    cylinder,
    mirror,
    move,
    repeat_around,
    sphere,
    torus,
    turn,
    union,
)


def _guitar() -> list[Part]:
    body = blend(0.1, move(turn(cylinder(0.34, 0.11, 0.03), "x", 90), z=-0.44),
                 move(turn(cylinder(0.25, 0.11, 0.03), "x", 90), z=-0.04))
    neck = union(move(box(0.06, 0.05, 0.38), y=-0.08, z=0.42), move(box(0.11, 0.05, 0.1, 0.03), y=-0.06, z=0.78),
                 move(box(0.15, 0.03, 0.045), y=-0.12, z=-0.54))
    return [Part(body), Part(neck, ACCENT), Part(move(turn(cylinder(0.11, 0.02), "x", 90), y=-0.11, z=-0.12), "black")]


def _drum() -> list[Part]:
    laces = repeat_around(mirror(capsule((0.5, 0, -0.3), (0.45, 0.18, 0.3), 0.035), "y"), 8)
    hoops = union(move(torus(0.5, 0.07), z=0.34), move(torus(0.5, 0.07), z=-0.34))
    sticks = mirror(union(capsule((0.1, -0.1, 0.44), (0.3, 0.46, 0.56), 0.04),
                          move(sphere(0.07), x=0.1, y=-0.12, z=0.46)))
    return [Part(union(cylinder(0.48, 0.34), laces)), Part(hoops, ACCENT),
            Part(move(cylinder(0.47, 0.05), z=0.32), "white"), Part(sticks, "brown")]


def _piano() -> list[Part]:
    case = union(move(box(0.7, 0.2, 0.52, 0.02), y=0.16, z=0.06), move(box(0.7, 0.22, 0.07, 0.02), y=-0.18, z=-0.06),
                 mirror(move(box(0.06, 0.06, 0.2), x=0.6, y=-0.3, z=-0.32)),
                 move(box(0.7, 0.26, 0.05), y=0.14, z=-0.48))
    keys = move(box(0.6, 0.13, 0.04), y=-0.24, z=0.03)
    sharps = union(*(move(box(0.03, 0.08, 0.045), x=x, y=-0.18, z=0.07) for x in (-0.5, -0.36, -0.1, 0.04, 0.18, 0.44)))
    return [Part(case), Part(move(box(0.26, 0.03, 0.16), y=-0.06, z=0.3), ACCENT), Part(keys, "white"),
            Part(sharps, "black")]


def _trumpet() -> list[Part]:
    tube = union(capsule((-0.7, 0, 0.14), (0.4, 0, 0.14), 0.055), capsule((-0.36, 0, -0.16), (0.26, 0, -0.16), 0.055))
    bends = union(move(cut(turn(torus(0.15, 0.055), "x", 90), move(box(0.2, 1, 1), x=-0.2)), x=0.26, z=-0.01),
                  move(cut(turn(torus(0.15, 0.055), "x", 90), move(box(0.2, 1, 1), x=0.2)), x=-0.36, z=-0.01))
    horn = move(turn(cut(cone(0.06, 0.34, 0.22), move(cone(0.02, 0.3, 0.22), z=0.05)), "y", 90), x=0.58, z=0.14)
    valves = union(*(union(move(cylinder(0.075, 0.2), x=x, z=0.0), capsule((x, 0, 0.2), (x, 0, 0.34), 0.05))
                     for x in (-0.22, -0.05, 0.12)))
    mouth = move(turn(cone(0.12, 0.05, 0.06), "y", 90), x=-0.74, z=0.14)
    return [Part(union(tube, bends, horn)), Part(union(valves, mouth), ACCENT)]


def _bell() -> list[Part]:
    body = union(blend(0.12, move(cone(0.46, 0.26, 0.3), z=-0.14), move(sphere(0.28), z=0.16)),
                 move(torus(0.48, 0.09), z=-0.42))
    hanger = move(turn(torus(0.13, 0.05), "x", 90), z=0.54)
    return [Part(cut(body, move(cone(0.42, 0.2, 0.3), z=-0.26))),
            Part(union(hanger, move(sphere(0.14), z=-0.5), capsule((0, 0, -0.4), (0, 0, 0.1), 0.04)), ACCENT)]


def _xylophone() -> list[Part]:
    tones = [(-0.6, "red"), (-0.36, "orange"), (-0.12, "yellow"), (0.12, "green"), (0.36, "blue"), (0.6, "purple")]
    bars = [Part(move(box(0.09, 0.44 - 0.28 * (x + 0.6), 0.04, 0.02), x=x, z=0.02), colour) for x, colour in tones]
    rails = mirror(turn(move(box(0.74, 0.05, 0.06), y=0.24, z=-0.08), "z", -8), "y")
    stick = union(capsule((-0.3, -0.3, 0.2), (0.4, 0.2, 0.13), 0.035), move(sphere(0.1), x=-0.32, y=-0.3, z=0.2))
    return [Part(rails), *bars, Part(stick, ACCENT)]


def _accordion() -> list[Part]:
    folds = union(*(move(box(0.07, 0.22, 0.36, 0.03), x=x) for x in (-0.28, -0.14, 0.0, 0.14, 0.28)),
                  box(0.32, 0.19, 0.33))
    ends = mirror(move(box(0.15, 0.27, 0.42, 0.04), x=0.48))
    keys = union(*(move(box(0.05, 0.04, 0.05), x=0.48, y=-0.27, z=z) for z in (-0.28, -0.1, 0.08, 0.26)))
    return [Part(ends), Part(folds, ACCENT), Part(keys, "white")]


INSTRUMENTS: dict[str, Toy] = {
    "guitar": Toy(_guitar, "neck", "brown"),
    "drum": Toy(_drum, "rim"),
    "piano": Toy(_piano, "stand"),
    "trumpet": Toy(_trumpet, "valves"),
    "bell": Toy(_bell, "clapper", "brown"),
    "xylophone": Toy(_xylophone, "mallet", "brown"),
    "accordion": Toy(_accordion, "bellows", "black"),
}
