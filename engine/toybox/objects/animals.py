"""Animals."""

from __future__ import annotations

from engine.toybox.parts import ACCENT, Part, Toy
from engine.toybox.shapes import (
    Shape,
    blend,
    box,
    capsule,
    cone,
    cut,
    cylinder,
    ellipsoid,
    mirror,
    move,
    prism,
    sphere,
    torus,
    turn,
    union,
)


def _legs(x: float, front: float, back: float, top: float, bottom: float, radius: float) -> Shape:
    """Four legs, of which the front pair stands at y = `front` and the other at `back`."""
    half = (back - front) / 2
    return move(mirror(capsule((x, half, top), (x, half, bottom), radius), "xy"), y=(front + back) / 2)


def _dog() -> list[Part]:
    head = union(move(sphere(0.25), y=-0.42, z=0.3), move(box(0.11, 0.15, 0.1, 0.07), y=-0.63, z=0.23))
    body = blend(0.08, move(ellipsoid(0.22, 0.44, 0.22), y=0.08, z=-0.08), capsule((0, -0.24, 0), (0, -0.4, 0.2), 0.15))
    tail = capsule((0, 0.46, 0.02), (0, 0.64, 0.36), 0.06)
    ears = mirror(turn(move(ellipsoid(0.06, 0.11, 0.22), x=0.26, y=-0.4, z=0.2), "y", -4))
    face = union(mirror(move(sphere(0.045), x=0.1, y=-0.64, z=0.38)), move(sphere(0.065), y=-0.78, z=0.28))
    return [Part(union(head, body, tail, _legs(0.14, -0.2, 0.36, -0.2, -0.56, 0.085))), Part(ears, ACCENT),
            Part(face, "black")]


def _rabbit() -> list[Part]:
    body = union(move(ellipsoid(0.32, 0.38, 0.34), y=0.12, z=-0.36), move(sphere(0.24), y=-0.18, z=0.06))
    feet = mirror(move(ellipsoid(0.1, 0.24, 0.09), x=0.2, y=-0.18, z=-0.64))
    ears = mirror(turn(move(ellipsoid(0.075, 0.05, 0.3), x=0.1, y=-0.12, z=0.48), "y", 6))
    eyes = mirror(move(sphere(0.04), x=0.11, y=-0.38, z=0.12))
    return [Part(union(body, feet)), Part(ears, ACCENT), Part(move(sphere(0.12), y=0.5, z=-0.36), "white"),
            Part(eyes, "black"), Part(move(sphere(0.045), y=-0.42, z=0.03), "pink")]


def _pig() -> list[Part]:
    body = union(move(ellipsoid(0.34, 0.5, 0.33), y=0.08, z=-0.08), move(sphere(0.27), y=-0.42, z=0.06))
    ears = mirror(move(cone(0.1, 0.02, 0.1), x=0.17, y=-0.42, z=0.32))
    snout = move(turn(cylinder(0.13, 0.09, 0.03), "x", 90), y=-0.7, z=0.02)
    face = union(mirror(move(sphere(0.04), x=0.12, y=-0.65, z=0.15)),
                 mirror(move(sphere(0.03), x=0.05, y=-0.79, z=0.02)))
    tail = move(turn(torus(0.07, 0.03), "y", 90), y=0.62, z=0.04)
    return [Part(union(body, ears, tail, _legs(0.2, -0.2, 0.34, -0.2, -0.5, 0.1))), Part(snout, ACCENT),
            Part(face, "black")]


def _elephant() -> list[Part]:
    body = union(move(ellipsoid(0.34, 0.44, 0.34), y=0.14, z=0.02), move(sphere(0.27), y=-0.36, z=0.2),
                 _legs(0.2, -0.12, 0.38, -0.1, -0.54, 0.13), capsule((0, 0.56, 0.1), (0, 0.62, -0.2), 0.035))
    trunk = union(capsule((0, -0.58, 0.14), (0, -0.68, -0.2), 0.085),
                  capsule((0, -0.68, -0.2), (0, -0.78, -0.4), 0.065))
    ears = mirror(turn(move(ellipsoid(0.24, 0.06, 0.26), x=0.4, y=-0.3, z=0.24), "z", -12))
    tusks = mirror(capsule((0.12, -0.55, 0.06), (0.14, -0.74, 0.0), 0.04))
    return [Part(union(body, trunk)), Part(ears, ACCENT),
            Part(mirror(move(sphere(0.04), x=0.13, y=-0.59, z=0.29)), "black"),
            Part(tusks, "white")]


