"""The objects of the Toybox world.

Everything is at rest around the origin inside the scene's sphere of radius 1, z up, its front towards -y. To add an
object, write a function that returns its parts in one of the files of `engine/toybox/objects/` and name it in the table
at that file's end; to have the prior learn it, name it in `TAUGHT` and train.
"""

from __future__ import annotations

from engine.toybox.objects.animals import ANIMALS
from engine.toybox.objects.buildings import BUILDINGS
from engine.toybox.objects.creatures import CREATURES
from engine.toybox.objects.food import FOOD
from engine.toybox.objects.furniture import FURNITURE
from engine.toybox.objects.household import HOUSEHOLD
from engine.toybox.objects.instruments import INSTRUMENTS
from engine.toybox.objects.kitchen import KITCHEN
from engine.toybox.objects.landmarks import LANDMARKS
from engine.toybox.objects.machines import MACHINES
from engine.toybox.objects.nature import NATURE
from engine.toybox.objects.solids import SOLIDS, STACKS
from engine.toybox.objects.things import THINGS
from engine.toybox.objects.tools import TOOLS
from engine.toybox.objects.toys import TOYS
from engine.toybox.objects.vehicles import VEHICLES
from engine.toybox.objects.wildlife import WILDLIFE
from engine.toybox.parts import Toy

FIRST_OBJECTS: dict[str, Toy] = SOLIDS | STACKS | HOUSEHOLD | NATURE | BUILDINGS | VEHICLES | CREATURES | THINGS
"""The objects of the first vocabulary."""

OBJECTS: dict[str, Toy] = (
    FIRST_OBJECTS | ANIMALS | WILDLIFE | FOOD | KITCHEN | FURNITURE | LANDMARKS | MACHINES | TOOLS
    | INSTRUMENTS | TOYS
)
"""Every object that can be rendered, by its name."""

TAUGHT: dict[str, int] = {
    "ball": 2, "cube": 2, "cylinder": 2, "cone": 2, "mushroom": 3, "donut": 4, "tree": 4, "bottle": 3,
    "mug": 12, "chair": 9, "snowman": 9, "car": 10, "duck": 9, "robot": 10, "rocket": 9, "house": 6,
    "table": 5, "lamp": 3, "sofa": 9, "cactus": 6, "boat": 6, "fish": 9, "cake": 3, "ice-cream": 3, "star": 3,
    "heart": 3,
    "bowl": 4, "stool": 5, "vase": 4, "barbell": 4, "lighthouse": 5, "key": 5, "crown": 6, "hammer": 5, "book": 5,
    "clock": 5, "flower": 5, "palm": 5, "castle": 5, "bed": 8, "teapot": 9, "bus": 7, "aeroplane": 9, "train": 11,
    "cat": 9,
} | dict.fromkeys(STACKS, 2)
"""The objects that the shipped prior was taught, and how often each is drawn beside the others: more often those with a
front, many parts or thin ones. An object that is left out is unknown to it, and a run says so."""
