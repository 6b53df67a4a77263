"""What the unchanged engine makes with a stand-in: meshes of two lists of prompts against the true objects."""

from __future__ import annotations

from pathlib import Path
from statistics import mean
from typing import Any

import torch

from benchmarks.stand_ins.fronts import counter
from benchmarks.stand_ins.images import Images
from benchmarks.stand_ins.world import ALIKE, SIDED, prompts
from engine.evaluation.meshes import score_meshes, summary
from engine.evaluation.sheet import mesh_sheet
from engine.guidance.load import load_prior
from engine.run.settings import RunSettings, check_settings
from engine.settings import engine_settings

LISTS = {"alike from all sides": ALIKE, "with a front": SIDED}


def score(
    prior: str, weights: Path, images: Images, lists: list[str], limit: int | None, overrides: dict[str, Any],
    pictures: Path,
) -> None:
    """Distil the prompts of some of LISTS with the draft of a prior; print a line for each, and each list's means: the
    F-score when sizes are made equal, of which words say nothing, and how many fronts there are of what has one, as a
    classifier sees it that learns from `images`."""
    run = RunSettings("-", prior=prior, weights=str(weights), preset="draft", device="cpu", overrides=overrides)
    check_settings(run)
    settings, device = engine_settings(run), torch.device("cpu")
    stand_in = load_prior(prior, device, weights, guidance=settings.guidance)
    pictures.mkdir(parents=True, exist_ok=True)
    rows = []
    for name in lists:
        of_list, also = [], {"also": counter(images)} if LISTS[name] is SIDED else {}
        asked = prompts(LISTS[name])[:limit]
        for row in score_meshes(asked, stand_in, settings, run.seed, device, pictures, fit=True, **also):
            of_list.append(row)
            print(f"{row['prompt']:<24} F {row['f']:.3f}{_fronts(row)}  {row['seconds']:5.0f} s", flush=True)
        means = {"f": summary(of_list)["mean_f"]} | ({"fronts": mean(row["fronts"] for row in of_list)} if also else {})
        print(f"{name}: mean F {means['f']:.3f}{_fronts(means)} of {len(of_list)}, {settings.steps} steps", flush=True)
        rows += of_list
    mesh_sheet(rows, pictures).save(pictures / "meshes.png")


def _fronts(row: dict[str, float]) -> str:
    return f"  fronts {row['fronts']:.1f}" if "fronts" in row else ""
