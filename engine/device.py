"""Choosing where to compute, and saying so."""

from __future__ import annotations

import torch

from engine.errors import EngineError
from engine.run import exits


def available_devices() -> list[str]:
    """The devices that torch can use here, best first. ROCm answers to the name cuda."""
    found = ["cuda"] if torch.cuda.is_available() else []
    found += ["mps"] if torch.backends.mps.is_available() else []
    return [*found, "cpu"]


def choose_device(name: str) -> torch.device:
    """The device of that name, or the best one for "auto".

    Raises:
        EngineError: it is not available.
    """
    found = available_devices()
    if name != "auto" and name not in found:
        raise EngineError(
            f"The device {name} is not available here: choose {' or '.join(found)}, or auto.", exits.DEVICE_UNUSABLE
        )
    return torch.device(found[0] if name == "auto" else name)


def device_name(device: torch.device) -> str:
    """What a device is called, such as "cpu (8 threads)" or "NVIDIA GeForce RTX 4070"."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"cpu ({torch.get_num_threads()} threads)" if device.type == "cpu" else device.type
