"""What is here to work with: Python, torch, devices, memory, disk, priors."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
from pathlib import Path
from typing import Any

import psutil

PACKAGES = ("torch", "diffusers", "transformers", "safetensors", "numpy", "PyMCubes", "fast-simplification", "xatlas", "trimesh")


def examine() -> dict[str, Any]:
    """Findings by name; sizes are bytes."""
    from engine.device import available_devices, choose_device, device_name

    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = None
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": versions,
        "devices": [device_name(choose_device(name)) for name in available_devices()],
        "memory": {"total": psutil.virtual_memory().total, "free": psutil.virtual_memory().available},
        "disk_free": shutil.disk_usage(Path.home()).free,
        "priors": {"toybox": _toybox()},
        "problems": [f"The package {name} is missing: install requirements/engine.txt." for name, v in versions.items() if not v],
    }


def _toybox() -> str:
    from engine.guidance.prior import PriorError, load_prior

    try:
        import torch

        prior = load_prior("toybox", torch.device("cpu"))
    except PriorError as error:
        return str(error)
    return f"ready, knows {len(prior.known_words())} objects"


def table(findings: dict[str, Any]) -> str:
    """The findings as lines for a terminal."""
    gigabytes = 1024**3
    memory = findings["memory"]
    rows = [
        ("Python", findings["python"]), ("System", findings["system"]),
        *((name, version or "MISSING") for name, version in findings["packages"].items()),
        *(("Device", name) for name in findings["devices"]),
        ("Memory", f"{memory['free'] / gigabytes:.1f} of {memory['total'] / gigabytes:.1f} GB free"),
        ("Disk", f"{findings['disk_free'] / gigabytes:.1f} GB free"),
        *((f"Prior {name}", state) for name, state in findings["priors"].items()),
        *(("Problem", problem) for problem in findings["problems"]),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)
