"""The last stage's scene: a finished shape, of which only the colours are still learned, at the points that traced
views show of it. A step then looks up one point a pixel instead of a ray's samples."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.adam import Adam
from engine.cameras import camera_rays, sample_cameras
from engine.checkpoint import module_tensors, optimiser_tensors, restore_module, restore_optimiser
from engine.guidance.prior import Views
from engine.guidance.sds import surrogate_loss
from engine.optimiser import rate_share
from engine.rendering.tracing import TracedView, trace
from engine.scenes.volume import Volume
from engine.shading import Shading


class PaintedField(nn.Module):
    """The density of one field and the albedo of another."""

    def __init__(self, shape: nn.Module, colours: nn.Module):
        super().__init__()
        self.shape, self.colours = shape, colours

    def forward(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Density (N,), per scene unit, and albedo (N, 3) in [0, 1], sRGB-encoded, at points (N, 3)."""
        return self.density(points), self.albedo(points)

    def density(self, points: Tensor) -> Tensor:
        """Density (N,), per scene unit, at points (N, 3)."""
        return self.shape.density(points)

    def albedo(self, points: Tensor) -> Tensor:
        """Albedo (N, 3) in [0, 1], sRGB-encoded, at points (N, 3)."""
        return self.colours.albedo(points)

    def anneal(self, progress: float) -> None:
        """The shape is finished, and its colours are as fine as they get."""


@dataclass
class ChosenViews:
    """B of the traced views, by their numbers."""

    views: Views
    numbers: Tensor

    def __getitem__(self, which: slice) -> ChosenViews:
        return ChosenViews(self.views[which], self.numbers[which])


@dataclass
class PaintedViews:
    """B views as they look: `images` (B, 3, H, W) in [0, 1], sRGB-encoded, and `opacity` (B, H, W)."""

    images: Tensor
    opacity: Tensor


class PaintedSurface:
    """The surface of a volume, its colours to be learned on from what they are.

    Args:
        volume: the finished shape, which stays as it is.
        seed: of the views that are traced.
        map_views: does something with each of many things, side by side if it can.
    """

    def __init__(self, volume: Volume, seed: int, map_views: Callable = map):
        volume.field.anneal(1.0)
        self.volume, self.settings, self.device = volume, volume.settings, volume.device
        self.occupancy, self.background = volume.occupancy, volume.background
        colours = copy.deepcopy(volume.field).requires_grad_()  # it may have been painted before
        self.field = PaintedField(volume.field.requires_grad_(False), colours)
        self.adam = Adam(colours.parameter_groups(self.settings.optimiser))
        self.parameters = self.adam.parameters
        self.seed, self.size = seed, self.settings.painting.resolution
        generator = torch.Generator().manual_seed(seed)
        self.cameras = sample_cameras(self.settings.painting.views, self.settings.cameras, generator)

        def look(number: int) -> TracedView:
            camera = self.cameras[number : number + 1].to(self.device)
            threshold = self.settings.mesh_threshold
            return trace(volume.field, volume.occupancy, camera, self.size, threshold, self.settings.render)

        self.traced = list(map_views(look, range(len(self.cameras))))

    def choose(self, count: int, progress: float, generator: torch.Generator) -> ChosenViews:
        """Traced views, drawn at random in whole groups, that show albedo."""
        group = self.settings.cameras.group
        drawn = torch.randint(len(self.traced) // group, (count // group, 1), generator=generator)
        numbers = (drawn * group + torch.arange(group)).flatten()
        return ChosenViews(Views(self.cameras[numbers], [Shading.ALBEDO] * count), numbers)

    def colours_only(self, views: Views) -> bool:
        """The shape is finished."""
        return True

    def render(self, shots: ChosenViews, progress: float, generator: torch.Generator) -> PaintedViews:
        """The surface's colours before a background."""
        traced = [self.traced[number] for number in shots.numbers.tolist()]
        cameras, area = shots.views.cameras.to(self.device), self.size * self.size
        backgrounds = self.background(camera_rays(cameras, self.size, self.size)[1], generator).detach()
        where = torch.cat([view.pixels + area * number for number, view in enumerate(traced)])
        albedo = self.field.albedo(torch.cat([view.points for view in traced]))
        shown = torch.zeros(area * len(traced), 3, device=self.device).index_copy(0, where, albedo)
        shown = shown.view(len(traced), self.size, self.size, 3).permute(0, 3, 1, 2)
        opacity = torch.stack([view.opacity for view in traced])
        through = opacity[:, None]
        return PaintedViews(through * shown + (1 - through) * backgrounds, opacity)

    def loss(self, picture: PaintedViews, views: Views, gradient: Tensor, progress: float) -> Tensor:
        """The guidance's gradient alone: the other losses are of the shape."""
        return surrogate_loss(picture.images, gradient)

    def step(self, step: int, steps: int) -> None:
        """Step number `step` of the stage's `steps`, by the gradients on the parameters."""
        self.adam.step(self.settings.painting.rate * rate_share(self.settings.optimiser, step, steps))

    def look_after(self, generator: torch.Generator) -> None:
        """A finished shape needs no care."""

    def tensors(self) -> dict[str, Tensor]:
        """All that `restore` needs, by name; the volume restores itself from them, too."""
        colours = module_tensors(self.field.colours, "colours") | optimiser_tensors(self.adam, "painter")
        return self.volume.tensors() | colours

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Take over the colours of what `tensors` returned. Raises KeyError, ValueError or RuntimeError if some do not
        fit."""
        restore_module(self.field.colours, tensors, "colours")
        restore_optimiser(self.adam, tensors, "painter")
