"""Tensors and numbers on disk, for picking up later: safetensors beside JSON, never a pickle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from engine.adam import Adam
from engine.run.atomic import encode_json
from engine.run.checkpoints import MAX_TENSORS, NUMBERS, CheckpointError, missing, replace_checkpoint
from engine.run.exits import clause
from engine.run.reading import read_bounded, read_json

SCHEMA = 3
MISFIT = "The checkpoint does not fit the run's settings: generate the object anew."
"""What is said of one that other settings have made."""


def save_checkpoint(folder: Path, tensors: dict[str, Tensor], numbers: dict[str, Any]) -> None:
    """Write a checkpoint into `folder`. Raises OSError as `replace_checkpoint` does."""
    name = f"tensors-{numbers['step']:06d}.safetensors"
    data = save({key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()})
    replace_checkpoint(folder, name, data, encode_json({"schema": SCHEMA, "tensors": name, **numbers}, indent=2))


def load_checkpoint(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `save_checkpoint` wrote.

    Raises:
        CheckpointError: there is none, or it cannot be read.
    """
    path = folder / NUMBERS
    if not path.exists():
        raise missing(folder)
    try:
        numbers = read_json(path, folder.parent)
        schema = numbers["schema"]
        if schema == SCHEMA:
            _check_numbers(numbers)
            # Read whole, not mapped: Windows could not replace the file while tensors, Adam's too, still look into it.
            tensors = load(read_bounded(folder / numbers["tensors"], folder.parent, MAX_TENSORS))
    except (OSError, ValueError, KeyError, TypeError, SafetensorError, MemoryError) as error:
        raise CheckpointError(
            f"The checkpoint in {folder} is broken ({clause(error)}): generate the object anew."
        ) from error
    if schema != SCHEMA:
        raise CheckpointError(
            f"The checkpoint in {folder} has schema {schema!r}, this version reads {SCHEMA}: generate the object anew."
        )
    return tensors, numbers


def whole(tensor: Tensor, *limits: tuple[int, int]) -> list[int]:
    """The integers of a tensor out of a checkpoint. Raises ValueError unless it has none, or one within each limit.

    >>> whole(torch.tensor([3, 1]), (0, 9), (0, 3))
    [3, 1]
    """
    numbers = tensor.tolist()
    if tensor.is_floating_point() or tensor.shape not in ((0,), (len(limits),)):
        raise ValueError("not so many integers")
    if not all(low <= number <= high for number, (low, high) in zip(numbers, limits)):
        raise ValueError("a number that no run has")
    return numbers


def _check_numbers(numbers: dict[str, Any]) -> None:
    """Raise ValueError or KeyError for numbers that no engine has written."""
    step = numbers["step"]
    if not isinstance(step, int) or not 0 <= step < 2**53:
        raise ValueError(f"its step is {step!r}")


def module_tensors(module: nn.Module, prefix: str) -> dict[str, Tensor]:
    """The module's parameters and buffers as named tensors."""
    return module.state_dict(prefix=f"{prefix}.")


def restore_module(module: nn.Module, tensors: dict[str, Tensor], prefix: str) -> None:
    """Give a module of the same shape the values that `module_tensors` took. Raises RuntimeError if some do not fit."""
    start = prefix + "."
    module.load_state_dict({name[len(start):]: tensor for name, tensor in tensors.items() if name.startswith(start)})


def optimiser_tensors(optimiser: Adam | torch.optim.Optimizer, prefix: str) -> dict[str, Tensor]:
    """The optimiser's moments and counters as named tensors."""
    state = optimiser.state_dict()["state"]
    return {
        f"{prefix}.{index}.{name}": torch.as_tensor(value)
        for index, values in state.items() for name, value in values.items()
    }


def restore_optimiser(optimiser: Adam | torch.optim.Optimizer, tensors: dict[str, Tensor], prefix: str) -> None:
    """Give an optimiser over the same parameters the moments that `optimiser_tensors` took."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        if key.startswith(prefix + "."):
            index, name = key[len(prefix) + 1 :].split(".")
            state.setdefault(int(index), {})[name] = tensor
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