def _giraffe() -> list[Part]:
    body = union(move(ellipsoid(0.17, 0.32, 0.18), y=0.14, z=-0.12), _legs(0.11, -0.06, 0.34, -0.15, -0.74, 0.06))
    neck = capsule((0, -0.06, -0.06), (0, -0.24, 0.56), 0.085)
    head = move(turn(ellipsoid(0.11, 0.23, 0.11), "x", 15), y=-0.34, z=0.62)
    horns = mirror(union(capsule((0.06, -0.22, 0.68), (0.07, -0.2, 0.82), 0.03),
                         move(sphere(0.045), x=0.07, y=-0.2, z=0.83)))
    spots = mirror(union(move(sphere(0.09), x=0.12, y=0.02, z=-0.08), move(sphere(0.1), x=0.12, y=0.26, z=-0.1),
                         move(sphere(0.065), x=0.05, y=-0.1, z=0.16), move(sphere(0.06), x=0.05, y=-0.18, z=0.4)))
    tail = capsule((0, 0.44, -0.1), (0, 0.5, -0.4), 0.035)
    return [Part(union(body, neck, head, tail)), Part(union(spots, horns), ACCENT),
            Part(mirror(move(sphere(0.035), x=0.09, y=-0.4, z=0.68)), "black")]


def _horse() -> list[Part]:
    body = union(move(ellipsoid(0.2, 0.42, 0.21), y=0.12, z=-0.06), _legs(0.12, -0.16, 0.4, -0.12, -0.68, 0.07),
                 capsule((0, -0.18, 0.04), (0, -0.4, 0.44), 0.13))
    head = union(capsule((0, -0.4, 0.46), (0, -0.66, 0.28), 0.11),
                 mirror(move(cone(0.05, 0.01, 0.08), x=0.07, y=-0.36, z=0.6)))
    mane = union(capsule((0, -0.06, 0.16), (0, -0.28, 0.52), 0.075), capsule((0, 0.5, 0.04), (0, 0.66, -0.36), 0.07))
    return [Part(union(body, head)), Part(mane, ACCENT),
            Part(mirror(move(sphere(0.035), x=0.1, y=-0.5, z=0.46)), "black")]


def _cow() -> list[Part]:
    body = union(move(box(0.26, 0.44, 0.24, 0.14), y=0.12, z=-0.02), _legs(0.16, -0.16, 0.42, -0.15, -0.58, 0.085),
                 move(box(0.16, 0.18, 0.18, 0.09), y=-0.46, z=0.2), capsule((0, 0.55, 0.1), (0, 0.62, -0.26), 0.035))
    spots = mirror(union(move(sphere(0.16), x=0.18, y=-0.02, z=0.06), move(sphere(0.13), x=0.2, y=0.36, z=-0.06)))
    horns = mirror(capsule((0.12, -0.42, 0.34), (0.24, -0.42, 0.48), 0.045))
    muzzle = move(box(0.14, 0.08, 0.09, 0.06), y=-0.64, z=0.12)
    return [Part(body), Part(spots, ACCENT), Part(muzzle, "pink"), Part(horns, "beige"),
            Part(mirror(move(sphere(0.04), x=0.1, y=-0.62, z=0.27)), "black")]


def _sheep() -> list[Part]:
    curls = [move(sphere(0.19), x=x, y=y, z=z) for x in (-0.18, 0.18) for y in (-0.22, 0.06, 0.34)
             for z in (-0.12, 0.14)]
    wool = union(move(ellipsoid(0.3, 0.44, 0.28), y=0.06), *curls, move(sphere(0.13), y=-0.46, z=0.36))
    face = union(move(ellipsoid(0.14, 0.19, 0.17), y=-0.54, z=0.18),
                 mirror(move(ellipsoid(0.12, 0.06, 0.05), x=0.2, y=-0.46, z=0.22)))
    eyes = mirror(move(sphere(0.04), x=0.08, y=-0.68, z=0.26))
    return [Part(wool), Part(union(face, _legs(0.16, -0.18, 0.3, -0.2, -0.58, 0.075)), ACCENT), Part(eyes, "white")]


def _frog() -> list[Part]:
    body = union(move(ellipsoid(0.42, 0.46, 0.28), y=0.06, z=-0.22), move(ellipsoid(0.36, 0.28, 0.22), y=-0.28, z=0.04))
    thighs = mirror(union(move(ellipsoid(0.14, 0.3, 0.2), x=0.44, y=0.22, z=-0.28),
                          move(ellipsoid(0.16, 0.22, 0.06), x=0.5, y=-0.06, z=-0.46)))
    arms = mirror(union(capsule((0.26, -0.3, -0.15), (0.32, -0.46, -0.44), 0.075),
                        move(ellipsoid(0.12, 0.14, 0.05), x=0.33, y=-0.52, z=-0.47)))
    bumps = mirror(move(sphere(0.13), x=0.2, y=-0.32, z=0.26))
    belly = move(ellipsoid(0.28, 0.2, 0.2), y=-0.36, z=-0.18)
    return [Part(union(body, thighs, arms, bumps)), Part(belly, ACCENT),
            Part(mirror(move(sphere(0.075), x=0.22, y=-0.41, z=0.3)), "black")]


def _bear() -> list[Part]:
    body = union(move(ellipsoid(0.32, 0.27, 0.36), z=-0.26), move(sphere(0.29), z=0.3),
                 mirror(move(sphere(0.11), x=0.23, z=0.52)))
    arms = mirror(capsule((0.28, -0.04, -0.06), (0.46, -0.2, -0.24), 0.11))
    legs = mirror(capsule((0.2, -0.08, -0.52), (0.26, -0.36, -0.54), 0.13))
    face = union(mirror(move(sphere(0.04), x=0.11, y=-0.26, z=0.38)),
                 move(ellipsoid(0.06, 0.05, 0.045), y=-0.39, z=0.29))
    pads = union(move(ellipsoid(0.14, 0.13, 0.11), y=-0.27, z=0.23), move(ellipsoid(0.2, 0.1, 0.24), y=-0.2, z=-0.24))
    return [Part(union(body, arms, legs)), Part(pads, ACCENT), Part(face, "black")]


