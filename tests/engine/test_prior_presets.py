"""The open vocabularies' settings against those that were published, row by row and in the units of the publication."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.fields import build_field
from engine.run.prior_presets import focal_length
from engine.run.settings import RunSettings
from engine.settings import EngineSettings, engine_settings

VALUES = {"stable-diffusion": 4 * 64 * 64, "deepfloyd-if": 2 * 3 * 64 * 64}
"""Of an image in each prior's space: threestudio's loss is a sum over them, ours a mean. IF's pixels are in [-1, 1],
and only threestudio's gradient has the factor 2 that comes of it."""
STEPS = 10_000
"""threestudio's; its shares of a run are steps of these."""


def published(prior: str) -> EngineSettings:
    """What a standard run of the prior is made with."""
    return engine_settings(RunSettings("a mug", prior=prior))


both = pytest.mark.parametrize("prior", VALUES)


@both
def test_losses_weigh_what_they_do_beside_a_sum(prior):
    losses, values = published(prior).losses, VALUES[prior]
    assert [weight * values for weight in losses.orientation] == pytest.approx([10, 1_000])
    assert losses.orientation_until * STEPS == 5_000
    assert losses.opacity * values == pytest.approx(1)
    assert losses.haze == (0, 0) and losses.roughness == losses.nearness == 0 and losses.carving == (0, 0)


def test_opacity_has_the_weight_of_the_reference():
    assert published("stable-diffusion").losses.opacity == pytest.approx(6.1e-5, rel=0.01)
    assert published("deepfloyd-if").losses.opacity == pytest.approx(8.1e-5 / 2, rel=0.01)


@both
def test_the_gradient_is_equation_3_at_all_noise(prior):
    guidance = published(prior).guidance
    assert (guidance.method, guidance.form, guidance.weighting, guidance.rescale) == ("sds", "noise", "sigma2", 0)
    assert guidance.timesteps_first == guidance.timesteps_last == guidance.timesteps_texture == (0.02, 0.98)


def test_guidance_scales_and_elevations_are_each_priors_own():
    seen = {prior: (published(prior).guidance.scale, published(prior).cameras.elevation) for prior in VALUES}
    ours = 1  # uncond + (s + 1)(cond - uncond) is threestudio's cond + s (cond - uncond)
    assert seen == {"stable-diffusion": (100 + ours, (-10, 45)), "deepfloyd-if": (20 + ours, (-10, 90))}


@both
def test_cameras_and_lights_are_theirs(prior):
    settings = published(prior)
    cameras, lights = settings.cameras, settings.lights
    assert cameras.distance == (1.5, 2.0)
    angles = [math.degrees(2 * math.atan(0.5 / focal)) for focal in cameras.focal]
    assert angles == pytest.approx([70, 40]) and cameras.by_angle
    assert (cameras.position_jitter, cameras.target_jitter, cameras.up_jitter) == (0.1, 0.2, 0.02)
    assert (lights.spread, lights.distance, lights.ambient) == (1.0, (0.8, 1.5), (0.1, 0.1))


@both
def test_the_loop_is_theirs(prior):
    settings = published(prior)
    assert (settings.steps, settings.views, settings.resolutions) == (STEPS, 1, ((0, 64),))
    assert settings.shading.albedo_until * STEPS == pytest.approx(2_001, abs=1)
    assert settings.shading.albedo == 1 - 0.75 and settings.shading.textureless == 0.75 * 0.5
    assert settings.shading.position == 0 and settings.painting.share == 0
    assert settings.background.kind == "learned" and settings.background.plain == 0
    rates = settings.optimiser
    assert (rates.grid_rate, rates.decoder_rate, rates.mlp_rate) == (0.01, 0.01, 0.001)
    assert (rates.warm_up, rates.final) == (0, 1)


@pytest.mark.parametrize("prior", [*VALUES, "mvdream"])
def test_the_first_ball_is_theirs(prior):
    settings = published(prior)
    assert (settings.field.grid.blob_density, settings.field.grid.blob_radius, settings.mesh_threshold) == (10, 0.5, 10)
    torch.manual_seed(0)
    points = torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.25, 0.0], [0.4, 0.0, 0.3]])
    theirs = torch.nn.functional.softplus(10 * (1 - points.norm(dim=-1) / 0.5))
    torch.testing.assert_close(build_field(settings.field).density(points).detach(), theirs, atol=0.5, rtol=0)


@both
def test_cells_and_samples_are_not_larger_than_pixels(prior):
    settings = published(prior)
    pixels = settings.resolutions[0][1]
    narrow, wide = (
        distance / focal / pixels for distance, focal in zip(settings.cameras.distance, settings.cameras.focal[::-1])
    )
    assert 2 / settings.render.samples < narrow < wide
    assert narrow < 2 / (settings.field.grid.resolutions[-1] - 1) < wide


@both
def test_presets_differ_in_their_steps_alone(prior):
    draft, fine = (engine_settings(RunSettings("a mug", prior=prior, preset=preset)) for preset in ("draft", "fine"))
    assert draft.steps < STEPS < fine.steps
    assert (draft.guidance, draft.losses, draft.cameras) == (fine.guidance, fine.losses, fine.cameras)


