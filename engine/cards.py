"""A graphics card that is in the machine and that torch leaves idle."""

from __future__ import annotations

import os

import torch

DRIVERS = {
    "NVIDIA": (
        "/dev/nvidiactl", "/proc/driver/nvidia/version", "/usr/lib/wsl/lib/libcuda.so.1",
        r"%SystemRoot%\System32\nvcuda.dll",
    ),
    "AMD": ("/dev/kfd",),
}  # fmt: skip
"""What a maker's driver leaves on Linux, on Linux in Windows and on Windows, if it is there."""
BUILDS = {"NVIDIA": ("CUDA", "cuda"), "AMD": ("ROCm", "hip")}
"""What torch is built with to compute on a maker's cards, and what torch.version calls it."""


def idle_card() -> str:
    """One sentence on a card that is here though torch finds none, and on what to install; empty if there is none.

    Cards are known by their drivers: one without is not seen.
    """
    for maker, files in DRIVERS.items():
        if any(os.path.exists(os.path.expandvars(file)) for file in files):
            platform, name = BUILDS[maker]
            if getattr(torch.version, name, None) is None:
                why = f"is built without {platform}: install a torch with it"
            else:
                why = f"cannot compute on it: update the card's driver, or install a torch for its {platform}"
            return (
                f"There is an {maker} graphics card, but the processor does the work, because the engine's torch {why}"
                " (pytorch.org, Get Started)."
            )
    return ""
