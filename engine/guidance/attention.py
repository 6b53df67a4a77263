"""Attention between the views of one object (MVDream, arXiv 2308.16512: "inflated 3D self-attention")."""

from __future__ import annotations

from typing import Any

from diffusers.models.attention_processor import Attention, AttnProcessor2_0
from torch import Tensor


class GroupAttention:
    """For a U-Net of diffusers: self-attention runs over the tokens of all views of a group, (b v) l c -> b (v l) c,
    with the weights that it has for one view; attention to captions stays each view's own.

    Args:
        views: in a group. The rows of a batch are whole groups, the views of each one after the other.
    """

    def __init__(self, views: int):
        self.views, self.alone = views, AttnProcessor2_0()

    def __call__(
        self, attention: Attention, hidden_states: Tensor, encoder_hidden_states: Tensor | None = None, **options: Any
    ) -> Tensor:
        """Tokens (N, L, C) after attention to each other, or to the captions' `encoder_hidden_states` (N, M, D)."""
        if encoder_hidden_states is not None:
            return self.alone(attention, hidden_states, encoder_hidden_states, **options)
        together = hidden_states.unflatten(0, (-1, self.views)).flatten(1, 2)
        return self.alone(attention, together, **options).view_as(hidden_states)
