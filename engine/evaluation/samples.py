"""What the Toybox prior draws when it is asked for its own images: recognised, or not, by the classifier."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from engine.cameras import sample_cameras, view_word
from engine.evaluation.classifier import Classifier, accuracy
from engine.evaluation.targets import Target
from engine.preview import to_png
from engine.shading import Shading
from engine.toybox.captions import caption
from engine.toybox.catalogue import OBJECTS
from engine.toybox.data import CAMERAS, HELD_OUT, Subject
from engine.toybox.model import Toybox
from engine.toybox.sample import ancestral_samples
from engine.toybox.shown import Shown

BATCH = 16
"""Samples drawn at once."""


def shown_pairs(
    names: Sequence[str], colours: Sequence[str], count: int, rng: random.Random
) -> list[tuple[str, str]]:
    """`count` pairs of colour and object for each object, none of them held out from training."""
    return [
        (rng.choice([colour for colour in colours if (colour, name) not in HELD_OUT]), name)
        for name in names for _ in range(count)
    ]


def never_shown_pairs(names: Sequence[str], count: int) -> list[tuple[str, str]]:
    """Each pair held out from training whose object was taught, `count` times."""
    return [pair for pair in sorted(HELD_OUT) if pair[1] in names for _ in range(count)]


def draw_samples(
    toybox: Toybox, pairs: list[tuple[str, str]], colours: Sequence[str], seed: int
) -> tuple[Tensor, list[Subject]]:
    """One ancestral sample for each pair of colour and object, told a caption with its view word, and a random camera;
    what an object stands on has one of `colours`.

    Returns:
        images (B, 3, R, R) in [0, 1], R being the side of the network's images, sRGB-encoded, and what each was asked
        to show.
    """
    rng, generator = random.Random(seed), torch.Generator().manual_seed(seed)
    images, subjects = [], []
    for start in tqdm(range(0, len(pairs), BATCH), desc="drawing samples", unit="batch"):
        chunk = pairs[start : start + BATCH]
        cameras = sample_cameras(len(chunk), CAMERAS, generator)
        views = map(view_word, cameras.elevation.tolist(), cameras.azimuth.tolist())
        asked = [
            Subject(Shown(name, main, rng.choice(colours) if OBJECTS[name].composed else None), view, Shading.DIFFUSE)
            for (main, name), view in zip(chunk, views)
        ]
        captions = [caption(one.shown, one.view, one.shading, rng) for one in asked]
        told = (cameras.elevation, cameras.azimuth, cameras.apparent_size)
        images.append(ancestral_samples(toybox, captions, told, seed=rng.randrange(2**31)).cpu())
        subjects += asked
    return torch.cat(images), subjects


def score_samples(
    toybox: Toybox, classifier: Classifier, pairs: list[tuple[str, str]], seed: int, label: Callable[[Subject], str],
    pictures: Path | None = None,
) -> dict[str, dict]:
    """Accuracies, as dictionaries, of samples of the pairs: of each label's and, under "all", of all.

    Args:
        label: what an image is counted under.
        pictures: a folder for a picture of the samples under each label.
    """
    images, subjects = draw_samples(toybox, pairs, classifier.choices[1], seed)
    verdicts = classifier.classify(images)
    found = {"all": accuracy(verdicts, subjects)}
    for name in dict.fromkeys(map(label, subjects)):
        rows = [number for number, subject in enumerate(subjects) if label(subject) == name]
        found[name] = accuracy([verdicts[row] for row in rows], [subjects[row] for row in rows])
        if pictures:
            (pictures / f"samples-{name.replace(' ', '-')}.png").write_bytes(to_png(images[rows]))
    return {name: asdict(one) for name, one in found.items()}


def samples_part(
    toybox: Toybox, classifier: Classifier, count: int, seed: int, pictures: Path | None = None
) -> dict[str, dict[str, dict]]:
    """`count` samples of each object that the classifier knows ("shown"), and of each pair that was "never shown"."""
    names, colours, _ = classifier.choices
    pairs = shown_pairs(names, colours, count, random.Random(seed))
    parts = {"shown": score_samples(toybox, classifier, pairs, seed, lambda one: one.shown.name, pictures)}
    never = never_shown_pairs(names, count)
    if never:
        parts["never shown"] = score_samples(
            toybox, classifier, never, seed + 1, lambda one: f"{one.shown.main} {one.shown.name}", pictures
        )
    return parts


def samples_targets(parts: dict[str, dict[str, dict]]) -> list[Target]:
    """What the samples ought to reach."""
    shown, never = parts["shown"]["all"], parts.get("never shown", {}).get("all", {})
    return [
        Target("samples: object", shown["object"], 0.90),
        Target("samples: colour", shown["colour"], 0.95),
        Target("samples: view word", shown["view"], 0.85),
        Target("never shown: object", never.get("object"), 0.75),
        Target("never shown: colour", never.get("colour"), 0.75),
    ]
