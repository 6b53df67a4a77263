"""Birds, insects and what lives in the sea."""

from __future__ import annotations

from engine.toybox.parts import ACCENT, Part, Toy
from engine.toybox.shapes import (
    blend,
    capsule,
    cone,
    cylinder,
    ellipsoid,
    mirror,
    move,
    prism,
    repeat_around,
    sphere,
    turn,
    union,
)


def _bird() -> list[Part]:
    tail = move(turn(ellipsoid(0.12, 0.3, 0.05), "x", -20), y=0.52, z=0.02)
    body = union(blend(0.1, move(ellipsoid(0.27, 0.4, 0.27), z=-0.08), move(sphere(0.22), y=-0.3, z=0.24)), tail)
    wings = mirror(move(turn(ellipsoid(0.06, 0.3, 0.17), "x", -15), x=0.27, y=0.1, z=-0.02))
    beak = move(turn(cone(0.08, 0.01, 0.12), "x", 90), y=-0.6, z=0.24)
    legs = mirror(union(capsule((0.1, 0, -0.3), (0.1, 0, -0.58), 0.035),
                        capsule((0.1, 0.04, -0.58), (0.1, -0.16, -0.58), 0.04)))
    return [Part(body), Part(wings, ACCENT), Part(union(beak, legs), "orange"),
            Part(mirror(move(sphere(0.04), x=0.12, y=-0.47, z=0.32)), "black")]


def _owl() -> list[Part]:
    body = union(move(ellipsoid(0.38, 0.32, 0.5), z=-0.14), move(ellipsoid(0.36, 0.3, 0.28), z=0.3),
                 mirror(move(turn(cone(0.1, 0.01, 0.14), "y", 20), x=0.24, y=-0.04, z=0.58)))
    wings = mirror(move(ellipsoid(0.09, 0.22, 0.38), x=0.38, y=0.04, z=-0.16))
    discs = mirror(move(ellipsoid(0.15, 0.06, 0.15), x=0.15, y=-0.26, z=0.34))
    beak = move(cone(0.01, 0.07, 0.09), y=-0.33, z=0.22)
    feet = mirror(move(ellipsoid(0.1, 0.14, 0.06), x=0.16, y=-0.16, z=-0.62))
    return [Part(body), Part(wings, ACCENT), Part(discs, "white"), Part(union(beak, feet), "orange"),
            Part(mirror(move(sphere(0.07), x=0.14, y=-0.3, z=0.34)), "black")]


def _penguin() -> list[Part]:
    body = blend(0.1, move(ellipsoid(0.33, 0.3, 0.46), z=-0.18), move(sphere(0.25), z=0.42))
    flippers = mirror(turn(move(ellipsoid(0.07, 0.15, 0.32), x=0.37, z=-0.06), "y", -8))
    belly = union(move(ellipsoid(0.25, 0.16, 0.36), y=-0.19, z=-0.18),
                  mirror(move(ellipsoid(0.11, 0.08, 0.12), x=0.09, y=-0.2, z=0.42)))
    beak = move(turn(cone(0.08, 0.02, 0.12), "x", 90), y=-0.34, z=0.36)
    feet = mirror(move(ellipsoid(0.13, 0.2, 0.06), x=0.16, y=-0.12, z=-0.66))
    return [Part(union(body, flippers)), Part(belly, ACCENT), Part(union(beak, feet), "orange"),
            Part(mirror(move(sphere(0.045), x=0.09, y=-0.27, z=0.46)), "black")]


def _whale() -> list[Part]:
    body = blend(0.15, move(ellipsoid(0.36, 0.5, 0.34), y=-0.16, z=-0.08),
                 capsule((0, 0.2, -0.06), (0, 0.62, 0.22), 0.1))
    flukes = mirror(move(turn(ellipsoid(0.24, 0.13, 0.05), "z", 25), x=0.18, y=0.72, z=0.28))
    fins = mirror(move(turn(ellipsoid(0.22, 0.12, 0.05), "y", 25), x=0.42, y=-0.12, z=-0.24))
    belly = move(ellipsoid(0.32, 0.45, 0.26), y=-0.2, z=-0.19)
    spout = union(capsule((0, -0.2, 0.2), (0, -0.2, 0.48), 0.045),
                  mirror(capsule((0, -0.2, 0.48), (0.16, -0.2, 0.58), 0.05)))
    return [Part(union(body, flukes, fins)), Part(belly, ACCENT), Part(spout, "cyan"),
            Part(mirror(move(sphere(0.045), x=0.29, y=-0.42, z=0.02)), "black")]


