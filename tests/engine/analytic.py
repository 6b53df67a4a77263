"""Fields and a prior whose renderings and noise predictions have closed forms."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import softplus

from engine.cameras import Cameras, orbit_cameras
from engine.guidance.pixels import PixelPrior
from engine.guidance.prior import Viewpoint, Views
from engine.lights import Lights
from engine.rendering.occupancy import OccupancyGrid, OccupancySettings
from engine.rendering.renderer import Rendering, RenderSettings, render
from engine.shading import Shading

DEGREE = math.pi / 180
TINY_FIELD = {
    "field.grid.resolutions": [4, 8],
    "field.grid.channels": 2,
    "field.grid.hidden": 8,
    "render.samples": 24,
    "occupancy.resolution": 8,
    "occupancy.every": 4,
    "painting.views": 4,
    "painting.resolution": 12,
}
"""Settings by dotted names, for runs that take seconds."""


class AnalyticField:
    """A field of one colour; what derives from it gives the density."""

    colour = (0.8, 0.4, 0.2)

    def __call__(self, points: Tensor) -> tuple[Tensor, Tensor]:
        return self.density(points), self.albedo(points)

    def albedo(self, points: Tensor) -> Tensor:
        return points.new_tensor(self.colour).expand(len(points), 3)


class Ball(AnalyticField):
    """Constant `density` inside a ball around `centre`, none outside."""

    def __init__(self, radius: float, tau: float, centre: tuple[float, float, float] = (0, 0, 0)):
        self.radius, self.tau, self.centre = radius, tau, centre

    def density(self, points: Tensor) -> Tensor:
        return self.tau * ((points - points.new_tensor(self.centre)).norm(dim=-1) < self.radius).to(points)


class SoftBall(AnalyticField):
    """A ball whose density rises as the engine's own field's does: `tau` softplus((radius - |x|) / width)."""

    def __init__(self, radius: float, tau: float = 50.0, width: float = 0.03):
        self.radius, self.tau, self.width = radius, tau, width

    def density(self, points: Tensor) -> Tensor:
        return self.tau * softplus((self.radius - points.norm(dim=-1)) / self.width)


class Blob(AnalyticField):
    """The paper's bias as a density: `height` exp(-|x|^2 / (2 spread^2))."""

    def __init__(self, height: float = 5.0, spread: float = 0.2):
        self.height, self.spread = height, spread

    def density(self, points: Tensor) -> Tensor:
        return self.height * torch.exp(-points.square().sum(-1) / (2 * self.spread**2))


class Upper(AnalyticField):
    """Dense where z > 0."""

    def density(self, points: Tensor) -> Tensor:
        return 200.0 * (points[:, 2] > 0).to(points)


def cameras_at(*views: tuple[float, float], distance: float = 2.4, angle: float = 45.0) -> Cameras:
    """Cameras that look at the origin from (elevation, azimuth) pairs; all angles in degrees."""
    elevation, azimuth = (torch.tensor(angles, dtype=torch.float32) * DEGREE for angles in zip(*views))
    return orbit_cameras(
        elevation, azimuth, torch.full_like(elevation, distance), torch.full_like(elevation, angle * DEGREE)
    )


def viewpoint(elevation: float, azimuth: float) -> Viewpoint:
    """One such camera, as a caption tells it."""
    ((camera, _),) = Views(cameras_at((elevation, azimuth)), [Shading.DIFFUSE])
    return camera


def everywhere(resolution: int = 16) -> OccupancyGrid:
    """An occupancy grid that skips nothing."""
    return OccupancyGrid(OccupancySettings(resolution=resolution))


def show(
    field,
    cameras: Cameras,
    size: int,
    samples: int = 128,
    shading: Shading | list[Shading] = Shading.ALBEDO,
    light: tuple[float, float, float] = (0.0, -3.0, 0.0),
    ambient: float = 0.0,
    background: float = 0.0,
    normals: str = "surface",
) -> Rendering:
    """Render a field, each view in a way of its own or all in one, with samples in the middle of their steps, finer
    than by default, since closed forms are exact."""
    count = len(cameras)
    lights = Lights(torch.tensor(light).expand(count, 3), torch.full((count,), ambient))
    backgrounds = torch.full((count, 3, size, size), background)
    settings = RenderSettings(samples=samples, normals=normals, normal_step=0.03)
    shadings = shading if isinstance(shading, list) else [shading] * count
    return render(field, everywhere(), cameras, lights, shadings, backgrounds, settings)


class GaussianPrior(PixelPrior):
    """Images whose pixels are N(mean, spread^2), without a prompt N(unconditional, spread^2): its noise is exact.

    eps*(z) = sigma (z - alpha m) / (alpha^2 s^2 + sigma^2), the score of z ~ N(alpha m, alpha^2 s^2 + sigma^2) times
    minus sigma. Colours are in [-1, 1] and broadcast to (B, 3, R, R).
    """

    def __init__(self, mean, spread: float = 0.1, unconditional=None, resolution: int = 8):
        self.mean = torch.as_tensor(mean)
        self.unconditional = self.mean if unconditional is None else torch.as_tensor(unconditional)
        self.spread, self.resolution = spread, resolution
        angle = torch.linspace(0.01, 1.55, 1000)
        self.alpha, self.sigma = angle.cos(), angle.sin()

    def doubt(self, prompt: str) -> str:
        return "No wug is known." if "wug" in prompt else ""

    def known_words(self) -> list[str]:
        return ["grey", "field"]

    def prepare(self, texts: list[str]) -> list[str]:
        return [text for text in texts if len(text.split()) > 20]

    def exact_noise(self, noisy: Tensor, timesteps: Tensor, mean: Tensor) -> Tensor:
        alpha, sigma = (ladder[timesteps].view(-1, 1, 1, 1) for ladder in (self.alpha, self.sigma))
        return sigma * (noisy - alpha * mean) / (alpha**2 * self.spread**2 + sigma**2)

    def predict_noise(self, noisy, timesteps, captions):
        told = torch.tensor([bool(caption.text) for caption in captions]).view(-1, 1, 1, 1)
        means = self.mean, self.unconditional
        conditional, unconditional = (self.exact_noise(noisy, timesteps, mean) for mean in means)
        return torch.where(told, conditional, unconditional)


class Remembering(GaussianPrior):
    """Remembers the lowest and the highest t, as shares of its schedule, that it was last asked at."""

    def predict_noise(self, noisy, timesteps, captions):
        self.asked = (timesteps.min().item() / len(self.alpha), timesteps.max().item() / len(self.alpha))
        return super().predict_noise(noisy, timesteps, captions)
