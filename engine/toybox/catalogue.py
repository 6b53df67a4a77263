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

OBJECTS: dict[str, Toy] = (
    SOLIDS | STACKS | HOUSEHOLD | NATURE | BUILDINGS | VEHICLES | CREATURES | THINGS | ANIMALS | WILDLIFE | FOOD
    | KITCHEN | FURNITURE | LANDMARKS | MACHINES | TOOLS | INSTRUMENTS | TOYS
)
"""Every object that can be rendered, by its name."""

TAUGHT: dict[str, int] = {
    "ball": 4, "cube": 4, "cone": 4, "cylinder": 4, "table": 10, "chair": 18, "stool": 10, "sofa": 18, "bed": 16,
    "lamp": 8, "mug": 26, "bowl": 8, "bottle": 6, "vase": 8, "teapot": 18, "mushroom": 6, "tree": 8, "palm": 10,
    "cactus": 12, "flower": 10, "snowman": 18, "house": 20, "castle": 14, "lighthouse": 10, "rocket": 20, "car": 20,
    "bus": 14, "boat": 12, "aeroplane": 18, "train": 22, "robot": 20, "duck": 18, "fish": 18, "cat": 18, "donut": 8,
    "ice-cream": 6, "cake": 6, "barbell": 8, "book": 10, "clock": 10, "hammer": 10, "key": 10, "crown": 14,
    "star": 6, "heart": 6, "dog": 9, "rabbit": 9, "pig": 9, "elephant": 9, "giraffe": 9, "horse": 9, "cow": 9,
    "sheep": 9, "frog": 9, "bear": 9, "dinosaur": 9, "turtle": 9, "bird": 9, "owl": 6, "penguin": 9, "whale": 6,
    "octopus": 9, "shark": 6, "apple": 4, "pear": 4, "banana": 6, "carrot": 6, "pumpkin": 4, "strawberry": 6,
    "burger": 6, "pizza": 6, "cupcake": 6, "egg": 4, "pan": 6, "plate": 4, "jug": 6, "spoon": 6, "wineglass": 6,
    "bench": 6, "bookshelf": 6, "armchair": 9, "candle": 6, "umbrella": 9, "church": 9, "windmill": 9, "tent": 6,
    "igloo": 6, "pyramid": 4, "truck": 9, "tractor": 9, "helicopter": 9, "submarine": 9, "ufo": 6, "axe": 6,
    "sword": 6, "shield": 6, "bucket": 6, "guitar": 9, "drum": 6, "piano": 9, "dice": 4, "hat": 6, "shoe": 6,
    "camera": 9, "television": 6, "trophy": 6, "gift": 6,
} | dict.fromkeys(STACKS, 4)
"""The objects that the shipped prior was taught, and how often each is drawn beside the others: more often those with a
front, many parts or thin ones. An object that is left out is unknown to it, and a run says so."""
