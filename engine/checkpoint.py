"""Tensors and numbers on disk, for picking up later: safetensors beside JSON, never a pickle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from engine.run.atomic import atomic_write_bytes, atomic_write_json
from engine.run.exits import CHECKPOINT_UNUSABLE, EngineError, clause
from engine.run.reading import read_bounded, read_json

SCHEMA = 3
MAX_BYTES = 1 << 32
"""Largest file of tensors; the presets' have some tens of MB."""
MISFIT = "The checkpoint does not fit the run's settings: generate the object anew."
"""What is said of one that other settings have made."""


class CheckpointError(EngineError):
    """A checkpoint is missing or broken; the message says which and what to do."""

    exit_code = CHECKPOINT_UNUSABLE


def save_checkpoint(folder: Path, tensors: dict[str, Tensor], numbers: dict[str, Any]) -> None:
    """Write a checkpoint into `folder`.

    The JSON names the tensors' file and is replaced last, so that a reader finds the old pair or the new one.

    Raises:
        OSError: the folder is not writable, what holds it is gone, or the disk is full; the checkpoint that was there
            still is.
    """
    folder.mkdir(exist_ok=True)
    path = folder / f"tensors-{numbers['step']:06d}.safetensors"
    atomic_write_bytes(path, save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}))
    atomic_write_json(folder / "checkpoint.json", {"schema": SCHEMA, "tensors": path.name, **numbers})
    for old in folder.glob("tensors-*.safetensors"):
        if old != path:
            old.unlink(missing_ok=True)


def load_checkpoint(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `save_checkpoint` wrote.

    Raises:
        CheckpointError: there is none, or it can not be read.
    """
    path = folder / "checkpoint.json"
    if not path.exists():
        raise CheckpointError(f"There is no checkpoint in {folder}: generate the object anew.")
    try:
        numbers = read_json(path, folder.parent)
        schema = numbers["schema"]
        if schema == SCHEMA:
            _check_numbers(numbers)
            # Read whole, not mapped: Windows could not replace the file while tensors, Adam's too, still look into it.
            tensors = load(read_bounded(folder / numbers["tensors"], folder.parent, MAX_BYTES))
    except (OSError, ValueError, KeyError, TypeError, SafetensorError, MemoryError) as error:
        raise CheckpointError(
            f"The checkpoint in {folder} is broken ({clause(error)}): generate the object anew."
        ) from error
    if schema != SCHEMA:
        raise CheckpointError(
            f"The checkpoint in {folder} has schema {schema!r}, this version reads {SCHEMA}: generate the object anew."
        )
    return tensors, numbers


def _check_numbers(numbers: dict[str, Any]) -> None:
    """Raise ValueError or KeyError for numbers that no engine has written."""
    step = numbers["step"]
    if not isinstance(step, int) or not 0 <= step < 2**53:
        raise ValueError(f"its step is {step!r}")


def module_tensors(module: nn.Module, prefix: str) -> dict[str, Tensor]:
    """The module's parameters and buffers as named tensors."""
    return {f"{prefix}.{name}": tensor for name, tensor in module.state_dict().items()}


def restore_module(module: nn.Module, tensors: dict[str, Tensor], prefix: str) -> None:
    """Give a module of the same shape the values that `module_tensors` took. Raises RuntimeError if some do not fit."""
    start = prefix + "."
    module.load_state_dict({name[len(start):]: tensor for name, tensor in tensors.items() if name.startswith(start)})


def optimiser_tensors(optimiser: torch.optim.Optimizer, prefix: str) -> dict[str, Tensor]:
    """The optimiser's moments and counters as named tensors."""
    state = optimiser.state_dict()["state"]
    return {
        f"{prefix}.{index}.{name}": torch.as_tensor(value)
        for index, values in state.items() for name, value in values.items()
    }


def restore_optimiser(optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor], prefix: str) -> None:
    """Give an optimiser over the same parameters the moments that `optimiser_tensors` took."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        if key.startswith(prefix + "."):
            index, name = key[len(prefix) + 1 :].split(".")
            state.setdefault(int(index), {})[name] = tensor
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
