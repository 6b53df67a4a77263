"""Games, clothes, gadgets and what is in the sky."""

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
    repeat_around,
    sphere,
    torus,
    turn,
    union,
)


def _dice() -> list[Part]:
    def dots(*places: tuple[float, float]) -> list:
        """On the top."""
        return [move(ellipsoid(0.11, 0.11, 0.05), x=x, y=y, z=0.5) for x, y in places]

    corners, middle = [(x, y) for x in (-0.26, 0.26) for y in (-0.26, 0.26)], (0.0, 0.0)
    sides = ((dots(middle), "x", 0), (dots(*corners, middle), "x", 90), (dots(corners[0], corners[3]), "y", 90),
             (dots(corners[0], middle, corners[3]), "y", -90), (dots(corners[1], corners[2]), "x", -90),
             (dots(*corners), "x", 180))
    pips = union(*(turn(union(*side), axis, angle) for side, axis, angle in sides))
    return [Part(box(0.5, 0.5, 0.5, 0.12)), Part(pips, ACCENT)]


def _kite() -> list[Part]:
    sail = move(prism([(0.0, 0.56), (0.44, 0.14), (0.0, -0.5), (-0.44, 0.14)], 0.035), z=0.22)
    sticks = union(capsule((0, -0.03, -0.28), (0, -0.03, 0.78), 0.04),
                   capsule((-0.44, -0.03, 0.36), (0.44, -0.03, 0.36), 0.04))
    bends = [(0.07 * (-1) ** k, 0, -0.28 - 0.13 * k) for k in range(5)]
    bows = union(*(move(cone(0.09, 0.02, 0.06), z=z) for z in (-0.46, -0.7)),
                 *(move(cone(0.02, 0.09, 0.06), z=z + 0.1) for z in (-0.46, -0.7)))
    tail = union(*(capsule(start, end, 0.035) for start, end in zip(bends, bends[1:])), bows)
    return [Part(sail), Part(tail, ACCENT), Part(sticks, "brown")]


def _pawn() -> list[Part]:
    body = blend(0.12, move(cone(0.36, 0.12, 0.36), z=-0.22), move(cylinder(0.14, 0.2), z=0.1))
    foot = union(move(cylinder(0.44, 0.1, 0.04), z=-0.62), move(torus(0.36, 0.09), z=-0.5))
    return [Part(union(body, move(ellipsoid(0.26, 0.26, 0.07), z=0.28), move(sphere(0.26), z=0.5))), Part(foot, ACCENT)]


def _hat() -> list[Part]:
    crown = union(move(cone(0.4, 0.36, 0.3, 0.05), z=0.14), move(cylinder(0.7, 0.045, 0.03), z=-0.16))
    return [Part(crown), Part(move(cylinder(0.42, 0.09, 0.01), z=-0.04), ACCENT)]


def _shoe() -> list[Part]:
    upper = union(move(ellipsoid(0.26, 0.46, 0.24), y=-0.26, z=-0.14),
                  move(box(0.23, 0.32, 0.28, 0.12), y=0.36, z=0.04))
    opening = move(ellipsoid(0.16, 0.24, 0.3), y=0.4, z=0.34)
    sole = union(move(box(0.24, 0.4, 0.07, 0.04), y=0.3, z=-0.26),
                 intersect(move(ellipsoid(0.28, 0.48, 0.4), y=-0.26, z=-0.26), move(box(1, 1, 0.07), z=-0.26)))
    laces = union(*(capsule((-0.13, y, z), (0.13, y, z), 0.045) for y,
                    z in ((0.02, 0.2), (-0.12, 0.12), (-0.26, 0.09))))
    return [Part(cut(cut(upper, opening), move(box(1, 1, 0.3), z=-0.56))), Part(sole, ACCENT), Part(laces, "white")]


