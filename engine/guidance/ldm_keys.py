"""What a U-Net's weights are called in latent diffusion's own checkpoints (Rombach et al., arXiv 2112.10752), and what
diffusers calls them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

ENDS = {
    "time_embed.0": "time_embedding.linear_1",
    "time_embed.2": "time_embedding.linear_2",
    "camera_embed.0": "class_embedding.linear_1",
    "camera_embed.2": "class_embedding.linear_2",
    "input_blocks.0.0": "conv_in",
    "out.0": "conv_norm_out",
    "out.2": "conv_out",
}
"""Diffusers' names of the parts before and after the levels, by their original names; the camera is MVDream's."""
RESIDUAL = {
    "in_layers.0": "norm1",
    "in_layers.2": "conv1",
    "emb_layers.1": "time_emb_proj",
    "out_layers.0": "norm2",
    "out_layers.3": "conv2",
    "skip_connection": "conv_shortcut",
}
"""The same of a residual block's parts. Those of attention have the same names in both."""


@dataclass(frozen=True)
class Layout:
    """How many parts a U-Net has, and where."""

    attends: tuple[bool, ...]
    """Whether the residual blocks of a level are followed by attention, from the finest level to the coarsest."""
    blocks: int
    """Residual blocks of a level on its way down; on its way up it has one more."""

    def first_block(self, level: int) -> int:
        """The number of a level's first residual block on the way down, among the input blocks.

        >>> Layout((True, True, False), blocks=2).first_block(1)
        4
        """
        return 1 + level * (self.blocks + 1)


def layout_of(names: Collection[str]) -> Layout:
    """The layout of a U-Net whose weights have such original names.

    Raises ValueError, with the end of a sentence, if they are not those of a U-Net.

    >>> layout_of(["input_blocks.0.0.weight", "input_blocks.1.0.in_layers.0.weight", "input_blocks.1.1.norm.weight"])
    Layout(attends=(True,), blocks=1)
    """
    numbers = {name.split(".")[1] for name in names if name.startswith("input_blocks.")}
    inputs = range(1, len(numbers))
    halvings = [number for number in inputs if f"input_blocks.{number}.0.op.weight" in names]
    blocks = (halvings[0] if halvings else len(numbers)) - 1
    if blocks < 1:
        raise ValueError("it lacks input_blocks.1.0")
    layout = Layout((False,) * (len(halvings) + 1), blocks)
    firsts = map(layout.first_block, range(len(layout.attends)))
    return Layout(tuple(f"input_blocks.{first}.1.norm.weight" in names for first in firsts), blocks)


def part_names(layout: Layout) -> dict[str, str]:
    """Diffusers' name of each part of a U-Net, by its original name.

    >>> part_names(Layout((True, False), blocks=2))["output_blocks.5.1"]
    'up_blocks.1.attentions.2'
    """
    names = ENDS | {"middle_block.1": "mid_block.attentions.0"}
    names |= _residual("middle_block.0", "mid_block.resnets.0") | _residual("middle_block.2", "mid_block.resnets.1")
    for level in range(len(layout.attends)):
        names |= _way_down(layout, level) | _way_up(layout, level)
    return names


def diffusers_name(name: str, parts: dict[str, str]) -> str | None:
    """Diffusers' name of a weight, by its original name and those of the parts; None where it belongs to no part.

    >>> diffusers_name("output_blocks.5.1.transformer_blocks.0.norm1.bias", part_names(Layout((True, False), blocks=2)))
    'up_blocks.1.attentions.2.transformer_blocks.0.norm1.bias'
    """
    words = name.split(".")
    for length in range(1, len(words)):
        part = parts.get(".".join(words[:length]))
        if part is not None:
            return ".".join([part, *words[length:]])
    return None


def _way_down(layout: Layout, level: int) -> dict[str, str]:
    names, first = {}, layout.first_block(level)
    for block in range(layout.blocks):
        names |= _residual(f"input_blocks.{first + block}.0", f"down_blocks.{level}.resnets.{block}")
        if layout.attends[level]:
            names[f"input_blocks.{first + block}.1"] = f"down_blocks.{level}.attentions.{block}"
    if level < len(layout.attends) - 1:
        names[f"input_blocks.{first + layout.blocks}.0.op"] = f"down_blocks.{level}.downsamplers.0.conv"
    return names


def _way_up(layout: Layout, level: int) -> dict[str, str]:
    """The coarsest level is the first on the way up."""
    names, attends = {}, layout.attends[level]
    up = len(layout.attends) - 1 - level
    first = up * (layout.blocks + 1)
    for block in range(layout.blocks + 1):
        names |= _residual(f"output_blocks.{first + block}.0", f"up_blocks.{up}.resnets.{block}")
        if attends:
            names[f"output_blocks.{first + block}.1"] = f"up_blocks.{up}.attentions.{block}"
    if level > 0:  # the doubling of the size comes last in the last block
        names[f"output_blocks.{first + layout.blocks}.{1 + attends}.conv"] = f"up_blocks.{up}.upsamplers.0.conv"
    return names


def _residual(original: str, ours: str) -> dict[str, str]:
    return {f"{original}.{theirs}": f"{ours}.{part}" for theirs, part in RESIDUAL.items()}
