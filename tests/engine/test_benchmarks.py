"""The benchmarks of priors with networks of real sizes: they work with small ones, and documents show what they
print."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmarks.memory import HEADS, NETWORKS, Row, choices, count, merged
from benchmarks.sds_step import stable_diffusion
from engine.run.priors import PRIORS
from engine.run.settings import LADDER

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.long
def test_a_step_of_small_networks_is_timed():
    command = [sys.executable, "benchmarks/sds_step.py", "--tiny", "--repeats", "1", "--device", "cpu"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8", cwd=ROOT)
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["stable-diffusion", "mvdream", "deepfloyd-if"]
    for line in lines[2:]:
        two_rows, encoding, step, ratio, whole = map(float, line.split()[3:8])
        assert min(two_rows, step, whole) > 0
        # Not that it is positive: a single repeat on a busy machine may have it otherwise.
        assert ratio == pytest.approx((step - encoding) / two_rows, abs=0.05)


def test_methods_that_need_the_same_share_a_row():
    sizes = {"sds": "1", "csd": "2", "bridge": "1"}
    counted = [(preset, method, (size,)) for preset in ("draft", "fine") for method, size in sizes.items()]
    assert merged([*counted, ("paper", "sds", ("1",))]) == [
        Row(("draft", "fine", "paper"), ("sds",), ("1",)), Row(("draft", "fine"), ("csd",), ("2",)),
        Row(("draft", "fine"), ("bridge",), ("1",)),
    ]  # fmt: skip


def test_every_kind_of_run_is_counted_that_a_prior_can_have():
    kinds = {prior: [(preset, method) for preset, method, _ in choices(prior, tiny=True)] for prior in NETWORKS}
    assert ("paper", "sds") in kinds["stable-diffusion"] and ("fine", "sdi") in kinds["stable-diffusion"]
    assert kinds["mvdream"] == [(preset, "sds") for preset in LADDER], "the paper's views are no groups"
    assert set(NETWORKS) == {name for name, entry in PRIORS.items() if entry.source}


def test_networks_without_numbers_are_counted():
    prior = stable_diffusion(torch.device("meta"), True)
    settings = next(settings for _, method, settings in choices("stable-diffusion", True) if method == "sdi")
    networks, scene, both, thrifty = map(float, count(prior, settings, 10**10))
    assert scene == 10.0 and both == pytest.approx(1.15 * (networks + scene), abs=0.1) and thrifty <= networks


def table_in_the_document() -> list[str]:
    lines = (ROOT / "docs" / "priors.md").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("| ")]


def test_the_cards_that_priors_want_are_those_of_the_documents_table():
    """With a gigabyte at least for the desktop, beside what steps take."""
    in_all, titles = {}, {title for title, _ in NETWORKS.values()}
    for cells in ([cell.strip() for cell in line.strip("|").split("|")] for line in table_in_the_document()):
        if len(cells) == len(HEADS) and cells[0] in titles and "`standard`" in cells[1]:
            (prior,) = (name for name, (title, _) in NETWORKS.items() if title == cells[0])
            in_all |= {(prior, method): float(cells[5]) for method in cells[2].replace("`", "").split(", ")}
    assert {(prior, method) for prior in NETWORKS for method in PRIORS[prior].methods} == set(in_all)
    for (prior, method), size in in_all.items():
        if method in PRIORS[prior].cards:
            assert size + 1 <= PRIORS[prior].cards[method], "what `engine/run/priors.py` says"


@pytest.mark.slow
@pytest.mark.long
def test_the_document_shows_what_the_benchmark_prints():
    command = [sys.executable, "benchmarks/memory.py"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8", cwd=ROOT)
    assert done.stdout in (ROOT / "docs" / "priors.md").read_text(encoding="utf-8")
