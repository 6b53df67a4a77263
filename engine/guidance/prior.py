"""What the loop needs of a frozen text-to-image diffusion model, and how to find one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from engine.cameras import Cameras
from engine.lights import Shading


class PriorError(Exception):
    """A prior is missing or broken; the message says which and what to do."""


@dataclass
class Views:
    """What is known of B rendered views; iterating gives each one's elevation and azimuth (radians) and shading.

    The cameras are best on the CPU, where reading their angles waits for nothing.
    """

    cameras: Cameras
    shadings: list[Shading]

    def __iter__(self) -> Iterator[tuple[float, float, Shading]]:
        return zip(self.cameras.elevation.tolist(), self.cameras.azimuth.tolist(), self.shadings)


@dataclass(frozen=True)
class Caption:
    """What a prior is told of one image; one that can not be told of shadings or cameras uses the text alone."""

    text: str = ""
    """Any words; none for the unconditional prediction."""
    shading: Shading | None = None
    """How the image is shaded; None where it is not told."""
    camera: tuple[float, float] | None = None
    """Elevation and azimuth in radians; None where they are not told."""


class Prior(Protocol):
    """A frozen text-to-image diffusion model.

    Attributes:
        resolution: side of the images that it was trained on, in pixels.
        alpha, sigma: (T,) of its noise schedule: z_t = alpha_t x + sigma_t noise.
    """

    resolution: int
    alpha: Tensor
    sigma: Tensor

    def unknown_words(self, prompt: str) -> list[str]:
        """Words of the prompt that the prior can not know; empty where it has an open vocabulary."""

    def known_words(self) -> list[str]:
        """The things it knows, for a warning's text; empty where it has an open vocabulary."""

    def predict_noise(self, noisy: Tensor, timesteps: Tensor, captions: list[Caption]) -> Tensor:
        """eps (N, 3, R, R) for `noisy` (N, 3, R, R), alpha_t x + sigma_t eps with images x in [-1, 1].

        Rows are independent of each other: who asks lays out a batch of every prediction that is needed.

        Args:
            timesteps: (N,) integers of the prior's schedule.
            captions: N of them.
        """


def load_prior(name: str, device: torch.device, folder: Path | None = None) -> Prior:
    """Load a prior by its name in the settings.

    Raises:
        PriorError: its files are missing or broken.
    """
    from engine.guidance.toybox import ToyboxPrior

    return ToyboxPrior(device, folder)
