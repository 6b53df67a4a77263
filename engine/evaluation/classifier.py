"""A classifier of images: which object they show, in which colour, from which side.

It is a small convolutional network, trained on fresh renders of the Toybox world, the pairs held out from the prior
among them, and never on what a prior made. `load_or_train_classifier` also says how often the classifier itself is
right, on renders of other views.
"""

from __future__ import annotations

import json
import random
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, interpolate, normalize
from tqdm import tqdm

from engine.device import mixed_precision
from engine.evaluation.subjects import shows_its_side
from engine.run.atomic import atomic_write_json
from engine.shading import Shading
from engine.toybox.captions import VIEWS
from engine.toybox.colours import COLOURS, TAUGHT_COLOURS
from engine.toybox.data import Batch, Stream, Subject, fingerprint
from engine.toybox.shown import Shown

ITERATIONS, BATCH, RATE = 5000, 64, 4e-3
"""Of the classifier's training: batches drawn, images in each, and the highest learning rate."""
REMEMBERED, REPEATED = 100, 2
"""Latest batches that may be learned from again, and how many of them are beside each fresh one: drawing a batch takes
longer than learning from it."""
TRACED, TRACED_FOR_TEST = 200, 50
"""Views of each object; another number is another draw of cameras, so that it is tested on views that it never saw."""
TEST_IMAGES = 1024
"""A multiple of BATCH."""
COLOURED = {Shading.ALBEDO: 0.35, Shading.DIFFUSE: 0.65}
"""How images are shaded, and how often: nobody could see the colour of others."""
WIDTHS = (3, 24, 48, 96, 128)
"""Channels of the images and after each halving of their side."""
HIDDEN, DROPOUT = 512, 0.3
"""Width of the layer from which all questions are answered, and the share of what it is shown that is left out in
training."""
NOT_ASKED = -100
"""Answer to a question that an image has none for, such as the front of a ball."""


def _layer(before: int, after: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(before, after, 3, stride, padding=1), nn.BatchNorm2d(after), nn.SiLU())