def _backpack() -> list[Part]:
    bag = union(move(box(0.42, 0.24, 0.56, 0.18), y=0.06), move(turn(torus(0.12, 0.045), "x", 90), y=0.12, z=0.58))
    pocket = union(move(box(0.3, 0.12, 0.22, 0.08), y=-0.22, z=-0.24),
                   move(box(0.34, 0.06, 0.12, 0.05), y=-0.2, z=0.24))
    straps = mirror(move(cut(turn(torus(0.34, 0.06), "y", 90), move(box(1, 0.3, 1), y=-0.3)), x=0.22, y=0.24))
    return [Part(bag), Part(pocket, ACCENT), Part(straps, "brown")]


def _barrel() -> list[Part]:
    body = intersect(ellipsoid(0.54, 0.54, 1.0), box(1, 1, 0.66))
    hoops = union(*(move(torus(radius, 0.05), z=z) for radius,
                    z in ((0.5, -0.34), (0.5, 0.34), (0.42, -0.6), (0.42, 0.6))))
    return [Part(cut(body, move(cylinder(0.35, 0.1), z=0.7))), Part(hoops, ACCENT)]


def _camera() -> list[Part]:
    body = union(box(0.62, 0.2, 0.38, 0.06), move(box(0.2, 0.17, 0.1, 0.03), z=0.42))
    lens = union(move(turn(cylinder(0.3, 0.18, 0.03), "x", 90), y=-0.3), move(cylinder(0.09, 0.07), x=-0.42, z=0.42))
    glass = union(move(turn(cylinder(0.2, 0.05), "x", 90), y=-0.46), move(box(0.1, 0.03, 0.06), x=0.4, y=-0.19, z=0.24))
    return [Part(body), Part(lens, ACCENT), Part(glass, "cyan")]


def _television() -> list[Part]:
    case = union(box(0.66, 0.3, 0.44, 0.06), mirror(capsule((0.3, 0, -0.42), (0.4, 0, -0.6), 0.06)))
    aerial = mirror(union(capsule((0.02, 0, 0.42), (0.3, 0, 0.76), 0.035), move(sphere(0.055), x=0.3, z=0.76)))
    knobs = union(*(move(sphere(0.065), x=0.52, y=-0.3, z=z) for z in (0.2, 0.0)))
    return [Part(case), Part(move(box(0.42, 0.04, 0.33, 0.03), x=-0.14, y=-0.29), "cyan"),
            Part(union(aerial, knobs), ACCENT)]


def _telephone() -> list[Part]:
    body = union(move(cone(0.56, 0.34, 0.2, 0.05), z=-0.22), mirror(move(box(0.06, 0.1, 0.12, 0.03), x=0.24, z=0.06)))
    receiver = union(capsule((-0.4, 0, 0.24), (0.4, 0, 0.24), 0.09),
                     mirror(move(cone(0.17, 0.12, 0.1, 0.03), x=0.5, z=0.18)))
    dial = turn(move(cylinder(0.24, 0.05, 0.02), z=0.0), "x", 52)
    holes = turn(repeat_around(move(sphere(0.05), x=0.16, z=0.05), 8), "x", 52)
    return [Part(body), Part(receiver, ACCENT), Part(move(dial, y=-0.44, z=-0.18), "white"),
            Part(move(holes, y=-0.44, z=-0.18), "black")]


def _laptop() -> list[Part]:
    lid = move(turn(box(0.66, 0.035, 0.42, 0.03), "x", -14), y=0.44, z=0.1)
    screen = move(turn(box(0.58, 0.03, 0.35), "x", -14), y=0.41, z=0.1)
    keys = union(*(move(box(0.05, 0.05, 0.03), x=x, y=y, z=-0.25)
                   for x in (-0.48, -0.32, -0.16, 0.0, 0.16, 0.32, 0.48) for y in (0.12, -0.04)),
                   move(box(0.2, 0.1, 0.03), y=-0.26, z=-0.25))
    return [Part(union(move(box(0.66, 0.42, 0.05, 0.02), y=-0.06, z=-0.3), lid)), Part(screen, ACCENT),
            Part(keys, "black")]


