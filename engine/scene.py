"""What a run learns: a field and the background behind it, with the optimiser that moves them and the grid that knows
where the field is empty."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from engine.adam import Adam
from engine.checkpoint import module_tensors, optimiser_tensors, restore_module, restore_optimiser
from engine.fields import build_field
from engine.fields.background import build_background
from engine.rendering.occupancy import OccupancyGrid
from engine.settings import EngineSettings


class Scene:
    """A fresh field, background, optimiser and occupancy grid.

    Args:
        settings: which, and their sizes.
        seed: of their first weights; torch's global generator stays as it is.
        device: where they are.
    """

    def __init__(self, settings: EngineSettings, seed: int, device: torch.device):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.field = build_field(settings.field).to(device)
            self.background = build_background(settings.background).to(device)
        self.occupancy = OccupancyGrid(settings.occupancy).to(device)
        rates = settings.optimiser
        groups = self.field.parameter_groups(rates) + self.background.parameter_groups(rates)
        self.adam = Adam([group | {"rate": group["lr"]} for group in groups])
        self.parameters = self.adam.parameters

    def step(self, share: float) -> None:
        """Step by the gradients on the parameters, at a share of the learning rates."""
        for group in self.adam.param_groups:
            group["lr"] = group["rate"] * share
        self.adam.step()

    def is_finite(self) -> bool:
        """Whether all that is learned is: a loss, or Adam's moments, may diverge where the guidance does not."""
        return math.isfinite(sum(parameter.detach().sum() for parameter in self.parameters).item())

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
