"""Leaving the computer to others: how an engine behaves beside Blender, a browser, or another engine.

Standard library only, and to be called before torch is loaded, whose threads read these variables once.
"""

from __future__ import annotations

import ctypes
import os
import sys

ASLEEP = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0", "KMP_BLOCKTIME": "0"}
"""Threads that wait for others sleep. The first is OpenMP's own, the second GCC's (Linux), the third LLVM's and Intel's
(macOS, Windows). Where they spin, two engines at once on two cores take ten times as long as one."""
NICENESS = 5
"""How far behind others the engine stands on Linux and macOS, of 0 to 19."""
BELOW_NORMAL = 0x4000
"""BELOW_NORMAL_PRIORITY_CLASS, the same on Windows."""
M_ARENA_MAX, ARENAS = -8, 2
"""Pools that GNU's C library takes memory from: with one for each thread, 100 MiB more are held."""


def behave() -> None:
    """Make this process's waiting threads sleep, let other programs go first, and hold on to less memory. Variables
    that are set stay."""
    for name, value in ASLEEP.items():
        os.environ.setdefault(name, value)
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(M_ARENA_MAX, ARENAS)
    if sys.platform == "win32":
        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(ctypes.c_void_p(kernel.GetCurrentProcess()), BELOW_NORMAL)
    else:
        os.nice(max(0, NICENESS - os.nice(0)))
