"""Carving: what a ray sees is thinned out where the surface ought to lie further back, however dense it is."""

import pytest
import torch

from engine.cameras import camera_rays
from engine.guidance.sds import surrogate_loss
from engine.scenes.carving import carving_loss
from engine.shading import Shading
from tests.engine.analytic import Ball, cameras_at, show

SIZE = 9
CAMERAS = cameras_at((0, 0), (20, 130))
AHEAD = camera_rays(CAMERAS, SIZE, SIZE)[1].permute(0, 3, 1, 2)


def seen(density: float | torch.Tensor):
    return show(Ball(0.5, density), CAMERAS, SIZE, 256, Shading.POSITION)


@pytest.mark.parametrize("tau", [0.5, 8.0, 100.0])
def test_the_gradient_is_the_pull_times_the_opacity_on_the_logarithm_of_one_plus_the_density(tau):
    density = torch.tensor(tau, requires_grad=True)
    rendering = seen(density)
    (slope,) = torch.autograd.grad(carving_loss(rendering, -0.3 * AHEAD), density)
    expected = 0.3 * rendering.opacity.sum().item() / 2 / (1 + tau)
    assert slope.item() == pytest.approx(expected, rel=1e-3)


def test_neither_what_ought_to_come_nearer_is_carved_nor_what_is_pulled_aside():
    aside = torch.linalg.cross(AHEAD, torch.tensor([0.0, 0, 1]).view(1, 3, 1, 1).expand_as(AHEAD), dim=1)
    aside = aside / aside.norm(dim=1, keepdim=True)
    assert carving_loss(seen(8.0), 0.3 * AHEAD) == 0
    assert carving_loss(seen(8.0), aside) == 0
    assert carving_loss(seen(8.0), 0.31 * aside - 0.3 * AHEAD) == 0
    partly, wholly = (carving_loss(seen(8.0), pull) for pull in (0.1 * aside - 0.3 * AHEAD, -0.2 * AHEAD))
    assert partly.item() == pytest.approx(wholly.item(), rel=1e-3) and wholly > 0


def test_a_denser_solid_is_carved_as_fast_while_its_position_map_has_less_and_less_to_say():
    def pulls(tau: float) -> list[float]:
        """On the logarithm of the density: the map's own pull, and the carving's."""
        logarithm = torch.tensor(tau).log().requires_grad_()
        rendering, middle = seen(logarithm.exp()), (..., slice(3, 6), slice(3, 6))
        losses = (
            surrogate_loss(rendering.images[middle], -0.3 * AHEAD[middle]), carving_loss(rendering, -0.3 * AHEAD)
        )
        return [torch.autograd.grad(loss, logarithm, retain_graph=True)[0].item() for loss in losses]

    (own, carved), (own_dense, carved_dense) = pulls(10.0), pulls(60.0)
    assert 0 < own_dense < 0.3 * own
    assert carved_dense > 0.9 * carved > 0
