"""More furniture, and what gives light or keeps off the rain."""

from __future__ import annotations

from engine.toybox.parts import ACCENT, Part, Toy
from engine.toybox.shapes import (
    box,
    capsule,
    cone,
    cut,
    cylinder,
    ellipsoid,
    mirror,
    move,
    repeat_around,
    sphere,
    torus,
    turn,
    union,
)


def _bench() -> list[Part]:
    seat = union(*(move(box(0.8, 0.1, 0.04, 0.02), y=y, z=-0.12) for y in (-0.26, 0.0)))
    back = union(*(move(box(0.8, 0.04, 0.09, 0.02), y=0.18, z=z) for z in (0.14, 0.38)))
    frame = mirror(move(union(move(box(0.05, 0.05, 0.42), y=0.12, z=0.02), move(box(0.05, 0.26, 0.04), y=-0.1, z=-0.2),
                              mirror(move(box(0.05, 0.05, 0.16), y=0.22, z=-0.34), "y")), x=0.62))
    return [Part(union(seat, back)), Part(frame, ACCENT)]


def _desk() -> list[Part]:
    drawers = move(box(0.2, 0.36, 0.3, 0.02), x=0.5, z=-0.08)
    legs = mirror(move(box(0.05, 0.05, 0.38), x=-0.64, y=0.34, z=-0.16), "y")
    fronts = union(*(move(box(0.16, 0.02, 0.07), x=0.5, y=-0.37, z=z) for z in (0.1, -0.08, -0.26)))
    knobs = union(*(move(sphere(0.04), x=0.5, y=-0.4, z=z) for z in (0.1, -0.08, -0.26)))
    feet = mirror(move(box(0.05, 0.05, 0.09), x=0.62, y=0.3, z=-0.45), "y")
    return [Part(union(move(box(0.76, 0.44, 0.05, 0.02), z=0.26), drawers, legs, feet)), Part(fronts, ACCENT),
            Part(knobs, "black")]


def _wardrobe() -> list[Part]:
    case = union(move(box(0.5, 0.3, 0.68, 0.02), z=0.04), move(box(0.54, 0.34, 0.05, 0.02), z=0.72),
                 mirror(move(box(0.06, 0.06, 0.06), x=0.4, y=0.2, z=-0.68), "xy"))
    doors = mirror(move(box(0.21, 0.03, 0.58, 0.01), x=0.235, y=-0.3, z=0.04))
    return [Part(case), Part(doors, ACCENT), Part(mirror(move(sphere(0.05), x=0.08, y=-0.35, z=0.02)), "black")]


def _bookshelf() -> list[Part]:
    inner = union(*(move(box(0.44, 0.3, 0.19), y=-0.15, z=z) for z in (-0.48, 0.0, 0.48)))
    volumes = [(-0.363, 0.078, 0.15), (-0.198, 0.088, 0.13), (-0.038, 0.073, 0.16), (0.12, 0.086, 0.14)]
    rows = ((-0.48, 1), (0.0, -1), (0.48, 1))
    books = union(*(move(box(w, 0.16, h), x=side * x, z=z - 0.19 + h) for z, side in rows for x, w,
                    h in volumes))
    extra = union(*(move(box(0.073, 0.16, 0.16), x=side * 0.278, z=z - 0.03) for z, side in rows))
    return [Part(cut(box(0.5, 0.2, 0.73, 0.01), inner)), Part(books, ACCENT), Part(extra, "yellow")]


def _armchair() -> list[Part]:
    shell = union(move(box(0.5, 0.13, 0.48, 0.1), y=0.32, z=0.12),
                  mirror(move(box(0.13, 0.4, 0.3, 0.1), x=0.44, z=-0.12)), move(box(0.4, 0.38, 0.12), z=-0.3))
    cushion = move(box(0.32, 0.36, 0.11, 0.07), y=-0.06, z=-0.1)
    return [Part(shell), Part(cushion, ACCENT),
            Part(mirror(move(cylinder(0.06, 0.07), x=0.42, y=0.3, z=-0.46), "xy"), "brown")]


def _ladder() -> list[Part]:
    rails = mirror(move(box(0.06, 0.05, 0.82, 0.02), x=0.32))
    rungs = union(*(capsule((-0.3, 0, z), (0.3, 0, z), 0.05) for z in (-0.64, -0.32, 0.0, 0.32, 0.64)))
    return [Part(turn(rails, "x", 12)), Part(turn(rungs, "x", 12), ACCENT)]


def _candle() -> list[Part]:
    wax = union(move(cylinder(0.18, 0.5, 0.03), z=-0.08), capsule((0.15, -0.08, 0.3), (0.15, -0.08, 0.1), 0.06),
                capsule((-0.06, -0.16, 0.34), (-0.06, -0.16, 0.2), 0.05))
    dish = union(cut(move(cylinder(0.46, 0.1, 0.02), z=-0.5), move(cylinder(0.4, 0.1), z=-0.43)),
                 move(turn(torus(0.14, 0.05), "x", 90), x=0.52, z=-0.48))
    flame = union(move(ellipsoid(0.09, 0.09, 0.15), z=0.54), move(cone(0.07, 0.01, 0.1), z=0.68))
    return [Part(wax), Part(dish, ACCENT), Part(flame, "orange")]


def _umbrella() -> list[Part]:
    scallops = repeat_around(move(sphere(0.22), x=0.76, z=0.02), 8)
    canopy = cut(move(sphere(0.78), z=-0.06), move(sphere(0.72), z=-0.06), move(box(1, 1, 0.5), z=-0.4), scallops)
    hook = cut(move(turn(torus(0.13, 0.05), "x", 90), x=0.13, z=-0.6), move(box(1, 1, 0.2), z=-0.4))
    pole = union(capsule((0, 0, 0.74), (0, 0, -0.6), 0.045), hook)
    return [Part(canopy), Part(pole, ACCENT)]


FURNITURE: dict[str, Toy] = {
    "bench": Toy(_bench, "legs", "black"),
    "desk": Toy(_desk, "drawers"),
    "wardrobe": Toy(_wardrobe, "doors", synonyms=("cupboard",)),
    "bookshelf": Toy(_bookshelf, "volumes"),
    "armchair": Toy(_armchair, "cushion"),
    "ladder": Toy(_ladder, "rungs"),
    "candle": Toy(_candle, "base"),
    "umbrella": Toy(_umbrella, "handle", "brown", ("parasol",)),
}
