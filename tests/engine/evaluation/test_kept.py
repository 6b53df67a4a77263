"""A draft that goes on, under a higher preset or planned longer, gets nearer to the true object in colour, and keeps
its shape."""

from __future__ import annotations

import pytest
import torch

from engine.evaluation.meshes import distil, score_field
from engine.guidance.load import load_prior
from engine.optimise import Optimisation
from engine.run.settings import RunSettings
from engine.settings import engine_settings

CPU = torch.device("cpu")
PROMPT = "a red mug"


def settings(preset: str, steps: int):
    return engine_settings(RunSettings(PROMPT, preset=preset, steps=steps))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize(
    "preset, steps, share", [("standard", 160, 0.5), ("draft", 120, 0.9)], ids=["kept", "more steps"]
)
def test_what_goes_on_has_better_colours_than_its_draft_and_its_shape(preset, steps, share):
    prior = load_prior("toybox", CPU)
    draft = distil(PROMPT, prior, settings("draft", 80), 0, CPU)
    kept = Optimisation(PROMPT, prior, settings(preset, steps), 0, CPU)
    kept.restore(draft.tensors(), draft.step)
    before = score_field(kept, PROMPT)
    assert kept.step == 80 and before.f > 0.1
    while kept.step < kept.last_step:
        kept.take_step()
    after = score_field(kept, PROMPT)
    assert after.albedo_error < share * before.albedo_error
    assert after.f > before.f - 0.05, "so short a run's F wanders by some hundredths"