@given(st.floats(1, 179))
def test_a_wider_angle_is_a_shorter_lens(degrees):
    assert math.degrees(2 * math.atan(0.5 / focal_length(degrees))) == pytest.approx(degrees)


def by_method(prior: str, method: str) -> EngineSettings:
    return engine_settings(RunSettings("a mug", prior=prior, overrides={"guidance.method": method}))


def test_sdi_is_its_authors():
    settings = by_method("stable-diffusion", "sdi")
    guidance, losses = settings.guidance, settings.losses
    assert (settings.steps, settings.resolutions) == (STEPS, ((0, 512),))
    assert (guidance.form, guidance.weighting, guidance.scale, guidance.perp_neg) == ("clean", "uniform", 7.5, 1)
    assert (guidance.timesteps_first, guidance.timesteps_last) == ((1, 1), (0.2, 0.2))
    inversion = guidance.inversion
    assert (inversion.steps, inversion.scale, inversion.fresh) == (10, -7.5, 0.3)
    assert inversion.beyond == pytest.approx(1 / 30)
    assert losses.orientation == losses.haze == (0.1, 0.1) and losses.depth_variance == 1
    assert (losses.opacity, losses.opacity_until * STEPS) == (0.15, 3_000)
    assert (losses.convexity, losses.convexity_until * STEPS) == ((1, 0.1), 4_000)
    assert settings.shading.albedo == 1 - 0.3 and settings.shading.textureless == pytest.approx(0.3 * 0.75)
    assert settings.shading.albedo_until * STEPS == 1_000


@pytest.mark.parametrize(
    "prior, against, nothing, until, first, last, weighting",
    [
        ("stable-diffusion", (-1, -0.5), (0, -0.5), 10_000, 0.5, 0.5, "sigma2"),
        ("deepfloyd-if", (0, -1), (-1, 0), 5_000, 0.98, 0.5, "uniform"),
    ],
)
def test_csd_has_its_three_weights(prior, against, nothing, until, first, last, weighting):
    settings = by_method(prior, "csd")
    guidance = settings.guidance
    assert (guidance.form, guidance.scale, guidance.weighting) == ("noise", 1, weighting)
    assert settings.background.plain == 0.5
    assert (guidance.classifier.against, guidance.classifier.nothing) == (against, nothing)
    assert all(sum(weights) == -1 for weights in zip(against, nothing))  # what all captions agree on is left alone
    assert guidance.classifier.until * STEPS == until
    assert (guidance.timesteps_first[1], guidance.timesteps_last[1]) == (first, last)


@both
def test_beside_csd_losses_are_weaker_by_the_scale_that_it_lacks(prior):
    sds, csd = published(prior), by_method(prior, "csd")
    assert csd.losses.opacity == pytest.approx(sds.losses.opacity / sds.guidance.scale)
    assert csd.losses.orientation == pytest.approx([weight / sds.guidance.scale for weight in sds.losses.orientation])


@both
def test_the_bridge_is_sds_but_for_its_second_half(prior):
    guidance = by_method(prior, "bridge").guidance
    assert (guidance.scale, guidance.bridge.start) == (published(prior).guidance.scale, 0.5)


def test_large_views_want_fine_cells():
    settings = by_method("stable-diffusion", "sdi")
    assert by_method("stable-diffusion", "csd").field == settings.field
    assert 2 / (settings.field.grid.resolutions[-1] - 1) < 0.011


def test_mvdream_is_its_authors():
    settings = published("mvdream")
    guidance, cameras = settings.guidance, settings.cameras
    assert (settings.steps, settings.views, cameras.group) == (STEPS, 4, 4)
    assert settings.resolutions == ((0, 64), (5_000 / STEPS, 256))
    assert (cameras.elevation, cameras.distance, cameras.relative) == ((0, 30), (0.8, 1.0), True)
    assert [math.degrees(2 * math.atan(0.5 / focal)) for focal in cameras.focal] == pytest.approx([60, 15])
    assert cameras.position_jitter == cameras.target_jitter == cameras.up_jitter == 0
    assert (guidance.form, guidance.weighting, guidance.scale, guidance.rescale) == ("clean", "uniform", 50, 0.5)
    assert (guidance.timesteps_first, guidance.timesteps_last) == ((0.98, 0.98), (0.02, 0.5))
    assert guidance.timesteps_until * STEPS == 8_000
    assert guidance.tell_camera and not guidance.view_words.on and guidance.negative.startswith("ugly, bad anatomy")
    rates, losses = settings.optimiser, settings.losses
    assert (rates.grid_rate, rates.decoder_rate, rates.mlp_rate) == (0.01, 0.001, 0.001)
    assert losses.orientation == losses.haze == (0, 0) and losses.opacity == losses.roughness == losses.nearness == 0
    assert settings.shading.albedo_until == 1
    assert cameras.by_angle and settings.background.plain == 0.5
