"""What is here to work with: Python, torch, devices, memory, disk, priors."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
from typing import Any

PACKAGES = (
    "torch", "diffusers", "transformers", "tokenizers", "safetensors", "numpy", "scipy", "PyMCubes",
    "fast-simplification", "xatlas", "pillow", "trimesh", "psutil", "tqdm", "sentencepiece", "protobuf",
    "openvino", "pydantic",
)
"""What requirements/engine.in names."""


def examine(weights: str = "") -> dict[str, Any]:
    """Findings by name; sizes are bytes. Whatever is missing is a finding too, never an error.

    Args:
        weights: a folder, or a name on Hugging Face, in whose place the priors' own are looked for if it is empty.
    """
    versions = {package: _version(package) for package in PACKAGES}
    missing = [package for package, version in versions.items() if version is None]
    problems = [f"The package {package} is missing: install requirements/engine.txt." for package in missing]
    try:
        devices = _devices()
        priors = {"toybox": _toybox(), **open_priors(weights)}
    except (ImportError, OSError) as error:  # the latter is torch's where a library of Windows is missing
        devices, priors = [], {"toybox": "cannot be tried"}
        problems.append(f"The priors and devices cannot be tried: {' '.join(str(error).split())}.")
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": versions,
        "devices": devices,
        "memory": _memory() if versions["psutil"] else None,
        "disk_free": _disk_free(),
        "priors": priors,
        "problems": problems,
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _disk_free() -> int | None:
    """Where weights and runs go unless somebody says otherwise; None where there is no home folder."""
    try:
        return shutil.disk_usage(os.path.expanduser("~")).free
    except OSError:
        return None


def _memory() -> dict[str, int]:
    import psutil

    memory = psutil.virtual_memory()
    return {"total": memory.total, "free": memory.available}


def _devices() -> list[str]:
    from engine.cards import idle_card
    from engine.device import available_devices, choose_device, device_name

    found = available_devices()
    idle = idle_card() if found == ["cpu"] else ""
    return [device_name(choose_device(name)) for name in found] + ([idle] if idle else [])


def _toybox() -> str:
    import torch

    from engine.guidance.load import load_prior
    from engine.guidance.prior import PriorError
    from engine.toybox.objects.solids import STACKS

    try:
        prior = load_prior("toybox", torch.device("cpu"))
    except PriorError as error:
        return str(error)
    return f"ready, knows {len(set(prior.known_words()) - STACKS.keys())} objects"


def open_priors(weights: str) -> dict[str, str]:
    """Where the priors with an open vocabulary are; they are not loaded."""
    from engine.guidance.prior import PriorError
    from engine.guidance.weights import find_here
    from engine.run.priors import PRIORS

    found = {}
    for prior, entry in PRIORS.items():
        if entry.source is None:
            continue
        try:
            folder = find_here(prior, weights)
        except PriorError as error:
            found[prior] = str(error)
        else:
            absent = (
                f"{weights or entry.source.name} is not on this machine: a run that may go online offers to download it"
            )
            found[prior] = f"found in {folder}" if folder else absent
    return found


def table(findings: dict[str, Any]) -> str:
    """The findings as lines for a terminal."""
    gigabytes = 1e9  # as downloads and disks are counted
    memory, disk = findings["memory"], findings["disk_free"]
    free = f"{memory['free'] / gigabytes:.1f} of {memory['total'] / gigabytes:.1f} GB free" if memory else "not known"
    rows = [
        ("Python", findings["python"]), ("System", findings["system"]),
        *((name, version or "MISSING") for name, version in findings["packages"].items()),
        *(("Device", name) for name in findings["devices"]),
        ("Memory", free),
        ("Disk", f"{disk / gigabytes:.1f} GB free" if disk is not None else "no home folder"),
        *((f"Prior {name}", state) for name, state in findings["priors"].items()),
        *(("Problem", problem) for problem in findings["problems"]),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)
