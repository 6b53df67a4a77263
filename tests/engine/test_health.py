"""A density that died out or filled the scene is noticed, and the field begins again by itself."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.health import RESTARTS, DivergenceError, diagnose
from engine.rendering.occupancy import OccupancyGrid, OccupancySettings
from tests.engine.analytic import Ball, GaussianPrior
from tests.engine.test_optimise import assert_same, start, take, tiny


def seen(field) -> OccupancyGrid:
    occupancy = OccupancyGrid(OccupancySettings(resolution=24))
    occupancy.update(field.density, torch.Generator().manual_seed(0))
    return occupancy


@given(radius=st.floats(0.15, 0.9), tau=st.floats(2, 1000))
def test_no_ball_that_is_an_object_ails(radius, tau):
    assert diagnose(seen(Ball(radius, tau))) is None


@given(tau=st.floats(0, 0.9))
def test_haze_has_vanished(tau):
    assert diagnose(seen(Ball(1.0, tau))) == "vanished"


@given(radius=st.floats(1.1, 1.8), tau=st.floats(2, 1000))
def test_a_ball_as_large_as_the_scene_fills_it(radius, tau):
    assert diagnose(seen(Ball(radius, tau))) == "filled the scene"


def spoil(optimisation, bias: float) -> None:
    """Make the field empty or full, whatever its grids say."""
    with torch.no_grad():
        optimisation.scene.field.decoder[-1].weight.zero_()
        optimisation.scene.field.decoder[-1].bias.fill_(bias)
    optimisation.scene.occupancy.density.zero_()


@pytest.mark.parametrize("bias, words", [(-100.0, "vanished"), (100.0, "filled the scene")])
def test_a_lost_field_begins_again_with_the_whole_schedule_before_it(bias, words):
    optimisation = take(start(), 8)
    spoil(optimisation, bias)
    report = optimisation.take_step()
    assert report.restarted == f"The shape {words} at step 8"
    assert (optimisation.step, optimisation.first_step, optimisation.last_step) == (9, 8, 20)
    assert optimisation.progress == pytest.approx(1 / 12)
    assert diagnose(seen(optimisation.scene.field)) is None
    assert optimisation.take_step().restarted is None


@pytest.mark.parametrize("moment", ["exp_avg", "exp_avg_sq"])
def test_a_field_that_a_step_makes_not_finite_begins_again_at_once(moment):
    optimisation = take(start(), 7)
    next(iter(optimisation.scene.adam.state.values()))[moment].fill_(math.nan)
    assert optimisation.take_step().restarted == "The shape diverged at step 7"
    assert all(parameter.isfinite().all() for parameter in optimisation.scene.field.parameters())
    assert optimisation.take_step().restarted is None


def test_a_lost_field_begins_again_the_same_way_each_time_and_after_a_checkpoint():
    def lose(optimisation):
        spoil(optimisation, -100.0)
        return take(optimisation, 3)

    straight = lose(take(start(), 4))
    assert_same(straight, lose(take(start(), 4)))
    resumed = start(seed=99)
    resumed.restore({name: tensor.clone() for name, tensor in straight.tensors().items()}, straight.step)
    assert (resumed.first_step, resumed.restarts) == (4, 1)
    assert_same(take(resumed, 5), take(straight, 5))


def test_a_field_that_will_not_live_runs_to_its_end():
    optimisation = start()
    for _ in range(RESTARTS + 1):
        spoil(optimisation, -100.0)
        take(optimisation, 4)
    assert optimisation.restarts == RESTARTS and optimisation.step == 4 * (RESTARTS + 1)


class Failing(GaussianPrior):
    """Predicts what is not a number, `times` times."""

    times = 0

    def predict_noise(self, *arguments):
        self.times -= 1
        return super().predict_noise(*arguments) * (math.nan if self.times >= 0 else 1)


def test_a_diverged_field_begins_again():
    prior = Failing(0.2, 0.3)
    optimisation = take(start(tiny(), prior=prior), 3)
    prior.times = 1
    assert optimisation.take_step().restarted == "The shape diverged at step 3"
    assert all(torch.isfinite(tensor).all() for tensor in take(optimisation, 3).tensors().values())


def test_one_that_always_diverges_is_an_error():
    prior = Failing(0.2, 0.3)
    prior.times = 100
    with pytest.raises(DivergenceError, match="another seed"):
        take(start(tiny(), prior=prior), RESTARTS + 1)
