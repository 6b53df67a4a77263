"""Score distilled meshes against the true objects: python -m engine.toybox.score

For each prompt a whole run is made and its final mesh compared with the object that the prompt names: F-score at 5 % of
the scene's radius on 20,000 surface points each, in the scene's own frame, and the mean albedo error on matched points.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch

from engine.__main__ import parse_overrides
from engine.device import choose_device
from engine.evaluation.surfaces import POINTS, Score, compare, parse_subject, sample_surface, true_surface
from engine.guidance.prior import Prior, load_prior
from engine.meshing.snapshot import extract
from engine.optimise import Optimisation
from engine.preview import to_png
from engine.evaluation.look import look_around
from engine.run.settings import DEVICES, PRESETS, RunSettings
from engine.settings import EngineSettings, engine_settings

PROMPTS = ("a blue mug", "a pink donut", "a brown chair", "a red snowman", "a red mushroom", "a yellow cone")


def score_prompt(prompt: str, prior: Prior, settings: EngineSettings, seed: int, device: torch.device) -> tuple[Score | None, Optimisation]:
    """Distil a prompt and score its mesh; None where there is no surface."""
    optimisation = Optimisation(prompt, prior, settings, seed, device)
    while optimisation.step < settings.steps:
        optimisation.take_step()
    found = extract(
        optimisation.field, optimisation.occupancy.binary, threshold=settings.mesh_threshold,
        resolution=settings.mesh_resolution, face_budget=20_000, texture_size=512, final=False,
    )
    if found is None:
        return None, optimisation
    points, _, _ = sample_surface(found.mesh.vertices, found.mesh.faces, POINTS)
    with torch.no_grad():
        albedo = optimisation.field.albedo(torch.from_numpy(points).float().to(device)).cpu().numpy()
    return compare(points, albedo, *true_surface(*parse_subject(prompt))), optimisation


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m engine.toybox.score", description=__doc__.splitlines()[0])
    parser.add_argument("--prompts", type=Path, help="a file with a prompt a line")
    parser.add_argument("--preset", default="standard", choices=PRESETS)
    parser.add_argument("--prior", default="toybox")
    parser.add_argument("--weights", type=Path, help="a folder of Toybox weights; default: those of the engine")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="any engine setting")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto", choices=DEVICES)
    parser.add_argument("--json", type=Path, help="where every number goes")
    parser.add_argument("--pictures", type=Path, help="a folder for a picture of each result")
    options = parser.parse_args()
    prompts = options.prompts.read_text(encoding="utf-8").splitlines() if options.prompts else PROMPTS
    device = choose_device(options.device)
    prior = load_prior(options.prior, device, options.weights)
    settings = engine_settings(RunSettings(prompt="-", preset=options.preset, overrides=parse_overrides(options.set)))
    print(f"{'prompt':<32} {'F':>6} {'precision':>9} {'recall':>6} {'albedo':>6} {'time':>6}")
    rows = []
    for prompt in prompts:
        began = time.monotonic()
        score, optimisation = score_prompt(prompt, prior, settings, options.seed, device)
        score = score or Score(0.0, 0.0)
        seconds = time.monotonic() - began
        albedo = f"{score.albedo_error:.3f}" if score.albedo_error is not None else "-"
        print(f"{prompt:<32} {score.f:6.3f} {score.precision:9.3f} {score.recall:6.3f} {albedo:>6} {seconds:5.0f}s", flush=True)
        rows.append({"prompt": prompt, "f": score.f, **vars(score), "seconds": seconds})
        if options.pictures:
            options.pictures.mkdir(parents=True, exist_ok=True)
            (options.pictures / f"{prompt.replace(' ', '-')}.png").write_bytes(to_png(look_around(optimisation)))
    errors = [row["albedo_error"] for row in rows if row["albedo_error"] is not None]
    print(f"{'mean':<32} {np.mean([row['f'] for row in rows]):6.3f} {'':>9} {'':>6} {np.mean(errors) if errors else np.nan:6.3f}")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
