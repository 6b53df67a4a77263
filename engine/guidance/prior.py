"""What the loop needs of a frozen text-to-image diffusion model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from torch import Tensor

from engine.cameras import Cameras
from engine.run.exits import PRIOR_UNUSABLE, EngineError
from engine.shading import Shading


class PriorError(EngineError):
    """A prior is missing or broken; the message says which and what to do."""

    exit_code = PRIOR_UNUSABLE


class Viewpoint(NamedTuple):
    """One camera, in plain numbers."""

    elevation: float
    """Radians above the horizon."""
    azimuth: float
    """Radians, 0 in front."""
    apparent_size: float
    """Of a scene unit at the origin, in image widths."""
    rotation: tuple[tuple[float, float, float], ...]
    """Camera to world, three rows; columns are right, up and backward."""
    position: tuple[float, float, float]
    """In scene units."""


@dataclass
class Views:
    """What is known of B rendered views. The cameras are best on the CPU, where reading them waits for nothing."""

    cameras: Cameras
    shadings: list[Shading]

    def __getitem__(self, which: slice) -> Views:
        return Views(self.cameras[which], self.shadings[which])

    def __iter__(self) -> Iterator[tuple[Viewpoint, Shading]]:
        """Each view's camera and shading."""
        cameras = self.cameras
        angles = cameras.elevation.tolist(), cameras.azimuth.tolist(), cameras.apparent_size.tolist()
        rotations = [tuple(map(tuple, rows)) for rows in cameras.rotation.tolist()]
        return zip(map(Viewpoint, *angles, rotations, map(tuple, cameras.position.tolist())), self.shadings)


@dataclass(frozen=True)
class Caption:
    """What a prior is told of one image; one that cannot be told of shadings or cameras uses the text alone."""

    text: str = ""
    """Any words; none for the unconditional prediction."""
    shading: Shading | None = None
    """How the image is shaded; None where it is not told."""
    camera: Viewpoint | None = None
    """Where the image is seen from; None where it is not told."""


PullBack = Callable[[Tensor], Tensor]
"""From the gradient of each value in a prior's space to the gradient of their mean on the images."""


class Prior(Protocol):
    """A frozen text-to-image diffusion model.

    It denoises in a space of its own: pixels in [-1, 1] at its resolution, or the latents of an autoencoder.

    Attributes:
        resolution: side of the images that it was trained on, in pixels.
        shape: (C, R, R) of one image in its space.
        limits: the smallest and the largest value of clean images in its space, infinite where there is no limit.
        alpha, sigma: (T,) of its noise schedule: z_t = alpha_t x + sigma_t noise.
        group: views of one object that it looks at together; 1 if it looks at each alone. Rows of a group follow each
            other, have one timestep, and are not independent; every caption of theirs tells its camera.
        uses_torch_threads: whether, on a processor, it is the faster the more threads torch has.
    """

    resolution: int
    shape: tuple[int, int, int]
    limits: tuple[float, float]
    alpha: Tensor
    sigma: Tensor
    group: int
    uses_torch_threads: bool

    def doubt(self, prompt: str) -> str:
        """One sentence about words of the prompt that the prior cannot know; empty where it knows all of them."""

    def known_words(self) -> list[str]:
        """The things it knows; empty where it has an open vocabulary."""

    def prepare(self, texts: list[str]) -> list[str]:
        """Told which captions it will be asked for, so that it needs a large text encoder only once.

        Returns those that are too long to be read to their end, where the words for the view are.
        """

    def encode(self, images: Tensor) -> tuple[Tensor, PullBack]:
        """Images (B, 3, H, W) in [0, 1], of any size, in the prior's space (B, C, R, R), and a gradient's way back."""

    def decode(self, clean: Tensor) -> Tensor:
        """Images (B, 3, resolution, resolution) in [0, 1] of clean ones (B, C, R, R) in the prior's space."""

    def predict_noise(self, noisy: Tensor, timesteps: Tensor, captions: list[Caption]) -> Tensor:
        """eps (N, C, R, R) for `noisy` (N, C, R, R), alpha_t x + sigma_t eps with x in the prior's space.

        Groups are independent of each other: who asks lays out a batch of every prediction that is needed, in which
        N is a multiple of `group`.

        Args:
            timesteps: (N,) integers of the prior's schedule, one of them for all rows of a group.
            captions: N of them.
        """

    def needs(self, rows: int, images: int) -> int:
        """Bytes of its device's memory that it takes for `rows` predictions at once and `images` images to encode; 0 if
        that does not matter."""

    def economise(self) -> str:
        """Need less memory from now on, and more time; what is done, in words, empty if there is nothing left to do."""