def _trophy() -> list[Part]:
    bowl = cut(union(move(cone(0.14, 0.42, 0.32, 0.04), z=0.36), move(cylinder(0.08, 0.24), z=-0.16)),
               move(cone(0.1, 0.36, 0.3), z=0.44))
    grips = mirror(move(cut(turn(torus(0.18, 0.05), "x", 90), move(box(0.12, 1, 1), x=-0.14)), x=0.38, z=0.38))
    base = union(move(box(0.32, 0.32, 0.12, 0.02), z=-0.58), move(cone(0.24, 0.12, 0.08), z=-0.38))
    return [Part(union(bowl, grips)), Part(base, ACCENT)]


def _gift() -> list[Part]:
    bow = mirror(move(turn(torus(0.13, 0.055), "x", 90), x=0.16, z=0.58))
    ribbon = union(box(0.1, 0.54, 0.41), box(0.54, 0.1, 0.41),
                   move(union(box(0.1, 0.57, 0.11), box(0.57, 0.1, 0.11)), z=0.25), bow, move(sphere(0.09), z=0.44))
    return [Part(union(box(0.52, 0.52, 0.4, 0.01), move(box(0.55, 0.55, 0.1, 0.02), z=0.25))), Part(ribbon, ACCENT)]


def _planet() -> list[Part]:
    spokes = repeat_around(capsule((0.4, 0, 0), (0.7, 0, 0), 0.04), 4)
    belt = union(intersect(torus(0.71, 0.11), box(1, 1, 0.04)), spokes)
    return [Part(sphere(0.5)), Part(turn(belt, "x", 20), ACCENT)]


def _moon() -> list[Part]:
    crescent = cut(turn(cylinder(0.72, 0.17, 0.06), "x", 90), move(turn(cylinder(0.58, 1), "x", 90), x=0.34, z=0.1))
    return [Part(crescent), Part(move(sphere(0.06), x=-0.42, y=-0.17, z=0.18), "black")]


def _cloud() -> list[Part]:
    puffs = ((-0.5, -0.08, 0.26), (-0.2, 0.12, 0.32), (0.2, 0.2, 0.36), (0.52, -0.06, 0.27), (0.0, -0.1, 0.3))
    shape = blend(0.06, *(move(sphere(radius), x=x, z=z) for x, z, radius in puffs))
    drop = union(move(sphere(0.08), z=-0.05), move(cone(0.07, 0.01, 0.09), z=0.06))
    return [Part(move(cut(shape, move(box(1, 1, 0.3), z=-0.54)), z=0.16)),
            Part(union(*(move(drop, x=x, z=z) for x, z in ((-0.36, -0.16), (0.0, -0.16), (0.36, -0.16)))), ACCENT)]


TOYS: dict[str, Toy] = {
    "dice": Toy(_dice, "dots", "black"),
    "kite": Toy(_kite, "tail"),
    "pawn": Toy(_pawn, "base"),
    "hat": Toy(_hat, "band", "black"),
    "shoe": Toy(_shoe, "sole", "black", ("sneaker",)),
    "backpack": Toy(_backpack, "pocket", synonyms=("rucksack",)),
    "barrel": Toy(_barrel, "hoops"),
    "camera": Toy(_camera, "lens", "black"),
    "television": Toy(_television, "knobs", "black", ("tv",)),
    "telephone": Toy(_telephone, "receiver", synonyms=("phone",)),
    "laptop": Toy(_laptop, "screen", "cyan", ("computer",)),
    "trophy": Toy(_trophy, "base", "brown"),
    "gift": Toy(_gift, "ribbon", "white", ("present",)),
    "planet": Toy(_planet, "belt"),
    "moon": Toy(_moon),
    "cloud": Toy(_cloud, "drops", "blue"),
}
