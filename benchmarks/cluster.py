"""Runs on a Ray cluster of two workers with one core each, beside the same ones after another on all cores:
python benchmarks/cluster.py

The cluster is on this computer. Before that, what Ray adds to one run: the same short run with it and without it, in
turns, each on one core.
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
WORKERS = 2


@contextmanager
def cluster(environment: dict[str, str]) -> Iterator[str]:
    """Its address, while the block runs."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--node-ip-address=127.0.0.1"]
    command += [f"--port={port}", f"--num-cpus={WORKERS}", "--include-dashboard=false"]
    command += ["--disable-usage-stats", "--block"]
    node = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(15)
        yield f"127.0.0.1:{port}"
    finally:
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
    tokens = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    environment = os.environ | tokens | {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory() as name, cluster(environment) as address:
        folder, ray = Path(name), ("--ray", address, "--cores", 1)
        lines = "".join(f"{PROMPT},{seed},draft\n" for seed in range(options.runs))
        (folder / "runs.csv").write_text("prompt,seed,preset\n" + lines, encoding="utf-8")
        short, one_core = ("--preset", "draft", "--steps", 30), environment | {"OMP_NUM_THREADS": "1"}
        here, there = [], []
        for pair in range(options.pairs + 1):
            here.append(seconds(one_core, "generate", PROMPT, "--output", folder / f"h{pair}", *short))
            there.append(seconds(environment, "generate", PROMPT, "--output", folder / f"t{pair}", *short, *ray))
        own, with_ray = (statistics.median(times[1:]) for times in (here, there))
        print(f"a run of 30 steps on one core: {own:.1f} s; with Ray {with_ray:.1f} s: {with_ray - own:.1f} s more")
        after = seconds(environment, "batch", folder / "runs.csv", "--output", folder / "after")
        beside = seconds(environment, "batch", folder / "runs.csv", "--output", folder / "beside", *ray)
        print(f"{options.runs} drafts one after another, {os.cpu_count()} cores: {after:.0f} s")
        faster = f"{after / beside:.2f} times as fast"
        print(f"{options.runs} drafts on {WORKERS} workers of one core each: {beside:.0f} s, {faster}")


if __name__ == "__main__":
    main()