class Classifier(nn.Module):
    """Three answers about an image.

    Args:
        objects: the names it chooses from; view words are those of the Toybox world.
        colours: those it chooses from.
        resolution: to which images are scaled before they are looked at, in pixels, a multiple of 16.
    """

    def __init__(self, objects: Iterable[str], colours: Iterable[str] = TAUGHT_COLOURS, resolution: int = 64):
        super().__init__()
        self.resolution, self.choices = resolution, (tuple(objects), tuple(colours), VIEWS)
        layers = [
            layer for before, after in pairwise(WIDTHS)
            for layer in (_layer(before, after, stride=2), *([_layer(after, after)] if before != WIDTHS[0] else []))
        ]
        seen = WIDTHS[-1] * (resolution // 16) ** 2
        self.body = nn.Sequential(
            *layers, nn.Flatten(), nn.Dropout(DROPOUT), nn.Linear(seen, HIDDEN), nn.BatchNorm1d(HIDDEN), nn.SiLU()
        )
        self.heads = nn.ModuleList(nn.Linear(HIDDEN, len(words)) for words in self.choices)
        self.direction = nn.Linear(HIDDEN, 3)

    def forward(self, images: Tensor) -> tuple[list[Tensor], Tensor]:
        """Logits (B, choices) of object, colour and view for images (B, 3, R, R) in [0, 1], and unit vectors (B, 3)
        towards the cameras, which teach it more of a view than the word does."""
        small = interpolate(images, (self.resolution,) * 2, mode="area")
        images = (small * 2 - 1).contiguous(memory_format=torch.channels_last)
        with mixed_precision(images.device):
            features = self.body(images).float()
        return [head(features) for head in self.heads], normalize(self.direction(features), dim=-1)

    @torch.no_grad()
    def classify(self, images: Tensor) -> list[tuple[str, str, str]]:
        """The object, main colour and view word that each image most likely shows."""
        answers = [logits.argmax(-1).tolist() for logits in self(images)[0]]
        return [tuple(words[index] for words, index in zip(self.choices, row)) for row in zip(*answers)]

    def truth(self, subjects: list[Subject]) -> Tensor:
        """The right answers (B, 3) as indices; views of objects that look alike from several sides are NOT_ASKED."""
        objects, colours, views = self.choices
        return torch.tensor([
            [
                objects.index(s.shown.name), colours.index(s.shown.main),
                views.index(s.view) if shows_its_side(s.shown.name) else NOT_ASKED,
            ]
            for s in subjects
        ])


@dataclass(frozen=True)
class Accuracy:
    """Of `count` images, the shares in [0, 1] whose object, colour and view were recognised.

    Views count only where objects show their side; a share of no images is None.
    """

    count: int
    object: float | None
    colour: float | None
    view: float | None


def accuracy(verdicts: list[tuple[str, str, str]], subjects: list[Subject]) -> Accuracy:
    """Compare what was recognised with what was to be seen."""

    def share(right: list[bool]) -> float | None:
        """Of the answers that are right."""
        return sum(right) / len(right) if right else None

    pairs = list(zip(verdicts, subjects, strict=True))
    return Accuracy(
        len(pairs),
        share([name == subject.shown.name for (name, _, _), subject in pairs]),
        share([colour == subject.shown.main for (_, colour, _), subject in pairs]),
        share([view == subject.view for (_, _, view), subject in pairs if shows_its_side(subject.shown.name)]),
    )


def loss_of(classifier: Classifier, batch: Batch) -> Tensor:
    """The mean over images of the cross entropies of all questions that they have an answer for, and of the squared
    distances of the cameras' directions where the object shows its side."""
    logits, directions = classifier(batch.images)
    answers = classifier.truth(batch.subjects).unbind(-1)
    losses = [
        cross_entropy(choice, answer, ignore_index=NOT_ASKED, reduction="sum")
        for choice, answer in zip(logits, answers, strict=True)
    ]
    away = (directions - batch.directions).square().sum(-1)
    return (sum(losses) + away[answers[-1] != NOT_ASKED].sum()) / len(directions)


def train_classifier(stream: Stream, iterations: int = ITERATIONS, seed: int = 0) -> Classifier:
    """A classifier of the stream's objects; each fresh batch is learned from beside REPEATED of the last REMEMBERED."""
    rng = random.Random(seed)
    remembered: deque[Batch] = deque(maxlen=REMEMBERED)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        classifier = Classifier(dict.fromkeys(stream.names), stream.colours)
        optimiser = torch.optim.AdamW(classifier.parameters(), weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=(1 + REPEATED) * iterations)
        for _ in tqdm(range(iterations), desc="training the classifier", unit="batch"):
            remembered.append(stream.batch(BATCH, shares=COLOURED))
            for batch in (remembered[-1], *rng.choices(remembered, k=REPEATED)):
                optimiser.zero_grad(set_to_none=True)
                loss_of(classifier, batch).backward()
                optimiser.step()
                schedule.step()
    return classifier.eval()


def evaluate(classifier: Classifier, stream: Stream) -> Accuracy:
    """How often the classifier is right on TEST_IMAGES renders of a stream."""
    verdicts, subjects = [], []
    for _ in range(0, TEST_IMAGES, BATCH):
        batch = stream.batch(BATCH, shares=COLOURED)
        verdicts += classifier.classify(batch.images)
        subjects += batch.subjects
    return accuracy(verdicts, subjects)


def load_or_train_classifier(
    objects: tuple[str, ...], colours: tuple[str, ...], folder: Path, iterations: int = ITERATIONS, seed: int = 0
) -> tuple[Classifier, Accuracy]:
    """A classifier of these objects and colours, and its accuracy: from `folder`, or trained now and kept there with
    its views."""
    recipe = {
        "schema": 4, "objects": [[name, fingerprint(Shown(name))] for name in objects],
        "colours": {name: list(COLOURS[name]) for name in colours}, "iterations": iterations, "seed": seed,
    }
    card, weights = folder / "classifier.json", folder / "classifier.safetensors"
    if card.exists():
        kept = json.loads(card.read_text(encoding="utf-8"))
        if kept["recipe"] == recipe:
            classifier = Classifier(objects, colours).eval()
            classifier.load_state_dict(load_file(weights))
            return classifier, Accuracy(**kept["marks"])
    views = folder / "views"
    shown = {"held_out": frozenset(), "colours": colours}
    classifier = train_classifier(Stream(objects, TRACED, views, seed, **shown), iterations, seed)
    own = evaluate(classifier, Stream(objects, TRACED_FOR_TEST, views, seed + 1, **shown))
    card.unlink(missing_ok=True)
    save_file(classifier.state_dict(), weights)
    atomic_write_json(card, {"recipe": recipe, "marks": asdict(own)})
    return classifier, own
