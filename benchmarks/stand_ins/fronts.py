"""How many fronts an object has, as a classifier of views sees it: the several heads of words that know no sides."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from benchmarks.stand_ins.images import Images
from benchmarks.stand_ins.world import COLOURS, OBJECTS
from engine.evaluation.classifier import NOT_ASKED, Classifier
from engine.evaluation.look import look_around
from engine.evaluation.subjects import shows_its_side
from engine.optimise import Optimisation

STEPS, BATCH, RATE = 1000, 64, 4e-3
"""Of the classifier's training."""
TESTED = 1 / 16
"""Share of the images that it does not learn from, and is tested on."""
AROUND, PIXELS = 24, 64
"""Views of an object, and their side."""


def fronts(words: list[str]) -> float:
    """How many times as many of the views around an object are called its front as of one with a single front, which is
    seen from a quarter of them.

    >>> fronts(["front", "side", "side", "back", "back", "side", "side", "front"])
    1.0
    """
    return 4 * words.count("front") / len(words)


def counter(images: Images) -> Callable[[Optimisation], dict[str, float]]:
    """What counts the fronts of a distilled object, by a classifier that is trained now."""
    classifier, share = train_classifier(images)
    print(f"the classifier names the side of {share:.0%} of views that it has not seen", flush=True)

    def count(optimisation: Optimisation) -> dict[str, float]:
        """See `fronts`."""
        shown = look_around(optimisation, AROUND, PIXELS)[:, :, :PIXELS]
        return {"fronts": fronts([view for _, _, view in classifier.classify(shown)])}

    return count


def train_classifier(images: Images, steps: int = STEPS, seed: int = 0) -> tuple[Classifier, float]:
    """A classifier of images, and how often it is right about the side, where objects show theirs, of views that it has
    not seen in any colour."""
    torch.manual_seed(seed)
    classifier, truth = Classifier(OBJECTS, COLOURS), _truth(images)
    cameras, camera = images.pose.unique(dim=0, return_inverse=True)
    is_tested = (torch.rand(len(cameras)) < TESTED)[camera]
    tested, learned = torch.nonzero(is_tested).squeeze(1), torch.nonzero(~is_tested).squeeze(1)
    optimiser = torch.optim.AdamW(classifier.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    for _ in range(steps):
        rows = learned[torch.randint(len(learned), (BATCH,))]
        answers = classifier(images.pixels[rows] / 255)[0]
        loss = sum(
            cross_entropy(logits, column, ignore_index=NOT_ASKED) for logits, column in zip(answers, truth[rows].T)
        )
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        said = classifier.eval()(images.pixels[tested] / 255)[0][-1].argmax(-1)
    asked = truth[tested, -1] != NOT_ASKED
    return classifier, (said == truth[tested, -1])[asked].float().mean().item()


def _truth(images: Images) -> Tensor:
    """Right answers (N, 3) as the classifier's numbers of object, colour and view."""
    sided = torch.tensor([shows_its_side(name) for name in OBJECTS])[images.thing.long()]
    view = torch.where(sided, images.view.long(), NOT_ASKED)
    return torch.stack([images.thing.long(), images.colour.long(), view], 1)