def _octopus() -> list[Part]:
    arm = union(capsule((0.2, 0, -0.22), (0.46, 0, -0.48), 0.1), capsule((0.46, 0, -0.48), (0.72, 0, -0.4), 0.075))
    head = blend(0.1, move(ellipsoid(0.38, 0.36, 0.42), z=0.2), move(sphere(0.26), z=-0.2))
    suckers = turn(repeat_around(move(sphere(0.08), x=0.74, z=-0.38), 8), "z", 22.5)
    eyes = mirror(move(sphere(0.1), x=0.15, y=-0.3, z=0.1))
    return [Part(union(head, turn(repeat_around(arm, 8), "z", 22.5))), Part(suckers, ACCENT), Part(eyes, "white"),
            Part(mirror(move(sphere(0.055), x=0.15, y=-0.37, z=0.1)), "black")]


def _butterfly() -> list[Part]:
    upper = move(turn(ellipsoid(0.38, 0.045, 0.25), "y", -35), x=0.38, z=0.24)
    lower = move(turn(ellipsoid(0.28, 0.045, 0.19), "y", 35), x=0.3, z=-0.26)
    body = union(capsule((0, 0, -0.4), (0, 0, 0.3), 0.075), move(sphere(0.11), z=0.36),
                 mirror(union(capsule((0.03, 0, 0.4), (0.16, 0, 0.66), 0.03), move(sphere(0.045), x=0.16, z=0.67))))
    spots = mirror(union(move(ellipsoid(0.12, 0.065, 0.12), x=0.48, z=0.3),
                         move(ellipsoid(0.1, 0.065, 0.1), x=0.34, z=-0.28)))
    return [Part(mirror(union(upper, lower))), Part(spots, ACCENT), Part(body, "black")]


def _bee() -> list[Part]:
    body = turn(ellipsoid(0.3, 0.3, 0.5), "x", 90)
    stripes = union(*(move(turn(cylinder(r, 0.065), "x", 90), y=y) for y, r in ((-0.06, 0.307), (0.2, 0.286))),
                    move(turn(cone(0.01, 0.08, 0.1), "x", 90), y=0.54))
    wings = mirror(move(turn(ellipsoid(0.3, 0.17, 0.045), "y", -30), x=0.28, y=0.04, z=0.4))
    head = move(sphere(0.22), y=-0.46, z=0.04)
    feelers = mirror(union(capsule((0.08, -0.54, 0.2), (0.14, -0.64, 0.38), 0.03),
                           move(sphere(0.045), x=0.14, y=-0.64, z=0.39)))
    return [Part(body), Part(wings, ACCENT), Part(union(stripes, head, feelers), "black"),
            Part(mirror(move(sphere(0.06), x=0.1, y=-0.64, z=0.08)), "white")]


def _spider() -> list[Part]:
    leg = union(capsule((0.12, 0, -0.06), (0.42, 0, 0.26), 0.05), capsule((0.42, 0, 0.26), (0.72, 0, -0.34), 0.045))
    legs = mirror(union(*(move(turn(leg, "z", angle), y=-0.04) for angle in (-38, -13, 13, 38))))
    body = union(move(ellipsoid(0.32, 0.34, 0.28), y=0.34, z=0.06), move(sphere(0.2), y=-0.12))
    eyes = mirror(union(move(sphere(0.06), x=0.08, y=-0.28, z=0.08), move(sphere(0.04), x=0.15, y=-0.22, z=0.14)))
    return [Part(body), Part(legs, ACCENT), Part(eyes, "white")]


def _shark() -> list[Part]:
    body = blend(0.1, move(turn(ellipsoid(0.24, 0.24, 0.6), "x", 90), y=-0.08),
                 capsule((0, 0.3, 0.02), (0, 0.64, 0.08), 0.07))
    back = turn(prism([(-0.1, 0.0), (0.22, 0.0), (0.2, 0.34)], 0.045), "z", 90)
    tail = turn(prism([(0.0, 0.0), (0.26, 0.38), (0.14, 0.04), (0.2, -0.26)], 0.045), "z", 90)
    fins = mirror(move(turn(ellipsoid(0.26, 0.12, 0.045), "y", 25), x=0.3, y=-0.06, z=-0.16))
    belly = move(turn(ellipsoid(0.2, 0.17, 0.5), "x", 90), y=-0.12, z=-0.1)
    return [Part(union(body, move(back, y=-0.08, z=0.18), move(tail, y=0.58, z=0.08), fins)), Part(belly, ACCENT),
            Part(mirror(move(sphere(0.04), x=0.16, y=-0.46, z=0.08)), "black")]


WILDLIFE: dict[str, Toy] = {
    "bird": Toy(_bird, "wings"),
    "owl": Toy(_owl, "wings"),
    "penguin": Toy(_penguin, "belly", "white"),
    "whale": Toy(_whale, "belly", "white"),
    "octopus": Toy(_octopus, "suckers"),
    "butterfly": Toy(_butterfly, "spots"),
    "bee": Toy(_bee, "wings", "white"),
    "spider": Toy(_spider, "legs"),
    "shark": Toy(_shark, "belly", "white"),
}
