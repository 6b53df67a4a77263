"""The painted surface: the shape stays, and colours go where the prior wants them."""

import math

import pytest
import torch

from engine.lights import sample_lights
from engine.optimise import Optimisation
from engine.run.settings import RunSettings
from engine.scenes.painting import PaintedSurface
from engine.scenes.volume import LitViews, Volume
from engine.settings import engine_settings
from tests.engine.analytic import TINY_FIELD, GaussianPrior, Remembering

POINTS = torch.rand(200, 3, generator=torch.Generator().manual_seed(0)) * 1.6 - 0.8


def settings(**overrides):
    own = {"steps": 40, "views": 2, "resolutions": [[0, 16]], "shading.position": 0, "painting.share": 0.75,
           "painting.views": 6, "painting.resolution": 16, "painting.rate": 1.0}
    return engine_settings(RunSettings("a field", overrides=TINY_FIELD | own | overrides))


def start(**overrides) -> Optimisation:
    return Optimisation("a field", GaussianPrior(0.8, 0.05), settings(**overrides), 1, torch.device("cpu"))


def take(optimisation: Optimisation, steps: int) -> Optimisation:
    for _ in range(steps):
        optimisation.take_step()
    return optimisation


def test_the_last_stage_keeps_the_shape_and_moves_its_colours():
    run = take(start(), 10)
    assert isinstance(run.scene, Volume)
    with torch.no_grad():
        density, albedo = run.scene.field(POINTS)
    surface = take(run, 1).scene
    assert isinstance(surface, PaintedSurface)
    take(run, 29)
    with torch.no_grad():
        assert torch.equal(surface.field.density(POINTS), density)
        shown = torch.cat([view.points for view in surface.traced])
        before, after = surface.volume.field.albedo(shown).mean(), surface.field.albedo(shown).mean()
    assert run.step == run.last_step and after > before + 0.1  # the prior likes bright images


def test_a_surface_looks_like_the_volume_that_it_comes_from():
    run = take(start(), 10)
    volume = run.scene
    surface = PaintedSurface(volume, 5)
    shots = surface.choose(2, 0.0, torch.Generator().manual_seed(0))
    painted = surface.render(shots, 0.0, torch.Generator().manual_seed(1))
    lights = sample_lights(shots.views.cameras.position, run.settings.lights, torch.Generator())
    seen = volume.render(LitViews(shots.views, lights), 0.0, torch.Generator().manual_seed(1))
    assert (painted.opacity - seen.opacity).abs().mean() < 0.02
    assert (painted.images - seen.images).abs().mean() < 0.03


@pytest.mark.parametrize("steps, progress", [(5, 0.5), (12, 2 / 30), (40, 1.0)])
def test_progress_is_the_share_of_the_stage(steps, progress):
    assert take(start(), steps).progress == pytest.approx(progress)


def test_colours_that_diverge_begin_again_on_the_shape_as_it_was():
    run = take(start(), 12)
    shape = run.scene.volume.field
    before = shape.albedo(POINTS)
    next(iter(run.scene.adam.state.values()))["exp_avg"].fill_(math.nan)
    assert run.take_step().restarted == "The colours diverged at step 12"
    assert run.scene.volume.field is shape and torch.equal(shape.albedo(POINTS), before)
    assert (run.stage, run.last_step, run.first_painting_step) == ((0, 30), 42, 12)
    resumed = start()
    resumed.restore(run.tensors(), run.step)
    for again in (run, resumed):
        assert take(again, 3).progress == pytest.approx(3 / 30)
        assert all(parameter.isfinite().all() for parameter in again.scene.field.colours.parameters())
    assert torch.equal(run.scene.field.albedo(POINTS), resumed.scene.field.albedo(POINTS))


@pytest.mark.parametrize("steps, painting, stage", [(60, True, (30, 50)), (400, False, (40, 100))])
def test_with_more_steps_a_run_goes_on_in_the_stage_that_it_would_be_in(steps, painting, stage):
    tensors = take(start(), 40).tensors()
    longer = start(steps=steps)
    longer.restore(tensors, 40)
    assert isinstance(longer.scene, PaintedSurface if painting else Volume) and longer.stage == stage
    assert longer.take_step().images.isfinite().all()


def test_painting_is_asked_at_the_noise_of_texture_steps_and_in_its_own_resolution():
    prior = Remembering(0.2, 0.3)
    ranges = {"guidance.timesteps_first": [0.1, 0.2], "guidance.timesteps_last": [0.1, 0.2]}
    own = {"guidance.timesteps_texture": [0.8, 0.9], "painting.resolution": 20}
    run = take(Optimisation("a field", prior, settings(**(ranges | own)), 1, torch.device("cpu")), 11)
    assert run.take_step().images.shape == (1, 3, 20, 20)
    assert 0.79 <= prior.asked[0] <= prior.asked[1] <= 0.9


def test_a_shape_that_vanishes_right_before_it_would_be_painted_begins_again():
    run = take(start(), 10)
    assert run.step % run.settings.occupancy.every, "not a step at which it is looked after anyway"
    with torch.no_grad():
        run.scene.field.decoder[-1].weight.zero_()
        run.scene.field.decoder[-1].bias.fill_(-100.0)
    run.scene.occupancy.density.zero_()
    assert run.take_step().restarted == "The shape vanished at step 10"
    assert isinstance(run.scene, Volume)
