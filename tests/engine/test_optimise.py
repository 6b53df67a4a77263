"""The loop itself, with a prior that knows one grey value: reproducible, resumable bit for bit, and it learns."""

import pytest
import torch

from engine.cameras import sample_cameras
from engine.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from engine.guidance.prior import Views
from engine.lights import sample_lights
from engine.optimise import Optimisation
from engine.run.settings import RunSettings
from engine.scenes.volume import LitViews
from engine.settings import EngineSettings, engine_settings
from engine.shading import Shading
from tests.engine.analytic import TINY_FIELD, GaussianPrior, Remembering

TINY = {
    "steps": 12,
    "views": 2,
    "resolutions": [[0, 8], [0.5, 12]],
    **TINY_FIELD,
    "shading.albedo_until": 0.2,
    "shading.position": 0,
    "painting.share": 0,
}

AS_THE_PAPER = {
    "field.kind": "mlp",
    "field.mlp.levels": 3,
    "field.mlp.blocks": 2,
    "field.mlp.width": 8,
    "background.kind": "learned",
    "background.width": 8,
    "render.normals": "samples",
    "render.chunk": 200,
}
"""The paper's field, background and normals."""

TEXTURED = {"shading.position": 0.5}
"""Some steps are geometry steps, the others texture steps."""

PAINTED = {"painting.share": 0.4, "painting.views": 5}
"""After seven steps the shape is finished and only its colours are learned."""


def tiny(**overrides) -> EngineSettings:
    return engine_settings(RunSettings("a field", overrides=TINY | overrides))


def start(settings: EngineSettings | None = None, seed: int = 3, prior=None) -> Optimisation:
    return Optimisation("a field", prior or GaussianPrior(0.2, 0.3), settings or tiny(), seed, torch.device("cpu"))


def take(optimisation: Optimisation, steps: int) -> Optimisation:
    for _ in range(steps):
        optimisation.take_step()
    return optimisation


def assert_same(first: Optimisation, second: Optimisation) -> None:
    a, b = first.tensors(), second.tensors()
    assert first.step == second.step and a.keys() == b.keys()
    assert [name for name in a if not torch.equal(a[name], b[name])] == []


@pytest.mark.parametrize(
    "overrides, before",
    [
        ({}, 0), ({}, 1), ({}, 4), ({}, 7), (TEXTURED, 1), (TEXTURED, 7), (PAINTED, 6), (PAINTED, 7), (PAINTED, 9),
        (AS_THE_PAPER, 0), (AS_THE_PAPER, 3), (AS_THE_PAPER, 7),
        (AS_THE_PAPER | PAINTED, 9),
    ],
)
def test_saved_and_loaded_it_goes_on_bit_for_bit(tmp_path, overrides, before):
    straight = take(start(tiny(**overrides)), 12)
    first = take(start(tiny(**overrides)), before)
    save_checkpoint(tmp_path, first.tensors(), {"step": first.step})
    resumed = start(tiny(**overrides), seed=99)
    tensors, numbers = load_checkpoint(tmp_path)
    resumed.restore(tensors, numbers["step"])
    assert_same(first, resumed)
    points = torch.rand(50, 3, generator=torch.Generator().manual_seed(0))
    assert torch.equal(first.scene.field.density(points), resumed.scene.field.density(points))
    assert_same(take(resumed, 12 - before), straight)


@pytest.fixture
def two_threads():
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(1)


def test_at_the_default_size_and_with_threads_too(tmp_path, two_threads):
    settings = engine_settings(RunSettings("a field", steps=6))
    prior = GaussianPrior(0.2, 0.3, resolution=64)
    straight = take(start(settings, prior=prior), 3)
    first = take(start(settings, prior=prior), 2)
    save_checkpoint(tmp_path, first.tensors(), {"step": 2})
    resumed = start(settings, seed=99, prior=prior)
    resumed.restore(load_checkpoint(tmp_path)[0], 2)
    assert_same(take(resumed, 1), straight)


def test_a_seed_decides_everything():
    assert_same(take(start(seed=5), 3), take(start(seed=5), 3))
    one, other = take(start(seed=5), 3).tensors(), take(start(seed=6), 3).tensors()
    assert not torch.equal(one["field.grids.0"], other["field.grids.0"])


