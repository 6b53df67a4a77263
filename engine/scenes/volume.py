"""The first stage's scene: a field and the background behind it, with the optimiser that moves them and the grid that
knows where the field is empty."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.adam import Adam
from engine.cameras import camera_rays, sample_cameras
from engine.checkpoint import module_tensors, optimiser_tensors, restore_module, restore_optimiser
from engine.fields import build_field
from engine.fields.background import build_background
from engine.guidance.prior import Views
from engine.guidance.sds import surrogate_loss
from engine.health import diagnose
from engine.lights import Lights, sample_lights
from engine.optimiser import rate_share
from engine.regularizers import regularization
from engine.rendering.occupancy import OccupancyGrid
from engine.rendering.renderer import Rendering, render
from engine.scenes.carving import carving_loss
from engine.schedules import ramp
from engine.settings import EngineSettings
from engine.shading import Shading, is_texture_step, sample_shadings


@dataclass
class LitViews:
    """B views, each under a light."""

    views: Views
    lights: Lights

    def __getitem__(self, which: slice) -> LitViews:
        return LitViews(self.views[which], self.lights[which])


class Volume:
    """A fresh field, background, optimiser and occupancy grid: DreamFusion's NeRF.

    Args:
        settings: which, and their sizes.
        seed: of their first weights; torch's global generator stays as it is.
        device: where they are.
    """

    def __init__(self, settings: EngineSettings, seed: int, device: torch.device):
        self.settings, self.device = settings, device
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.field = build_field(settings.field).to(device)
            self.background = build_background(settings.background, settings.cameras.group).to(device)
        self.occupancy = OccupancyGrid(settings.occupancy).to(device)
        rates = settings.optimiser
        self.adam = Adam(self.field.parameter_groups(rates) + self.background.parameter_groups(rates))
        self.parameters = self.adam.parameters

    def choose(self, count: int, progress: float, generator: torch.Generator) -> LitViews:
        """Random cameras and lights, and how each view is shaded."""
        settings = self.settings
        cameras = sample_cameras(count, settings.cameras, generator)
        lights = sample_lights(cameras.position, settings.lights, generator)
        shadings = sample_shadings(settings.shading, count, progress, generator, settings.cameras.group)
        return LitViews(Views(cameras, shadings), lights)

    def colours_only(self, views: Views) -> bool:
        """Whether these are a texture step's views."""
        return is_texture_step(self.settings.shading, views.shadings)

    def render(self, shots: LitViews, progress: float, generator: torch.Generator) -> Rendering:
        """The views at the resolution of this share of the stage."""
        settings, views = self.settings, shots.views
        size = [pixels for start, pixels in settings.resolutions if start <= progress][-1]
        cameras = views.cameras.to(self.device)
        backgrounds = self.background(camera_rays(cameras, size, size)[1], generator)
        return render(
            self.field, self.occupancy, cameras, shots.lights.to(self.device), views.shadings, backgrounds,
            settings.render, generator, colours_only=self.colours_only(views),
        )

    def loss(self, picture: Rendering, views: Views, gradient: Tensor, progress: float) -> Tensor:
        """The guidance's gradient, the losses that need no prior (A.2), and the carving of position maps."""
        losses = self.settings.losses
        total = surrogate_loss(picture.images, gradient) + regularization(picture, losses, progress)
        carving = ramp(losses.carving, progress, losses.carving_until)
        if carving and Shading.POSITION in views.shadings:
            total = total + carving * carving_loss(picture, gradient)
        return total

    def step(self, step: int, steps: int) -> None:
        """Step number `step` of the stage's `steps`, by the gradients on the parameters."""
        self.adam.step(rate_share(self.settings.optimiser, step, steps))

    def look_after(self, generator: torch.Generator) -> str | None:
        """Have the occupancy grid follow, and see by it whether the field is healthy."""
        self.occupancy.update(self.field.density, generator)
        return diagnose(self.occupancy)

    def tensors(self) -> dict[str, Tensor]:
        """All that `restore` needs, by name."""
        named = module_tensors(self.field, "field") | module_tensors(self.background, "background")
        return named | module_tensors(self.occupancy, "occupancy") | optimiser_tensors(self.adam, "adam")

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Take over what `tensors` returned. Raises KeyError, ValueError or RuntimeError if some do not fit."""
        restore_module(self.field, tensors, "field")
        restore_module(self.background, tensors, "background")
        restore_module(self.occupancy, tensors, "occupancy")
        restore_optimiser(self.adam, tensors, "adam")
