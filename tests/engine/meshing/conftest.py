"""Fields with a known surface, and meshes of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.meshing.surface import density_grid, marching_cubes

THRESHOLD = 25.0
EVERYWHERE = torch.ones(4, 4, 4, dtype=torch.bool)


class Ball:
    """An exponential density around a sphere, and an albedo that is linear in the position."""

    radius = 0.6
    sharpness = 20.0
    slope = torch.tensor([[0.4, 0.1, 0.0], [0.0, 0.3, -0.2], [0.2, 0.0, 0.4]])

    def density(self, x: torch.Tensor) -> torch.Tensor:
        return THRESHOLD * torch.exp(self.sharpness * (self.radius - x.norm(dim=-1)))

    def albedo(self, x: torch.Tensor) -> torch.Tensor:
        return 0.5 + x @ self.slope.to(x)


@pytest.fixture
def ball() -> Ball:
    return Ball()


@pytest.fixture(scope="session")
def sphere_mesh() -> tuple[np.ndarray, np.ndarray]:
    """Marching cubes of the ball on a 32^3 grid, about 5,000 faces."""
    return marching_cubes(density_grid(Ball().density, THRESHOLD, 32, EVERYWHERE), THRESHOLD)
