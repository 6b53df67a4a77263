"""The Toybox prior's vocabulary for `engine.run.words`: what it was taught, and what people say for it.

    python -m engine.toybox.words engine/toybox/weights

writes it anew beside weights that are there already; training writes it too.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PIL import ImageColor

from engine.run.atomic import atomic_write_json
from engine.run.words import WORDS, Words
from engine.srgb import to_linear
from engine.toybox.captions import SHADING_WORDS, taught_words
from engine.toybox.catalogue import OBJECTS
from engine.toybox.colours import COLOURS

SAME = {
    "ball": "orb, globe", "barbell": "dumbbell", "boat": "sailboat, sailing boat", "brown": "chocolate", "bus": "coach",
    "cactus": "cacti",
    "car": "automobile, motor car", "cat": "kitty", "clock": "alarm clock", "cube": "block", "cylinder": "tube",
    "donut": "torus", "ice-cream": "ice cream cone, gelato", "key": "door key", "lamp": "desk lamp, table lamp",
    "lighthouse": "beacon", "mug": "teacup, coffee cup, coffee mug", "mushroom": "toadstool", "robot": "android",
    "rocket": "rocket ship, space rocket, spaceship", "sofa": "settee", "snowman": "snowmen", "palm": "coconut palm",
    "train": "locomotive, steam engine", "tree": "fir tree, fir, conifer", "aeroplane": "aircraft",
    "balloon": "hot air balloon", "bear": "teddy", "bookshelf": "bookcase", "butterfly": "butterflies",
    "candle": "candlestick", "cherry": "cherries", "dice": "die", "knife": "knives",
    "moon": "crescent", "rabbit": "bunnies", "saucepan": "cooking pot", "strawberry": "strawberries",
    "television": "telly, tv set", "ufo": "spacecraft",
    "striped": "stripy, stripey", "spotted": "spotty, dotted, polka dot, polka dotted",
    "checkered": "chequered, checked, checkerboard, chequerboard", "tall": "high, lofty", "short": "low, squat",
    "wide": "broad", "thin": "narrow, slim, slender, skinny", "tiny": "small, little, mini, miniature, minuscule",
    "beside": "next to, alongside",
    "navy": "navy blue", "lime": "lime green", "olive": "olive green",
    "centre": "center",
    "icing": "frosting", "photo": "photograph, picture, image, render, rendering",
    "on top of": "atop", "with": "having", "and": "&",
}  # fmt: skip
"""By what Toybox calls a thing, what else it is called; the catalogue's own synonyms are added."""
NEAR = {
    "cat": "dog puppy kitten wolf fox lion tiger bear horse cow pig sheep rabbit mouse zebra elephant animal monkey",
    "duck": "bird goose swan chicken hen penguin owl eagle parrot", "fish": "shark whale dolphin trout goldfish",
    "snowman": "man woman person boy girl child human figure doll", "robot": "alien monster machine toy knight",
    "car": "truck lorry van taxi jeep motorcycle bike bicycle tractor tank", "bus": "tram caravan",
    "boat": "ship yacht canoe kayak submarine", "aeroplane": "jet helicopter glider drone", "rocket": "missile ufo",
    "crown": "hat helmet ring necklace", "chair": "armchair throne bench", "table": "desk counter",
    "bed": "cot mattress hammock", "bowl": "plate dish pan basin bathtub", "mug": "glass goblet beaker",
    "bottle": "flask can jar", "vase": "urn amphora", "teapot": "jug pitcher kettle", "lamp": "light candle",
    "book": "notebook magazine", "clock": "watch", "hammer": "axe tool mallet sword", "key": "lock",
    "barbell": "weight", "house": "cottage cabin hut home building barn shed church", "castle": "palace fortress",
    "lighthouse": "skyscraper windmill", "tree": "bush plant forest oak", "flower": "rose tulip daisy sunflower",
    "cake": "cupcake pie muffin bread pizza burger", "ball": "apple planet moon egg football pumpkin",
    "ice-cream": "lolly", "donut": "bagel tyre tire wheel", "heart": "love", "star": "sun",
    "dog": "puppy wolf fox", "bear": "panda koala", "horse": "zebra donkey unicorn", "cow": "bull ox",
    "sheep": "lamb goat",
    "rabbit": "hare mouse hamster", "pig": "boar piglet", "elephant": "rhino hippo mammoth", "giraffe": "camel llama",
    "dinosaur": "dragon lizard crocodile", "frog": "toad", "snail": "slug worm", "crab": "lobster",
    "bird": "eagle parrot sparrow pigeon", "penguin": "puffin", "whale": "dolphin", "octopus": "squid jellyfish",
    "bee": "wasp fly", "butterfly": "moth dragonfly", "spider": "ant beetle", "apple": "peach",
    "carrot": "radish parsnip",
    "pumpkin": "melon", "burger": "sandwich", "cupcake": "pie", "cherry": "berry", "lollipop": "lolly candy",
    "plate": "dish tray", "pan": "wok", "saucepan": "cauldron", "wineglass": "glass", "jug": "carafe", "spoon": "ladle",
    "wardrobe": "closet cabinet", "bookshelf": "shelf", "armchair": "throne", "church": "chapel temple mosque",
    "tent": "tipi", "truck": "van", "tractor": "digger bulldozer", "helicopter": "drone", "wagon": "cart",
    "axe": "hatchet", "sword": "dagger", "shovel": "rake", "wrench": "pliers", "screwdriver": "drill",
    "guitar": "banjo ukulele",
    "piano": "organ keyboard", "trumpet": "horn trombone", "drum": "tambourine", "hat": "helmet", "shoe": "boot sandal",
    "backpack": "bag suitcase", "laptop": "tablet", "television": "monitor", "gift": "parcel", "planet": "saturn",
}  # fmt: skip
"""By what Toybox knows, what is akin to it: a word that is there twice is nearest to the last that was taught."""
SILENT = "my your our his her their its some one this please s coloured colored"
"""What can be left out of a prompt."""
SHADES = "light dark deep pale bright vivid pastel"
"""Toybox knows one shade of each colour."""

