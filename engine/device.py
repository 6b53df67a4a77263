"""Choosing where to compute, and saying what is there and how much of it was used."""

from __future__ import annotations

import sys

import psutil
import torch

from engine.errors import is_out_of_memory
from engine.run import exits
from engine.run.exits import EngineError


def available_devices() -> list[str]:
    """The devices that torch can compute on here, best first. ROCm answers to the name cuda."""
    found = ["cuda"] if torch.cuda.is_available() and _computes("cuda") else []
    found += ["mps"] if torch.backends.mps.is_available() else []
    return [*found, "cpu"]


def choose_device(name: str, card: int | None = None) -> torch.device:
    """The device of that name, or the best one for "auto".

    Args:
        card: the number of the graphics card that "cuda" means from now on, where each of several processes has its
            own.

    Raises:
        EngineError: it is not available.
    """
    if card is not None and name in ("auto", "cuda") and torch.cuda.is_available():
        if card >= torch.cuda.device_count():
            raise EngineError(
                f"There are more processes than graphics cards, {torch.cuda.device_count()}: start one for each card,"
                " or choose the device cpu.",
                exits.DEVICE_UNUSABLE,
            )
        torch.cuda.set_device(card)
    found = available_devices()
    if name != "auto" and name not in found:
        old = name == "cuda" and torch.cuda.is_available()
        why = "has a card that this torch was not built for" if old else "is not available here"
        raise EngineError(f"The device {name} {why}: choose {' or '.join(found)}, or auto.", exits.DEVICE_UNUSABLE)
    return torch.device(found[0] if name == "auto" else name)


def _computes(name: str) -> bool:
    """Whether torch brought code for the device: its builds leave out cards that are some years old, and still see
    them. One whose memory is full counts, since to use another would hide that."""
    try:
        return torch.ones(1, device=name).add(1).item() == 2
    except RuntimeError as error:
        return is_out_of_memory(error)


def synchronize(device: torch.device) -> None:
    """Wait until the device has done all that it was told to: a GPU works on while Python goes on."""
    if device.type != "cpu":
        getattr(torch, device.type).synchronize()


def mixed_precision(device: torch.device) -> torch.autocast:
    """A context in which networks compute in bfloat16 where the hardware multiplies it itself, in float32 elsewhere."""
    return torch.autocast(device.type, torch.bfloat16, enabled=multiplies_bfloat16(device))


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether the hardware multiplies bfloat16 itself.

    Emulated it is slower than float32: the Toybox prior takes 88 ms and not 30 on a processor that has AVX2 alone.
    """
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities = torch.cpu.get_capabilities() if device.type == "cpu" else {}
    return any(capabilities.get(name) for name in ("avx512_bf16", "amx_bf16"))


def device_name(device: torch.device) -> str:
    """What a device is called, such as "cpu (8 threads)" or "NVIDIA GeForce RTX 4070"."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"cpu ({torch.get_num_threads()} threads)" if device.type == "cpu" else device.type


def free_memory(device: torch.device) -> int | None:
    """Bytes of a graphics processor's memory that nobody uses; None for a processor, which has the disk to fall back
    on."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    return None


def room_of(device: torch.device) -> int | None:
    """Free memory plus what this process already holds; None for a processor."""
    free = free_memory(device)
    if free is None:
        return None
    return free + (torch.cuda.memory_reserved(device) if device.type == "cuda" else torch.mps.driver_allocated_memory())


def peak_memory(device: torch.device) -> dict[str, int]:
    """The most memory used so far, in bytes: the process's, and the GPU's where there is one."""
    peak = getattr(psutil.Process().memory_info(), "peak_wset", None)
    if peak is None:
        import resource  # not on Windows, where psutil knows the peak

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    found = {"process": int(peak)}
    if device.type == "cuda":
        found["gpu"] = torch.cuda.max_memory_allocated(device)
    return found
