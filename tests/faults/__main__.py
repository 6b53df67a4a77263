"""Faults, counted: hundreds of small runs are hurt, each in one way, and have to come to their ends all the same.

    python -m tests.faults                              all of them, and a table
    python -m tests.faults --share 0.05                 a twentieth
    python -m tests.faults --only killed --seed 17      one again

Leaves with 1 if anything was lost. Needs Linux, for its limits, and root for a disk that fills up (elsewhere a limit on
the size of files stands in for it).
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterable

from tests.faults import blender
from tests.faults.attempts import ENGINE_KINDS, attempt_all
from tests.faults.judge import Verdict


def table(verdicts: list[Verdict]) -> str:
    """A row for each kind, and their sum."""
    rows = {name: [v for v in verdicts if v.kind == name] for name in dict.fromkeys(v.kind for v in verdicts)}
    lines = ["| kind | tried | survived | steps lost, mean | most |", "|---|---|---|---|---|"]
    for name, found in [*rows.items(), ("all", verdicts)]:
        lost = [verdict.lost for verdict in found]
        survived = sum(not verdict.why for verdict in found)
        mean = sum(lost) / len(lost)
        lines.append(f"| {name.replace('_', ' ')} | {len(found)} | {survived} | {mean:.1f} | {max(lost)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Hurt runs in every way that is known, and count what is lost.")
    parser.add_argument("--share", type=float, default=1.0, help="share of the trials")
    parser.add_argument("--only", choices=[*ENGINE_KINDS, *blender.KINDS], help="one kind")
    parser.add_argument("--seed", type=int, help="one trial of it")
    options = parser.parse_args()
    counts = {name: count for name, (_, count) in ENGINE_KINDS.items()} | blender.KINDS
    names = [options.only] if options.only else counts
    chosen = {
        name: [options.seed] if options.seed is not None else range(math.ceil(counts[name] * options.share))
        for name in names
    }
    began, verdicts = time.monotonic(), []
    for verdict in _attempt_chosen(chosen):
        verdicts.append(verdict)
        if verdict.why:
            print(f"LOST: --only {verdict.kind} --seed {verdict.seed}: {verdict.why}", flush=True)
    order = list(counts)
    print(table(sorted(verdicts, key=lambda verdict: order.index(verdict.kind))))
    print(f"{time.monotonic() - began:.0f} s")
    raise SystemExit(any(verdict.why for verdict in verdicts))


def _attempt_chosen(chosen: dict[str, Iterable[int]]) -> Iterable[Verdict]:
    yield from attempt_all([(name, seed) for name in chosen if name in ENGINE_KINDS for seed in chosen[name]])
    for name in chosen:
        if name in blender.KINDS:
            yield from blender.attempt_all(name, list(chosen[name]))


if __name__ == "__main__":
    main()
