"""The Toybox prior's answer to one view and to a step's two views, in OpenVINO beside torch: python benchmarks/prior.py

A view is two rows, with and without the prompt. A step asks for its two views from two threads at once in OpenVINO, and
in one call of four rows in torch, whose own threads share it. The baseline, of the same run, is the same network of
diffusers in torch, in bfloat16 where the processor multiplies it. The two take turns; every figure is a median.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from engine.neighbour import behave

behave()

import torch
from torch import Tensor

from engine.device import multiplies_bfloat16
from engine.guidance.priors.toybox import END, WEIGHTS, read_resolution, read_tokenizer
from engine.toybox.conditioning import CAMERA_FEATURES
from engine.toybox.graph import GraphNetwork
from engine.toybox.model import TorchNetwork
from engine.workers import cores

CPU = torch.device("cpu")


def seconds(ask: Callable[[], object]) -> float:
    """Of one call."""
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


def asked_of(network: GraphNetwork, rows: int, end: int) -> tuple[Tensor, ...]:
    """What the networks are asked, so many rows of it."""
    tokens, pooled = network.encode(torch.full((rows, 20), end))
    noisy = torch.randn(rows, 3, *[read_resolution(WEIGHTS)] * 2)
    return noisy, torch.randint(0, 1000, (rows,)), tokens, pooled, torch.rand(rows, CAMERA_FEATURES)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=30)
    repeats = parser.parse_args().repeats
    end = read_tokenizer(WEIGHTS).token_to_id(END)
    networks = {"torch": TorchNetwork(WEIGHTS, CPU), "OpenVINO": GraphNetwork(WEIGHTS, end)}
    kind = "bfloat16" if multiplies_bfloat16(CPU) else "float32"
    print(f"milliseconds in {kind}, {cores()} cores")
    one, both = (asked_of(networks["OpenVINO"], rows, end) for rows in (2, 4))
    with ThreadPoolExecutor(2) as threads:
        at_once = lambda network: list(threads.map(lambda asked: network.predict_clean(*asked), (one, one)))
        ways = {
            "one view": {name: partial(network.predict_clean, *one) for name, network in networks.items()},
            "two views": {
                "torch": partial(networks["torch"].predict_clean, *both),
                "OpenVINO": partial(at_once, networks["OpenVINO"]),
            },
        }
        for title, asks in ways.items():
            times = [{name: seconds(ask) for name, ask in asks.items()} for _ in range(repeats + 3)][3:]
            middle = {name: 1000 * statistics.median(each[name] for each in times) for name in asks}
            print(f"{title}: " + ", ".join(f"{name} {value:.1f}" for name, value in middle.items()))


if __name__ == "__main__":
    main()
