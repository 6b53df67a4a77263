"""How much memory a prior's networks need, found by running them without numbers, and how they are made to need
less."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from diffusers import ModelMixin
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class _Live(TorchDispatchMode):
    """Adds up the bytes of the tensors that are alive, whoever holds them: a module, a variable or autograd."""

    def __init__(self):
        super().__init__()
        self.live = self.peak = 0
        self.known: set[int] = set()

    def __torch_dispatch__(self, function: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        """Run an operation and count what it made; what it was given, such as weights, was there before."""
        self._meet((args, kwargs), counts=False)
        made = function(*args, **kwargs or {})
        self._meet(made, counts=True)
        return made

    def _meet(self, values: Any, counts: bool) -> None:
        storages = (value.untyped_storage() for value in tree_leaves(values) if isinstance(value, Tensor))
        for storage in storages:
            number, size = storage._cdata, storage.nbytes() if counts else 0
            if number not in self.known:
                self.known.add(number)
                self.live += size
                self.peak = max(self.peak, self.live)
                weakref.finalize(storage, self._forget, number, size)

    def _forget(self, number: int, size: int) -> None:
        self.known.discard(number)
        self.live -= size


@contextmanager
def _fused_attention() -> Iterator[None]:
    """Attention as GPUs compute it, which keeps no table of every token by every token. Without numbers torch takes the
    plain way; a mode of torch's would not be there when a checkpoint computes anew."""
    plain = F.scaled_dot_product_attention
    F.scaled_dot_product_attention = lambda query, key, value, *_, **__: query * value.new_empty(value.shape[-1])
    try:
        yield
    finally:
        F.scaled_dot_product_attention = plain


def peak_bytes(call: Callable[[], object]) -> int:
    """The most bytes that a call's tensors take at once, beside those that were there before it.

    Args:
        call: best on tensors of the device "meta", which have shapes and no numbers: it costs neither time nor memory
            then.

    >>> zeros = torch.zeros(100, device="meta")
    >>> peak_bytes(lambda: (zeros + 1) * 2)
    800
    """
    with _fused_attention(), _Live() as counted:
        kept = call()
        del kept
    return counted.peak


def kept_bytes(call: Callable[[], object]) -> int:
    """The bytes that are still there, as `peak_bytes` counts, while what a call returned is: autograd's among them.

    >>> zeros = torch.zeros(100, device="meta")
    >>> kept_bytes(lambda: (zeros + 1) * 2)
    400
    """
    with _fused_attention(), _Live() as counted:
        kept = call()
        live = counted.live
        del kept
    return live


def size_of(*networks: nn.Module) -> int:
    """Bytes of the networks' weights."""
    return sum(values.nbytes for network in networks for values in [*network.parameters(), *network.buffers()])


def skeleton(network: ModelMixin) -> ModelMixin:
    """The same network without numbers, for `peak_bytes`."""
    with torch.device("meta"):
        made = type(network).from_config(network.config)
    if network.is_gradient_checkpointing:
        made.enable_gradient_checkpointing()
    return nn.Module.to(made, network.dtype).eval().requires_grad_(False)  # ModelMixin's own only adds a warning