@pytest.mark.parametrize("overrides", [{}, AS_THE_PAPER])
def test_what_others_draw_does_not_matter(overrides):
    straight = take(start(tiny(**overrides)), 3)
    torch.manual_seed(1234)
    disturbed = start(tiny(**overrides))
    for _ in range(3):
        torch.rand(5)
        disturbed.take_step()
    assert_same(straight, disturbed)


def test_making_one_leaves_the_global_generator_alone():
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    start()
    assert torch.equal(torch.rand(3), expected)


def test_a_dark_prior_darkens_the_surface_and_a_bright_one_brightens_it():
    surface = 0.5 * torch.nn.functional.normalize(
        torch.randn(200, 3, generator=torch.Generator().manual_seed(0)), dim=-1
    )

    def albedo(mean: float) -> float:
        settings = tiny(steps=30, **{"shading.albedo": 1, "shading.textureless": 0, "optimiser.warm_up": 0})
        optimisation = take(start(settings, prior=GaussianPrior(mean, 0.1)), 30)
        with torch.no_grad():
            return optimisation.scene.field.albedo(surface).mean().item()

    assert albedo(-0.9) < 0.46 and albedo(0.9) > 0.54


def test_a_step_reports_what_it_saw():
    report = start(tiny(views_at_once=2)).take_step()
    assert report.images.shape == (2, 3, 8, 8)
    assert 0 < report.opacity < 1 and report.gradient_size > 0


def test_views_grow_at_their_share_of_the_run():
    optimisation = start()
    sizes = [optimisation.take_step().images.shape[-1] for _ in range(12)]
    assert sizes == [8] * 6 + [12] * 6


def test_texture_steps_are_asked_at_their_own_noise():
    low, high = [0.1, 0.2], [0.8, 0.9]
    ranges = {"guidance.timesteps_first": low, "guidance.timesteps_last": low, "guidance.timesteps_texture": high}
    prior, seen = Remembering(0.2, 0.3), set()
    optimisation = start(tiny(steps=40, **{"shading.position": 0.5}, **ranges), prior=prior)
    for _ in range(20):
        optimisation.take_step()
        seen |= {tuple(ends) for ends in (low, high) if ends[0] - 0.01 <= prior.asked[0] <= prior.asked[1] <= ends[1]}
    assert seen == {tuple(low), tuple(high)}


def test_texture_steps_have_no_say_in_the_weights():
    optimisation = start(tiny(**{"shading.position": 0.5}))
    optimisation.scene.occupancy.update(optimisation.scene.field.density, optimisation.generator)
    for shading, shapes in ((Shading.ALBEDO, False), (Shading.POSITION, True)):
        cameras = sample_cameras(2, optimisation.settings.cameras, optimisation.generator)
        lights = sample_lights(cameras.position, optimisation.settings.lights, optimisation.generator)
        shots = LitViews(Views(cameras, [shading] * 2), lights)
        rendering = optimisation.scene.render(shots, 0.0, optimisation.generator)
        assert rendering.images.requires_grad and rendering.weights.requires_grad is shapes


def test_each_group_of_parameters_has_its_own_rate():
    optimisation = start(tiny(steps=100, **{"optimiser.warm_up": 0.1}))
    before = [parameter.clone() for parameter in optimisation.scene.parameters]
    moved = [(new - old).abs().max().item() for old, new in zip(before, take(optimisation, 1).scene.parameters)]
    rates = optimisation.settings.optimiser  # Adam's first step is as long as its rate, here a tenth of it
    assert moved == pytest.approx([0.1 * rates.grid_rate] * 2 + [0.1 * rates.decoder_rate] * 4, rel=1e-3)


def test_the_paper_scene_anneals_with_the_run_and_learns_its_background():
    optimisation = start(tiny(steps=12, **AS_THE_PAPER))
    before = [weight.clone() for weight in optimisation.scene.background.parameters()]
    scales = [optimisation.scene.field.scale]
    for _ in range(6):
        optimisation.take_step()
        scales.append(optimisation.scene.field.scale)
    assert scales == pytest.approx([0.05, 0.038, 0.026, 0.014, 0.002, 0.002, 0.002])
    after = list(optimisation.scene.background.parameters())
    assert all(not torch.equal(one, other) for one, other in zip(before, after))


