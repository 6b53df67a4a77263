"""More vehicles."""

from __future__ import annotations

from engine.toybox.objects.vehicles import four_wheels
from engine.toybox.parts import ACCENT, Part, Toy
from engine.toybox.shapes import (
    box,
    capsule,
    cone,
    cut,
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


def _truck() -> list[Part]:
    cab = union(move(box(0.3, 0.22, 0.3, 0.05), y=-0.5, z=0.04), move(box(0.28, 0.76, 0.06), z=-0.26))
    load = move(box(0.33, 0.51, 0.38, 0.03), y=0.23, z=0.16)
    glass = union(move(box(0.24, 0.23, 0.1), y=-0.51, z=0.14), move(box(0.31, 0.13, 0.1), y=-0.5, z=0.14))
    lights = mirror(move(sphere(0.055), x=0.2, y=-0.73, z=-0.14))
    return [Part(cab), Part(load, ACCENT), Part(glass, "teal"),
            Part(union(four_wheels(0.29, 0.48, -0.34, 0.15),
                       mirror(move(turn(cylinder(0.15, 0.07, 0.02), "y", 90), x=0.29, y=0.12, z=-0.34))), "black"),
            Part(lights, "yellow")]


def _tractor() -> list[Part]:
    hood = union(move(box(0.2, 0.4, 0.18, 0.05), y=-0.32, z=-0.08), move(box(0.26, 0.22, 0.14, 0.03), y=0.26, z=-0.12))
    posts = mirror(move(mirror(capsule((0.22, 0.18, 0), (0.22, 0.18, 0.44), 0.04), "y"), y=0.26))
    roof = move(box(0.32, 0.28, 0.045, 0.02), y=0.26, z=0.48)
    big = mirror(move(turn(cylinder(0.36, 0.1, 0.04), "y", 90), x=0.36, y=0.32, z=-0.24))
    small = mirror(move(turn(cylinder(0.2, 0.08, 0.03), "y", 90), x=0.28, y=-0.46, z=-0.4))
    hubs = mirror(union(move(turn(cylinder(0.17, 0.12), "y", 90), x=0.36, y=0.32, z=-0.24),
                        move(turn(cylinder(0.09, 0.1), "y", 90), x=0.28, y=-0.46, z=-0.4)))
    return [Part(union(hood, posts)), Part(roof, ACCENT),
            Part(union(big, small, capsule((0, -0.42, 0), (0, -0.42, 0.36), 0.05)), "black"), Part(hubs, "yellow")]


def _helicopter() -> list[Part]:
    body = union(move(ellipsoid(0.27, 0.4, 0.28), y=-0.22, z=-0.02),
                 move(turn(cone(0.05, 0.15, 0.34), "x", 90), y=0.38, z=0.06),
                 move(box(0.04, 0.09, 0.2, 0.02), y=0.7, z=0.14))
    blades = turn(union(box(0.7, 0.06, 0.03), box(0.06, 0.7, 0.03)), "z", 30)
    rotor = union(move(blades, y=-0.16, z=0.42), move(cylinder(0.05, 0.1), y=-0.16, z=0.32),
                  move(turn(cylinder(0.15, 0.03), "y", 90), x=0.06, y=0.7, z=0.2))
    skids = mirror(union(capsule((0.24, -0.54, -0.46), (0.24, 0.2, -0.46), 0.045),
                         *(capsule((0.24, y, -0.46), (0.14, y, -0.2), 0.04) for y in (-0.36, 0.02))))
    return [Part(body), Part(rotor, ACCENT), Part(move(ellipsoid(0.22, 0.24, 0.2), y=-0.42, z=0.05), "teal"),
            Part(skids, "black")]


def _submarine() -> list[Part]:
    hull = union(turn(capsule((0, 0, -0.46), (0, 0, 0.46), 0.28), "x", 90),
                 mirror(move(box(0.14, 0.1, 0.04), x=0.2, y=0.62)), move(box(0.04, 0.1, 0.28), y=0.66))
    tower = union(move(box(0.12, 0.22, 0.16, 0.06), y=-0.04, z=0.36), capsule((0, 0, 0.4), (0, 0, 0.68), 0.045),
                  capsule((0, 0, 0.68), (0, -0.14, 0.68), 0.05))
    screw = turn(repeat_around(move(ellipsoid(0.12, 0.07, 0.04), x=0.12), 4), "x", 90)
    windows = mirror(union(*(move(turn(cylinder(0.08, 0.05), "y", 90), x=0.26, y=y, z=0.04)
                             for y in (-0.4, -0.1, 0.2))))
    return [Part(hull), Part(tower, ACCENT), Part(windows, "cyan"), Part(move(screw, y=0.78), "gray")]


def _tank() -> list[Part]:
    hull = union(move(box(0.3, 0.56, 0.13, 0.04), z=-0.12), move(box(0.46, 0.58, 0.04, 0.02), z=-0.02))
    turret = union(move(cylinder(0.28, 0.14, 0.05), y=0.1, z=0.12), move(cylinder(0.11, 0.06), y=0.14, z=0.28),
                   capsule((0, 0.0, 0.14), (0, -0.84, 0.18), 0.06))
    tracks = mirror(move(turn(capsule((0, 0, -0.44), (0, 0, 0.44), 0.16), "x", 90), x=0.36, z=-0.24))
    flat = intersect(tracks, mirror(move(box(0.12, 1, 1), x=0.38)))
    rollers = mirror(union(*(move(turn(cylinder(0.09, 0.04), "y", 90), x=0.5, y=y, z=-0.24)
                             for y in (-0.42, -0.14, 0.14, 0.42))))
    return [Part(hull), Part(turret, ACCENT), Part(flat, "black"), Part(rollers, "gray")]


def _ufo() -> list[Part]:
    saucer = union(move(ellipsoid(0.8, 0.8, 0.2), z=-0.06), move(cylinder(0.3, 0.06, 0.03), z=-0.26))
    lights = repeat_around(move(sphere(0.075), x=0.68, z=0.02), 8)
    return [Part(saucer), Part(intersect(move(sphere(0.36), z=0.08), move(box(1, 1, 0.4), z=0.44)), ACCENT),
            Part(lights, "yellow")]


def _balloon() -> list[Part]:
    hull = union(move(sphere(0.48), z=0.34), move(cone(0.16, 0.42, 0.16), z=-0.06))
    ribs = repeat_around(cut(move(turn(torus(0.48, 0.05), "x", 90), z=0.34), move(box(1, 1, 0.3), z=-0.2)), 6)
    basket = cut(move(box(0.16, 0.16, 0.13, 0.02), z=-0.66), move(box(0.12, 0.12, 0.12), z=-0.58))
    ropes = mirror(capsule((0.15, 0.15, -0.56), (0.14, 0.14, -0.16), 0.03), "xy")
    return [Part(hull), Part(ribs, ACCENT), Part(union(basket, ropes), "brown")]


def _wagon() -> list[Part]:
    tub = cut(move(box(0.34, 0.54, 0.18, 0.03), y=0.14, z=-0.08), move(box(0.28, 0.48, 0.18), y=0.14, z=0.02))
    pull = union(capsule((0, -0.38, -0.2), (0, -0.74, 0.3), 0.05),
                 capsule((-0.14, -0.74, 0.3), (0.14, -0.74, 0.3), 0.055))
    return [Part(tub), Part(pull, ACCENT), Part(move(four_wheels(0.34, 0.32, -0.34, 0.18), y=0.14), "black")]


MACHINES: dict[str, Toy] = {
    "truck": Toy(_truck, "load", synonyms=("lorry",)),
    "tractor": Toy(_tractor, "roof"),
    "helicopter": Toy(_helicopter, "rotor", "black"),
    "submarine": Toy(_submarine, "periscope"),
    "tank": Toy(_tank, "turret"),
    "ufo": Toy(_ufo, "dome", "cyan", ("flying saucer",)),
    "balloon": Toy(_balloon, "ribs"),
    "wagon": Toy(_wagon, "handle", "black"),
}
