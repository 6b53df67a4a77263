"""A fresh field learns to be a solid, by plain regression of its density, before the prior is asked anything."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.adam import Adam
from engine.fields.trilinear import read_grid
from engine.scenes.volume import Volume
from engine.settings import EngineSettings
from engine.start.solid import Solid

STEPS = 100
"""Of the regression."""
POINTS = 6144
"""Looked at in a step: half near the surface, half anywhere in the scene."""
NEAR = 0.05
"""Standard deviation, in scene units, of the distance of those near the surface."""
SOFTNESS = 0.015
"""Scene units from the surface outwards over which the wanted density falls to 1/e; inwards it rises by as much as it
is there."""


def become(scene: Volume, shape: Solid, settings: EngineSettings, generator: torch.Generator) -> None:
    """Make a fresh scene's density that of a solid, its albedo grey, and have the occupancy grid follow.

    The loss is the mean square of the difference of log(1 + density): the logarithm weighs fog outside and thin places
    inside alike. The scene's own optimiser is left alone.

    Args:
        generator: of the points, on the CPU.
    """
    distance = torch.from_numpy(shape.distance).permute(2, 1, 0)[..., None].contiguous()
    samples = torch.from_numpy(shape.samples)
    device = scene.occupancy.density.device
    adam = Adam(scene.field.parameter_groups(settings.optimiser))
    for _ in range(STEPS):
        chosen = torch.randint(len(samples), (POINTS // 2,), generator=generator)
        near = samples[chosen] + NEAR * torch.randn(POINTS // 2, 3, generator=generator)
        far = 2 * torch.rand(POINTS // 2, 3, generator=generator) - 1
        points = torch.cat([near, far]).clamp(-1, 1)
        wanted = settings.mesh_threshold * profile(read_grid(distance, points).squeeze(1)).to(device)
        density, albedo = scene.field(points.to(device))
        loss = (density.log1p() - wanted.log1p()).square().mean() + (albedo - 0.5).square().mean()
        gradients = torch.autograd.grad(loss, adam.parameters, allow_unused=True)
        for parameter, gradient in zip(adam.parameters, gradients):
            parameter.grad = gradient
        adam.step()
    scene.occupancy.density.zero_()
    scene.occupancy.update(scene.field.density, generator)


def profile(distance: Tensor) -> Tensor:
    """The density that is wanted at signed distances (N,), negative inside, as a multiple of that at the surface.

    >>> profile(torch.tensor([10.0, 0.0, -SOFTNESS]))
    tensor([0., 1., 2.])
    """
    depth = -distance / SOFTNESS
    return torch.where(depth > 0, 1 + depth, depth.clamp(max=0).exp())