def test_occupancy_follows_the_field():
    optimisation = take(start(), 9)
    points = torch.rand(2000, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        dense = points[optimisation.scene.field.density(points) > 20]
    assert len(dense) > 10
    grid = optimisation.scene.occupancy
    known = grid.along(dense, torch.zeros_like(dense), torch.zeros(len(dense), 1))
    assert (known >= 0).float().mean() > 0.95


@pytest.mark.parametrize(
    "damage",
    [
        {"generator": None},
        {"field.grids.0": None},
        {"occupancy.binary": None},
        {"field.grids.0": torch.zeros(3)},
        {"generator": torch.zeros(3, dtype=torch.uint8)},
        {"adam.x.exp_avg": torch.zeros(3)},
        {"restarts": torch.zeros(2)},
        {"restarts": torch.tensor([2, 0])},
        {"restarts": torch.tensor([-1, 0])},
        {"restarts": torch.tensor([0, 4])},
        {"restarts": torch.tensor([0])},
        {"painting": torch.tensor([2, 7])},
        {"painting": torch.tensor([1.0, 7.0])},
    ],
)
def test_a_checkpoint_of_something_else_does_not_fit(damage):
    tensors = {name: tensor for name, tensor in (start().tensors() | damage).items() if tensor is not None}
    with pytest.raises(CheckpointError, match="does not fit"):
        start().restore(tensors, 1)


def test_views_in_parts_have_the_gradients_of_all_at_once(monkeypatch):
    """Random numbers are held still, since parts draw theirs in another order."""

    def still(value: float):
        return lambda *size, generator=None: torch.full(size if isinstance(size[0], int) else size[0], value)

    monkeypatch.setattr(torch, "rand", still(0.4))
    monkeypatch.setattr(torch, "randn", still(0.3))
    ways = {"shading.albedo_until": 0.0, "shading.albedo": 0.5}
    ways |= {"losses.orientation": (0.5, 0.5), "losses.roughness": 0.5}
    whole, parts = (start(tiny(views=5, views_at_once=at_once, **ways)) for at_once in (0, 2))
    for optimisation in (whole, parts):
        optimisation.scene.occupancy.update(optimisation.scene.field.density, optimisation.generator)
        _, size = optimisation._gradients()
        assert size > 0
    for one, other in zip(whole.scene.field.parameters(), parts.scene.field.parameters(), strict=True):
        torch.testing.assert_close(other.grad, one.grad, rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize("settings", [tiny(views=3), tiny(views=4, **{"shading.position": 0.5})])
def test_a_run_is_the_same_whatever_the_number_of_workers(settings, monkeypatch):
    runs = []
    for count in (1, 2, 4):
        monkeypatch.setattr("engine.optimise.cores", lambda: count)
        runs.append(take(start(settings), 6))
        assert runs[-1].workers.candidates[0] == min(count, settings.views)
    for other in runs[1:]:
        assert_same(runs[0], other)


def test_short_of_memory_it_looks_at_fewer_views_at_once_and_goes_on():
    class Small(GaussianPrior):
        """A prior on a device that has room for two views."""

        def predict_noise(self, noisy, timesteps, captions):
            if len(noisy) > 4:
                raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.")
            return super().predict_noise(noisy, timesteps, captions)

    optimisation = start(tiny(views=5, views_at_once=5), prior=Small(0.2, 0.3))
    take(optimisation, 3)
    assert optimisation.step == 3 and optimisation.views_at_once == 2 and optimisation.workers.count == 1
    alone = start(tiny(views=1), prior=Small(0.2, 0.3))
    alone.guidance.prior.predict_noise = lambda *_: (_ for _ in ()).throw(RuntimeError("out of memory"))
    with pytest.raises(RuntimeError, match="out of memory"):
        alone.take_step()


def test_threads_that_memory_does_not_suffice_for_are_given_up(monkeypatch):
    monkeypatch.setattr("engine.optimise.cores", lambda: 2)
    optimisation = start(tiny(views=2))
    assert optimisation.views_in_memory == 2
    look, looks = optimisation._part, []

    def refuse_once(*arguments):
        looks.append(None)
        if len(looks) == 1:
            raise MemoryError
        return look(*arguments)

    optimisation._part = refuse_once
    optimisation.take_step()
    assert optimisation.step == 1 and optimisation.views_in_memory == 1
