"""What a prior is loaded with, whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from engine.guidance.download import Downloads
from engine.guidance.settings import GuidanceSettings


@dataclass(frozen=True)
class Loading:
    """Where a prior will compute, what is added to it, and who is asked and told meanwhile."""

    device: torch.device
    """Where it computes."""
    guidance: GuidanceSettings
    """Which LoRA is added to one that can have one."""
    announce: Callable[[str], None]
    """Called with the name of each stage that begins beside "loading prior", such as "downloading prior"."""
    downloads: Downloads
    """Whether what is missing may be downloaded."""
