"""The score of a field that is the true object, or that object in another colour."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
import torch

from engine.evaluation.meshes import score_field
from engine.settings import EngineSettings
from engine.toybox.colours import COLOURS
from tests.engine.analytic import SoftBall, everywhere

SETTINGS = EngineSettings(mesh_resolution=48)
RADIUS = 0.62
"""Of the Toybox world's ball."""


@pytest.mark.parametrize("colour, albedo_error", [("red", 0), ("blue", (0.73 + 0.15 + 0.75) / 3)])
def test_the_field_of_a_ball_has_the_true_balls_shape_and_the_error_of_its_colour(colour, albedo_error):
    field = SoftBall(RADIUS, tau=SETTINGS.mesh_threshold / math.log(2))  # the threshold lies on the surface
    field.colour = COLOURS[colour]
    scene = SimpleNamespace(field=field, occupancy=everywhere())
    found = score_field(SimpleNamespace(settings=SETTINGS, scene=scene, device=torch.device("cpu")), "a red ball")
    assert found.f >= 0.99 and found.faults == 0 and found.normal_error < 3
    assert found.albedo_error == pytest.approx(albedo_error, abs=1e-3)
