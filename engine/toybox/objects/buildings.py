"""Buildings."""

from __future__ import annotations

from engine.toybox.parts import ACCENT, Part, Toy
from engine.toybox.shapes import box, cone, cylinder, intersect, mirror, move, prism, repeat_around, union


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
    slabs = union(move(box(1, 1, 0.09), z=-0.5), move(box(1, 1, 0.09), z=0.0))
    bands = intersect(move(cone(0.335, 0.215, 0.5), z=-0.28), slabs)
    room = move(cylinder(0.14, 0.13), z=0.38)
    roof = union(move(cone(0.22, 0.02, 0.13), z=0.62), move(cylinder(0.28, 0.03), z=0.24))
    return [Part(tower, "white"), Part(union(bands, roof)), Part(room, ACCENT)]


BUILDINGS: dict[str, Toy] = {
    "house": Toy(_house, "roof", "brown"),
    "castle": Toy(_castle, "door", "brown", ("castle tower", "tower")),
    "lighthouse": Toy(_lighthouse, "lantern", "yellow"),
}
