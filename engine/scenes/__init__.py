"""What a run learns, stage after stage: first a volume, then the colours of its finished surface."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from engine.adam import Adam
from engine.fields import Field
from engine.guidance.prior import Views
from engine.rendering.occupancy import OccupancyGrid


class Shots(Protocol):
    """B views of a scene that a step wants to see; `shots[which]` are some of them."""

    views: Views

    def __getitem__(self, which: slice) -> Shots:
        """Those of a slice."""


class Picture(Protocol):
    """B views as they look: `images` (B, 3, H, W) in [0, 1], sRGB-encoded, and `opacity` (B, H, W)."""

    images: Tensor
    opacity: Tensor


class Scene(Protocol):
    """What a stage of a run moves, and how it looks.

    A step chooses shots, renders them, has the prior's opinion on the images, and moves `parameters` by the gradients.
    `progress` is the share of the stage that is done, in [0, 1].

    Attributes:
        field: what is meshed and looked at.
        occupancy: where it may have density.
        adam: what moves it.
        parameters: what it learns.
    """

    field: Field
    occupancy: OccupancyGrid
    adam: Adam
    parameters: list[Tensor]

    def choose(self, count: int, progress: float, generator: torch.Generator) -> Shots:
        """What a step looks at."""

    def colours_only(self, views: Views) -> bool:
        """Whether the gradients of such views leave the shape as it is."""

    def render(self, shots: Shots, progress: float, generator: torch.Generator) -> Picture:
        """The shots as they look; several threads may ask at once."""

    def loss(self, picture: Picture, views: Views, gradient: Tensor, progress: float) -> Tensor:
        """A number to make small, as a mean over views: it carries the guidance's `gradient` (B, 3, H, W) on the images
        on to the parameters, and adds what else a picture should be than to the prior's liking."""

    def step(self, step: int, steps: int) -> None:
        """Step number `step` of the stage's `steps`, by the gradients on the parameters."""

    def look_after(self, generator: torch.Generator) -> str | None:
        """What is due now and then; says what ails the scene, or None."""

    def tensors(self) -> dict[str, Tensor]:
        """All that `restore` needs, by name."""

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Take over what `tensors` returned. Raises KeyError, ValueError or RuntimeError if some do not fit."""
