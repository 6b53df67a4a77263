"""The Toybox prior's answer to one view and to a step's two views, in OpenVINO beside torch: python benchmarks/prior.py

A view is two rows, with and without the prompt. The baseline, of the same run, is the same network of diffusers in
torch, in bfloat16 where the processor multiplies it. The two take turns; every figure is a median.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from engine.neighbour import behave

behave()

import torch

from engine.device import multiplies_bfloat16
from engine.guidance.priors.toybox import END, WEIGHTS, read_resolution, read_tokenizer
from engine.toybox.conditioning import CAMERA_FEATURES
from engine.toybox.graph import GraphNetwork
from engine.toybox.model import TorchNetwork
from engine.workers import cores

CPU = torch.device("cpu")


def seconds(function, *arguments) -> float:
    """Of one call."""
    began = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=30)
    repeats = parser.parse_args().repeats
    end = read_tokenizer(WEIGHTS).token_to_id(END)
    networks = {"torch": TorchNetwork(WEIGHTS, CPU), "OpenVINO": GraphNetwork(WEIGHTS, end)}
    kind = "bfloat16" if multiplies_bfloat16(CPU) else "float32"
    print(f"milliseconds in {kind}, {cores()} cores")
    for rows in (2, 4):
        numbers = torch.full((rows, 20), end)
        tokens, pooled = networks["OpenVINO"].encode(numbers)
        noisy = torch.randn(rows, 3, *[read_resolution(WEIGHTS)] * 2)
        asked = noisy, torch.randint(0, 1000, (rows,)), tokens, pooled, torch.rand(rows, CAMERA_FEATURES)
        times = [{name: seconds(network.predict_clean, *asked) for name, network in networks.items()}
                 for _ in range(repeats + 3)][3:]
        middle = {name: 1000 * statistics.median(each[name] for each in times) for name in networks}
        print(f"{rows} rows: " + ", ".join(f"{name} {value:.1f}" for name, value in middle.items()))


if __name__ == "__main__":
    main()
