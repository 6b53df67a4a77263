"""The paper's optimiser beside ours, on the paper's field: python benchmarks/shampoo.py ["a red cube"] [--steps 200]

DreamFusion optimised its MLP with Shampoo; torch has none, so that Adam stands in for it (docs/decisions.md). Both run
here on small views of the paper's field, with the Toybox prior, from one seed. Prints the F-score and the time of a
step for each learning rate.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine.device import choose_device
from engine.evaluation.meshes import score_field
from engine.guidance.load import load_prior
from engine.guidance.prior import Prior
from engine.optimise import Optimisation
from engine.run.settings import RunSettings
from engine.scenes.volume import Volume
from engine.settings import PAPER, engine_settings

SMALL = {"views": 1, "resolutions": ((0.0, 24),), "mesh_resolution": 64, "render.chunk": 32_768, "painting.share": 0.0}
PAPER_FIELD = {name: value for name, value in PAPER.items() if name.startswith("field.")}
FLOOR = 1e-6
"""Smallest eigenvalue of a preconditioner, as a share of its largest."""
BETAS = 0.9, 0.99
"""Of the averages of gradients and of their squares, in Adam and in the preconditioners."""
EVERY = 10
"""Steps between new roots of the preconditioners."""


def inverse_fourth_root(matrix: Tensor) -> Tensor:
    """A^(-1/4) of a symmetric positive matrix (N, N), its eigenvalues not under FLOOR times the largest."""
    values, vectors = torch.linalg.eigh(matrix)
    values = values.clamp_min(FLOOR * values[-1]).clamp_min(1e-30)
    return vectors * values**-0.25 @ vectors.T


class Shampoo(torch.optim.Optimizer):
    """Shampoo (Gupta et al., arXiv 1802.09568, algorithm 1) for matrices, each step as long as Adam's would be
    ("grafting", Anil et al., arXiv 2002.09018, section 3), which is what other parameters get.

    Args:
        groups: of parameters, with "lr".
    """

    def __init__(self, groups: Iterable[dict]):
        super().__init__(groups, {})

    @torch.no_grad()
    def step(self, share: float = 1.0) -> None:
        """Move every parameter that has a gradient, at a share of the learning rates."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.sub_(share * group["lr"] * self._direction(parameter))

    def is_finite(self) -> bool:
        """Whether all parameters are."""
        return all(bool(parameter.isfinite().all()) for group in self.param_groups for parameter in group["params"])

    def _direction(self, parameter: Tensor) -> Tensor:
        gradient, state, (slow, square) = parameter.grad, self.state[parameter], BETAS
        if not state:
            state.update(count=0, mean=torch.zeros_like(gradient), variance=torch.zeros_like(gradient))
            state["factors"] = [torch.zeros(size, size).to(gradient) for size in gradient.shape]
        state["count"] += 1
        state["mean"].lerp_(gradient, 1 - slow)
        state["variance"].lerp_(gradient.square(), 1 - square)
        corrected = state["variance"] / (1 - square ** state["count"])
        adam = state["mean"] / (1 - slow ** state["count"]) / (corrected.sqrt() + 1e-15)
        if gradient.ndim != 2:
            return adam
        for factor, outer in zip(state["factors"], (gradient @ gradient.T, gradient.T @ gradient)):
            factor.lerp_(outer, 1 - square)
        if (state["count"] - 1) % EVERY == 0:
            state["roots"] = [inverse_fourth_root(factor) for factor in state["factors"]]
        left, right = state["roots"]
        whitened = left @ state["mean"] @ right
        return whitened * (adam.norm() / whitened.norm().clamp_min(1e-30))


class ShampooRun(Optimisation):
    """A run with Shampoo, after a restart too."""

    def _fresh_volume(self, seed: int) -> Volume:
        scene = super()._fresh_volume(seed)
        scene.adam = Shampoo(scene.adam.param_groups)
        return scene


def measure(name: str, rate: float, prompt: str, steps: int, prior: Prior, device: torch.device) -> None:
    """Run one optimiser and print its line."""
    overrides = SMALL | PAPER_FIELD | {"steps": steps, "optimiser.mlp_rate": rate}
    settings = engine_settings(RunSettings(prompt, preset="draft", overrides=overrides))
    run = (ShampooRun if name == "Shampoo" else Optimisation)(prompt, prior, settings, 0, device)
    began = time.monotonic()
    while run.step < run.last_step:
        run.take_step()
    seconds = (time.monotonic() - began) / run.last_step
    score = score_field(run, prompt)
    print(f"{name:<8} {rate:8.0e} {score.f if score else 0.0:7.3f} {seconds:8.2f} s {run.restarts:9}", flush=True)


def main() -> None:
    """Compare the two at three rates."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prompt", nargs="?", default="a red cube")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--rates", type=float, nargs="+", default=[3e-4, 1e-3, 3e-3])
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    device = choose_device(options.device)
    prior = load_prior("toybox", device)
    print(f"{options.prompt!r}, {options.steps} steps\n{'':8} {'rate':>8} {'F':>7} {'a step':>10} {'restarts':>9}")
    for name in ("Adam", "Shampoo"):
        for rate in options.rates:
            measure(name, rate, options.prompt, options.steps, prior, device)


if __name__ == "__main__":
    main()
