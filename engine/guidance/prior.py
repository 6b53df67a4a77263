"""What the loop needs of a frozen text-to-image diffusion model, and how to find one."""

from __future__ import annotations

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
    """What a prior may be told of B views beside the prompt."""

    cameras: Cameras
    shadings: list[Shading]


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

    def predict_noise(self, noisy: Tensor, timesteps: Tensor, prompts: list[str], views: Views | None) -> Tensor:
        """eps (2B, 3, R, R) for `noisy` (B, 3, R, R) in [-1, 1] plus noise: first B unconditional, then B conditional."""


def load_prior(name: str, device: torch.device, folder: Path | None = None) -> Prior:
    """Load a prior by its name in the settings.

    Raises:
        PriorError: its files are missing or broken.
    """
    from engine.guidance.toybox import ToyboxPrior

    return ToyboxPrior(device, folder)
