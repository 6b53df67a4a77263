"""Fixed views of a field, for looking at it."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.cameras import ring_cameras
from engine.lights import Lights
from engine.optimise import Optimisation
from engine.rendering.renderer import render
from engine.shading import Shading


@torch.no_grad()
def look_around(optimisation: Optimisation, views: int = 6, pixels: int = 96) -> Tensor:
    """Images (views, 3, 2 * pixels, pixels) around the field, albedo above textureless, on grey."""
    scene, device = optimisation.scene, optimisation.device
    cameras = ring_cameras(views).to(device)
    lights = Lights(cameras.position + cameras.position.new_tensor([0.5, 0.5, 1.0]), torch.full((views,), 0.3))
    background = torch.full((views, 3, pixels, pixels), 0.5, device=device)
    rows = [
        render(
            scene.field, scene.occupancy, cameras, lights.to(device), [shading] * views, background,
            optimisation.settings.render,
        ).images
        for shading in (Shading.ALBEDO, Shading.TEXTURELESS)
    ]
    return torch.cat(rows, 2)
