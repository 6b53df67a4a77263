"""One prompt from many seeds: how many die, and how much the F-score depends on luck.

    python benchmarks/seeds.py ["a red mug"] [--seeds 20] [--preset draft] [--device auto]

The baseline, in the last line, is the first seed: what someone who never changes it gets.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine.device import choose_device
from engine.evaluation.meshes import distil, score_field
from engine.guidance.load import load_prior
from engine.run.settings import RunSettings
from engine.settings import engine_settings


def main() -> None:
    """Run every seed and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prompt", nargs="?", default="a red mug")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--preset", default="draft")
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    device = choose_device(options.device)
    prior = load_prior("toybox", device)
    settings = engine_settings(RunSettings(options.prompt, preset=options.preset))
    print(f"{options.prompt!r}, {options.preset} preset\n{'seed':>5} {'F':>7} {'restarts':>8}")
    scores = []
    for seed in range(options.seeds):
        run = distil(options.prompt, prior, settings, seed, device)
        score = score_field(run, options.prompt)
        scores.append(score.f if score else 0.0)
        print(f"{seed:5} {scores[-1]:7.3f} {run.restarts:8}{'' if score else '  no surface'}", flush=True)
    low, middle, high = np.quantile(scores, [0.1, 0.5, 0.9])
    print(f"dead {sum(score == 0 for score in scores)} of {len(scores)}; "
          f"F mean {np.mean(scores):.3f}, least {min(scores):.3f}, a tenth below {low:.3f}, half below {middle:.3f}, "
          f"a tenth above {high:.3f}; first seed {scores[0]:.3f}")


if __name__ == "__main__":
    main()
