"""Runs on a Ray cluster of two workers with one core each, beside the same ones after another on all cores:
python benchmarks/cluster.py

The cluster is two of Ray's nodes on this computer. Then what Ray adds to one run: the same short run with it and without
it, in turns, each on one core.
"""

from __future__ import annotations

import argparse
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROMPT = "a red mug"


@contextmanager
def cluster(environment: dict[str, str], cores: list[int]) -> Iterator[str]:
    """Its address, while the block runs; a node for each number of cores."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
    port = address.partition(":")[2]
    nodes = []
    try:
        for number, count in enumerate(cores):
            place = [f"--address={address}"] if number else ["--head", f"--port={port}", "--include-dashboard=false"]
            command = [sys.executable, "-m", "ray.scripts.scripts", "start", *place, "--node-ip-address=127.0.0.1"]
            command += [f"--num-cpus={count}", "--object-store-memory=200000000", "--disable-usage-stats", "--block"]
            nodes.append(subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL))
            time.sleep(15)
        yield address
    finally:
        for node in reversed(nodes):
            node.terminate()
            node.wait()


def seconds(environment: dict[str, str], *arguments: object) -> float:
    """What a command of the engine's takes."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "engine", *map(str, arguments)], env=environment, cwd=ROOT, check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=16, help="in each batch")
    parser.add_argument("--pairs", type=int, default=5, help="of short runs")
    options = parser.parse_args()
    tokens = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    environment = os.environ | tokens | {"PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory() as name, cluster(environment, [1, 1]) as address:
        folder, ray = Path(name), ("--ray", address, "--cores", 1)
        lines = "".join(f"{PROMPT},{seed},draft\n" for seed in range(options.runs))
        (folder / "runs.csv").write_text("prompt,seed,preset\n" + lines, encoding="utf-8")
        short = ("--preset", "draft", "--steps", 30)
        here, there = [], []
        for pair in range(options.pairs + 1):
            here.append(seconds(environment | {"OMP_NUM_THREADS": "1"}, "generate", PROMPT, "--output", folder / f"h{pair}", *short))
            there.append(seconds(environment, "generate", PROMPT, "--output", folder / f"t{pair}", *short, *ray))
        own, with_ray = (statistics.median(times[1:]) for times in (here, there))
        print(f"a run of 30 steps on one core: {own:.1f} s; with Ray {with_ray:.1f} s: {with_ray - own:.1f} s more")
        after = seconds(environment, "batch", folder / "runs.csv", "--output", folder / "after")
        beside = seconds(environment, "batch", folder / "runs.csv", "--output", folder / "beside", *ray)
        print(f"{options.runs} drafts one after another, {os.cpu_count()} cores: {after:.0f} s")
        print(f"{options.runs} drafts on two workers of one core each: {beside:.0f} s, {after / beside:.2f} times as fast")


if __name__ == "__main__":
    main()
