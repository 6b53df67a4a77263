"""What the unchanged engine makes with a stand-in: meshes of two lists of prompts against the true objects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from benchmarks.stand_ins.world import ALIKE, SIDED, prompts
from engine.evaluation.meshes import score_meshes, summary
from engine.evaluation.sheet import mesh_sheet
from engine.guidance.load import load_prior
from engine.run.settings import RunSettings, check_settings
from engine.settings import engine_settings

LISTS = {"alike from all sides": ALIKE, "with a front": SIDED}


def score(
    prior: str, weights: Path, lists: list[str], limit: int | None, overrides: dict[str, Any], pictures: Path
) -> None:
    """Distil the prompts of some of LISTS with the draft of a prior and print a line for each and each list's mean."""
    run = RunSettings("-", prior=prior, weights=str(weights), preset="draft", device="cpu", overrides=overrides)
    check_settings(run)
    settings, device = engine_settings(run), torch.device("cpu")
    stand_in = load_prior(prior, device, weights, guidance=settings.guidance)
    pictures.mkdir(parents=True, exist_ok=True)
    rows = []
    for name in lists:
        of_list = []
        for row in score_meshes(prompts(LISTS[name])[:limit], stand_in, settings, run.seed, device, pictures):
            of_list.append(row)
            print(f"{row['prompt']:<24} F {row['f']:.3f}  {row['seconds']:5.0f} s, {settings.steps} steps", flush=True)
        print(f"{name}: mean F {summary(of_list)['mean_f']:.3f} of {len(of_list)}", flush=True)
        rows += of_list
    mesh_sheet(rows, pictures).save(pictures / "meshes.png")