FROM_LINEAR = np.array([
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
])  # fmt: skip
TO_OKLAB = np.array([
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
])  # fmt: skip
LIGHTNESS = 0.3
"""How much a difference in lightness counts beside one in hue: people say navy for a blue, not for a black."""


def vocabulary(objects: Iterable[str], colours: Iterable[str], traits: Iterable[str] = ()) -> Words:
    """The words for a prior that was taught these objects of the catalogue in these colours, one at least, and with
    these traits."""
    names = [name for name in objects if name in OBJECTS]
    seen = nearest_colours(colours)
    known = taught_words(names, set(seen.values()), traits)
    single = [name for name in names if not OBJECTS[name].composed]
    # What says how an image is shaded is for the engine to say: in a prompt it would ask for a map in place of a mug.
    same = dict.fromkeys([*SILENT.split(), *filter(None, SHADING_WORDS.values())], "") | seen
    same |= {f"{shade} {colour}": seen[colour] for shade in SHADES.split() for colour in COLOURS}
    same |= {said: meant for meant, others in SAME.items() for said in others.split(", ")}
    same |= {synonym: name for name in single for synonym in OBJECTS[name].synonyms}
    same = {said: meant for said, meant in same.items() if set(meant.split()) <= known}
    near = {word: meant for meant, others in NEAR.items() if meant in known for word in others.split()}
    understood = known | same.keys()
    return Words(
        known=tuple(sorted(known - {""})),
        objects=tuple(single),
        same=same,
        near={word: meant for word, meant in near.items() if word not in understood},
    )


def nearest_colours(taught: Iterable[str]) -> dict[str, str]:
    """CSS's names of colours, each with the nearest of the Toybox world's that were taught.

    A name that ends in such a colour is of it: lightblue is blue, though white is nearer.
    """
    taught = [colour for colour in taught if colour in COLOURS]
    known = oklab(np.array([COLOURS[colour] for colour in taught]))
    names = {}
    for name in ImageColor.colormap:
        distances = np.linalg.norm((known - oklab(np.array(ImageColor.getrgb(name)) / 255)) * (LIGHTNESS, 1, 1), axis=1)
        own = next((colour for colour in taught if name.replace("grey", "gray").endswith(colour)), None)
        names[name] = own or taught[distances.argmin()]
    return names


def oklab(colour: np.ndarray) -> np.ndarray:
    """Lightness, green to red and blue to yellow (..., 3) of sRGB colours (..., 3), as Björn Ottosson's OKLab has them:
    equal distances look equally different."""
    return np.cbrt(to_linear(colour) @ FROM_LINEAR.T) @ TO_OKLAB.T


def write_words(weights: Path, card: dict) -> None:
    """Write the vocabulary beside the weights of a prior that was taught what its card says. Raises OSError."""
    atomic_write_json(weights / WORDS, asdict(vocabulary(card["objects"], card["colours"], card.get("traits", ()))))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write the vocabulary beside the weights of a Toybox prior.")
    parser.add_argument("weights", type=Path)
    weights = parser.parse_args().weights
    write_words(weights, json.loads((weights / "toybox.json").read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
