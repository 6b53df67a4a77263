"""What is behind the scene: colours as a function of the ray's direction, composited with 1 - opacity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from engine.fields.encoding import integrated_encoding
from engine.limits import Count, Octaves, Share
from engine.optimiser import OptimiserSettings


@dataclass
class BackgroundSettings:
    """Which background, and the size of a learned one."""

    kind: Literal["random", "learned"] = "random"
    """"random": a plain colour, another one for each view, so that density that imitates a background is punished by
    the next one. "learned": an MLP, as in the paper (section 3.1)."""
    levels: Octaves = 4
    """Octaves of the learned background's encoding; few, so that it cannot show the object."""
    width: Count = 64
    """Of the learned background's one hidden layer."""
    plain: Share = 0.0
    """How often a learned background gives way to a plain random colour."""


class RandomBackground(nn.Module):
    """A plain colour for each view."""

    def forward(self, directions: Tensor, generator: torch.Generator) -> Tensor:
        """Colours (B, 3, H, W) in [0, 1) for directions (B, H, W, 3); `generator` is one of the CPU."""
        count, height, width, _ = directions.shape
        return torch.rand(count, 3, 1, 1, generator=generator).to(directions.device).expand(-1, -1, height, width)

    def parameter_groups(self, rates: OptimiserSettings) -> list[dict[str, Any]]:
        """Nothing to learn."""
        return []


class LearnedBackground(nn.Module):
    """A small MLP on the encoded direction, the same for all views, but for plain ones now and then.

    Args:
        group: views that are plain together, in one colour.
    """

    def __init__(self, settings: BackgroundSettings, group: int = 1):
        super().__init__()
        self.levels, self.plain, self.group = settings.levels, settings.plain, group
        self.layers = nn.Sequential(
            nn.Linear(6 * settings.levels, settings.width), nn.SiLU(), nn.Linear(settings.width, 3), nn.Sigmoid()
        )

    def forward(self, directions: Tensor, generator: torch.Generator) -> Tensor:
        """Colours (B, 3, H, W) in (0, 1), sRGB-encoded, for unit directions (B, H, W, 3), of groups of which the last
        may be cut short; where none are plain, nothing is drawn."""
        sky = self.layers(integrated_encoding(directions, self.levels)).permute(0, 3, 1, 2)
        if not self.plain:
            return sky
        drawn = torch.rand(-(-len(sky) // self.group), 4, 1, 1, generator=generator)
        drawn = drawn.repeat_interleave(self.group, 0)[: len(sky)].to(sky)
        return torch.where(drawn[:, :1] < self.plain, drawn[:, 1:], sky)

    def parameter_groups(self, rates: OptimiserSettings) -> list[dict[str, Any]]:
        """What the optimiser moves, and how fast."""
        return [{"params": list(self.parameters()), "lr": rates.mlp_rate}]


def build_background(settings: BackgroundSettings, group: int = 1) -> nn.Module:
    """The background that the settings ask for behind views in groups, with weights from torch's global generator."""
    return LearnedBackground(settings, group) if settings.kind == "learned" else RandomBackground()