def _dinosaur() -> list[Part]:
    body = blend(0.1, move(ellipsoid(0.25, 0.38, 0.26), y=0.1, z=-0.14), capsule((0, -0.2, 0), (0, -0.42, 0.5), 0.11),
                 capsule((0, 0.4, -0.12), (0, 0.76, -0.36), 0.07))
    head = move(ellipsoid(0.13, 0.22, 0.13), y=-0.52, z=0.56)
    heights = ((-0.2, 0.16), (0.0, 0.2), (0.2, 0.17), (0.4, 0.06), (0.57, -0.1))
    plates = union(*(move(cone(0.11, 0.02, 0.1), y=y, z=z) for y, z in heights))
    return [Part(union(body, head, _legs(0.16, -0.08, 0.3, -0.2, -0.56, 0.1))), Part(plates, ACCENT),
            Part(mirror(move(sphere(0.04), x=0.1, y=-0.6, z=0.62)), "black")]


def _turtle() -> list[Part]:
    dome = cut(move(ellipsoid(0.5, 0.56, 0.42), y=0.06, z=-0.16), move(box(1, 1, 0.3), z=-0.5))
    body = move(ellipsoid(0.44, 0.5, 0.1), y=0.06, z=-0.2)
    head = union(capsule((0, -0.4, -0.16), (0, -0.62, 0.04), 0.1), move(sphere(0.16), y=-0.66, z=0.08))
    legs = mirror(move(mirror(capsule((0.34, 0.34, -0.22), (0.42, 0.42, -0.42), 0.1), "y"), y=0.06))
    eyes = mirror(move(sphere(0.04), x=0.09, y=-0.78, z=0.14))
    return [Part(union(body, head, legs, capsule((0, 0.5, -0.22), (0, 0.74, -0.28), 0.05))), Part(dome, ACCENT),
            Part(eyes, "black")]


def _snail() -> list[Part]:
    foot = union(capsule((0, 0.6, -0.46), (0, -0.44, -0.44), 0.13), capsule((0, -0.44, -0.42), (0, -0.58, -0.06), 0.12))
    horns = mirror(capsule((0.06, -0.58, 0.0), (0.14, -0.68, 0.26), 0.035))
    shell = move(turn(cylinder(0.4, 0.2, 0.14), "y", 90), y=0.14, z=0.02)
    coil = move(turn(union(torus(0.26, 0.08), move(cylinder(0.1, 0.08, 0.04))), "y", 90), y=0.14, z=0.02)
    return [Part(union(foot, horns)), Part(union(shell, mirror(move(coil, x=0.18))), ACCENT),
            Part(mirror(move(sphere(0.055), x=0.15, y=-0.69, z=0.29)), "black")]


def _crab() -> list[Part]:
    body = move(ellipsoid(0.4, 0.3, 0.2), z=-0.1)
    legs = mirror(union(*(capsule((0.3, y, -0.14), (0.62, 1.8 * y, -0.4), 0.055) for y in (-0.08, 0.08, 0.22))))
    arms = mirror(capsule((0.3, -0.16, -0.06), (0.58, -0.4, 0.06), 0.065))
    mouth = prism([(0.0, 0.0), (0.13, 0.3), (-0.09, 0.3)], 0.3)
    claws = mirror(move(cut(ellipsoid(0.19, 0.11, 0.23), mouth), x=0.56, y=-0.46, z=0.22))
    stalks = mirror(capsule((0.12, -0.22, 0.02), (0.12, -0.26, 0.2), 0.035))
    return [Part(union(body, legs, arms, stalks)), Part(claws, ACCENT),
            Part(mirror(move(sphere(0.065), x=0.12, y=-0.27, z=0.24)), "black")]


ANIMALS: dict[str, Toy] = {
    "dog": Toy(_dog, "ears", "brown"),
    "rabbit": Toy(_rabbit, "ears", synonyms=("bunny",)),
    "pig": Toy(_pig, "snout", "pink"),
    "elephant": Toy(_elephant, "ears"),
    "giraffe": Toy(_giraffe, "spots", "brown"),
    "horse": Toy(_horse, "mane", "black", ("pony",)),
    "cow": Toy(_cow, "spots", "black"),
    "sheep": Toy(_sheep, "face", "black"),
    "frog": Toy(_frog, "belly", "lime"),
    "bear": Toy(_bear, "belly", "beige", ("teddy bear",)),
    "dinosaur": Toy(_dinosaur, "spikes", "orange"),
    "turtle": Toy(_turtle, "shell", "olive", ("tortoise",)),
    "snail": Toy(_snail, "shell", "brown"),
    "crab": Toy(_crab, "claws"),
}
