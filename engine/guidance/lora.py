"""LoRA (Hu et al., arXiv 2106.09685): files of small changes to a model's layers, merged into its weights."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from engine.guidance.kinds import WIDTHS, Kind, kind_of
from engine.guidance.prior import PriorError
from engine.run.exits import clause

ENDS = (
    (".lora_down.weight", ".lora_up.weight"),
    (".lora_A.weight", ".lora_B.weight"),
    (".lora.down.weight", ".lora.up.weight"),
)
"""What ends the names of a layer's two matrices: kohya's, peft's and diffusers'."""
STARTS = {"lora_unet_": "unet", "lora_te_": "text_encoder", "unet.": "unet", "text_encoder.": "text_encoder"}
"""What begins them, and the network that is changed."""
ABOUT = "lora_adapter_metadata"
"""Where diffusers keeps alpha in a file's header, where it is not beside each layer."""
SCALED_OTHERWISE = ("use_rslora", "alpha_pattern", "use_dora")
"""What diffusers may say there that changes more than alpha does."""


@dataclass(frozen=True)
class Change:
    """Of one layer: W + strength alpha / rank up down (section 4.1 there)."""

    name: str
    """In the file, without the end."""
    down: Tensor
    """(rank, in) or (rank, in, height, width)."""
    up: Tensor
    """(out, rank) or (out, rank, 1, 1)."""
    alpha: float

    def of(self, weight: Tensor, strength: float) -> Tensor:
        """What is to be added to a weight, in its shape and on its device, in single precision.

        Raises:
            ValueError: it does not fit.
        """
        down, up = (matrix.to(weight.device, torch.float32).flatten(1) for matrix in (self.down, self.up))
        if down.shape[1] != weight[0].numel() or up.shape != (len(weight), len(down)) or not len(down):
            raise ValueError(f"{self.name} has another shape")
        return (strength * self.alpha / len(down) * (up @ down)).view(weight.shape)


class Lora:
    """The changes in a file for Stable Diffusion's U-Net and text encoder.

    Args:
        path: the file.
        strength: what its changes are multiplied with; 1 is as it was trained, 0 does nothing.

    Raises:
        PriorError: it is no LoRA, broken, for another kind of model, or changes more than weights of layers.
    """

    def __init__(self, path: Path, strength: float):
        self.path, self.strength = Path(os.path.expanduser(path)), strength
        kind = kind_of(self.path)
        if kind is not Kind.LORA:
            raise PriorError(f"{self.path} is {kind}, and not a LoRA that can be added: choose another file.")
        tensors, about = self._read()
        self.made_for = made_for(tensors)
        self.changes: dict[str, dict[str, Change]] = {"unet": {}, "text_encoder": {}}
        try:
            for part, layer, change in changes(tensors, about):
                self.changes[part][layer] = change
        except (ValueError, TypeError, RuntimeError) as error:  # the latter for an alpha that is no number
            raise self._misfit(error) from error

    @torch.no_grad()
    def merge(self, network: nn.Module, part: str) -> None:
        """Change a network in place: the "unet" or the "text_encoder", diffusers' and transformers'.

        Raises:
            PriorError: the file has a layer that the network lacks, or that has another shape there.
        """
        layers = {
            name.replace(".", "_"): layer
            for name, layer in network.named_modules()
            if isinstance(layer, nn.Linear | nn.Conv2d)
        }
        for name, change in self.changes[part].items():
            try:
                if name not in layers:
                    raise ValueError(f"{change.name} is no layer of its {part}")
                weight = layers[name].weight
                weight.copy_(weight.float() + change.of(weight, self.strength))
            except ValueError as error:
                raise self._misfit(error) from error

    def _read(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """The file's tensors, and what diffusers says of them. Raises PriorError."""
        try:
            with safe_open(self.path, "pt") as file:
                about = json.loads((file.metadata() or {}).get(ABOUT, "{}"))
                return {name: file.get_tensor(name) for name in file.keys()}, dict(about)
        except (OSError, ValueError, TypeError, SafetensorError) as error:
            raise PriorError(f"The LoRA {self.path} is broken: download it again, or choose another.") from error

    def _misfit(self, error: Exception) -> PriorError:
        made = f", made for {self.made_for}," if self.made_for else ""
        return PriorError(
            f"The LoRA {self.path}{made} does not fit the model ({clause(error)}): choose one that was made for it."
        )


def made_for(tensors: dict[str, Tensor]) -> Kind | None:
    """The kind of model that a LoRA's tensors are for, if they change how captions, which have a width, are heard."""
    downs = tuple(f".attn2.to_k{down}".replace(".", "_") for down, _ in ENDS)
    widths = {tensor.shape[-1] for name, tensor in tensors.items() if name.replace(".", "_").endswith(downs)}
    return next((WIDTHS[width] for width in widths if width in WIDTHS), None)


def changes(tensors: dict[str, Tensor], about: dict[str, Any]) -> Iterator[tuple[str, str, Change]]:
    """The changes in a file's tensors, each with the network's name and the layer's, all dots as underscores.

    >>> matrices = {"unet.conv_in.lora_A.weight": torch.ones(2, 36), "unet.conv_in.lora_B.weight": torch.ones(8, 2)}
    >>> [(part, layer, change.alpha) for part, layer, change in changes(matrices, {})]
    [('unet', 'conv_in', 2.0)]

    Raises:
        ValueError: there is more than changes to Stable Diffusion's layers.
    """
    left = dict(tensors)
    for name in tensors:
        for down, up in ENDS:
            if not name.endswith(down):
                continue
            stem = name.removesuffix(down)
            start = next((start for start in STARTS if stem.startswith(start)), None)
            if start is None or stem + up not in left:
                raise ValueError(f"{name} changes nothing that it has")
            part, layer = STARTS[start], stem.removeprefix(start).replace(".", "_").removeprefix("text_model_")
            if any(about.get(f"{part}.{word}") for word in SCALED_OTHERWISE):
                raise ValueError("its scales are not read")
            change = left.pop(name), left.pop(stem + up)
            if any(matrix.ndim not in (2, 4) for matrix in change):
                raise ValueError(f"{name} is no matrix")
            alpha = left.pop(f"{stem}.alpha", about.get(f"{part}.lora_alpha", len(change[0])))
            yield part, layer, Change(stem, *change, float(alpha))
    if left:
        raise ValueError(f"{next(iter(left))} is not read")
