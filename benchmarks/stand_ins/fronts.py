"""How many fronts an object has, as a classifier of views sees it: the several heads of words that know no sides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.stand_ins.world import COLOURS, OBJECTS
from engine.evaluation.classifier import load_or_train_classifier
from engine.evaluation.look import look_around
from engine.optimise import Optimisation

ITERATIONS = 1500
"""Of the classifier's training."""
VIEWS = 24
"""Around the object."""
PIXELS = 64
"""Of the classifier's images."""


def fronts(words: list[str]) -> float:
    """How many times as many of the views around an object are called its front as of one with a single front, which is
    seen from a quarter of them.

    >>> fronts(["front", "side", "side", "back", "back", "side", "side", "front"])
    1.0
    """
    return 4 * words.count("front") / len(words)


def counter(cache: Path) -> Callable[[Optimisation], dict[str, float]]:
    """What counts the fronts of a distilled object. The classifier is trained now, or taken from the cache."""
    classifier, own = load_or_train_classifier(OBJECTS, COLOURS, cache / "classifier", ITERATIONS)
    print(f"the classifier tells {own.view:.0%} of views of the true objects", flush=True)

    def count(optimisation: Optimisation) -> dict[str, float]:
        """See `fronts`."""
        images = look_around(optimisation, VIEWS, PIXELS)[:, :, :PIXELS]
        return {"fronts": fronts([view for _, _, view in classifier.classify(images)])}

    return count
