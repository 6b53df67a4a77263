"""The loop with a prior that looks at groups of views: none is ever split."""

import pytest
import torch

from engine.optimise import Optimisation
from engine.run.settings import RunSettings, SettingsError
from engine.settings import engine_settings
from engine.shading import Shading, ShadingSettings, sample_shadings
from engine.workers import whole_groups
from tests.engine.analytic import TINY_FIELD, GaussianPrior

TINY = {
    **TINY_FIELD, "steps": 10, "views": 8, "resolutions": [[0, 8]], "cameras.group": 4, "shading.position": 0,
    "shading.albedo_until": 0, "painting.share": 0, "painting.views": 8,
}  # fmt: skip


class Grouped(GaussianPrior):
    """It wants groups of four, each of which it checks: a quarter turn from view to view, alike in all else. There is
    memory for so many views."""

    group = 4

    def __init__(self, room: int = 100):
        super().__init__(0.2, 0.3)
        self.room, self.seen = room, []

    def predict_noise(self, noisy, timesteps, captions):
        if len(noisy) > 2 * self.room:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        self.seen.append(len(noisy) // 2)
        for start in range(0, len(noisy), 4):
            cameras = [caption.camera for caption in captions[start : start + 4]]
            azimuths = torch.tensor([camera.azimuth for camera in cameras])
            turns = (azimuths - azimuths[0]) / (torch.pi / 2) % 4
            assert (turns.cpu().round().long() % 4).tolist() == [0, 1, 2, 3]
            assert len({round(camera.elevation, 5) for camera in cameras}) == 1
            assert len({caption.shading for caption in captions[start : start + 4]}) == 1
        return super().predict_noise(noisy, timesteps, captions)


def start(prior: GaussianPrior, **overrides) -> Optimisation:
    settings = engine_settings(RunSettings("a field", overrides=TINY | overrides))
    return Optimisation("a field", prior, settings, 3, torch.device("cpu"))


@pytest.mark.parametrize("at_once, parts", [(0, [4, 4]), (1, [4, 4]), (4, [4, 4]), (7, [4, 4]), (8, [8]), (100, [8])])
def test_no_group_is_split(at_once, parts):
    prior = Grouped()
    start(prior, views_at_once=at_once, **{"guidance.view_words.on": False}).take_step()
    assert prior.seen == parts


def test_painting_looks_at_whole_groups():
    prior = Grouped()
    optimisation = start(prior, **{"painting.share": 0.5, "painting.views": 12})
    for _ in range(8):
        optimisation.take_step()
    assert optimisation.painting_since == 5 and prior.seen == [4, 4] * 8


def test_short_of_memory_it_goes_down_to_one_group_and_no_further():
    optimisation = start(Grouped(room=4), views=12, views_at_once=12)
    optimisation.take_step()
    assert optimisation.step == 1 and optimisation.views_at_once == 4
    with pytest.raises(RuntimeError, match="out of memory"):
        start(Grouped(room=3), views_at_once=8).take_step()


def test_threads_are_for_groups(monkeypatch):
    monkeypatch.setattr("engine.optimise.cores", lambda: 4)
    optimisation = start(Grouped())
    assert optimisation.workers.candidates == [2, 1] and optimisation.views_in_memory == 8


def test_settings_without_groups_are_refused_before_the_first_step():
    with pytest.raises(SettingsError, match="set 'cameras.group' to 4"):
        start(Grouped(), **{"cameras.group": 2})


def test_any_prior_may_look_at_groups():
    prior = GaussianPrior(0.2, 0.3)
    assert start(prior).views_at_once == prior.group == 1
    start(prior).take_step()


@pytest.mark.parametrize("views, group, whole", [(1, 1, 1), (7, 1, 7), (1, 4, 4), (4, 4, 4), (7, 4, 4), (12, 4, 12)])
def test_whole_groups(views, group, whole):
    assert whole_groups(views, group) == whole


def test_a_group_is_shaded_alike():
    settings, chance = ShadingSettings(albedo_until=0.0), torch.Generator().manual_seed(0)
    drawn = [sample_shadings(settings, 8, 0.5, chance, group=4) for _ in range(40)]
    assert all(len(set(views[:4])) == len(set(views[4:])) == 1 for views in drawn)
    assert {views[4] for views in drawn} == {Shading.ALBEDO, Shading.TEXTURELESS, Shading.DIFFUSE}
    assert any(views[0] is not views[4] for views in drawn)
