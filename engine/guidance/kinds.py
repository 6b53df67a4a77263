"""What a single file of weights is, told by the names and shapes in its header: nothing else of it is read."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from pathlib import Path
from typing import Any

from engine.guidance.prior import PriorError
from engine.run.exits import clause

Shapes = dict[str, tuple[int, ...]]
"""Of a file's tensors, by name."""
MAX_HEADER = 1 << 24
"""Bytes; Stable Diffusion's header has a quarter of a million."""
UNET, AUTOENCODER, TEXT_ENCODER = "model.diffusion_model.", "first_stage_model.", "cond_stage_model."
"""What begins the names of a part's tensors in the layout of Stable Diffusion's authors."""


class Kind(StrEnum):
    """What a file is, in the words of a sentence."""

    SD1 = "Stable Diffusion 1"
    SD2 = "Stable Diffusion 2"
    MVDREAM = "MVDream"
    SDXL = "Stable Diffusion XL"
    SDXL_REFINER = "the refiner of Stable Diffusion XL"
    SD3 = "Stable Diffusion 3"
    FLUX = "Flux"
    INPAINTING = "an inpainting model"
    DEPTH = "a model that is told depths"
    UPSCALER = "a model that enlarges pictures"
    EDITOR = "a model that edits pictures"
    UNCLIP = "a model that is told pictures"
    CONTROLNET = "a ControlNet"
    LORA = "a LoRA, which can only be added to a model (guidance.lora)"
    LYCORIS = "a LyCORIS or DoRA file"
    EMBEDDING = "a textual inversion"
    UNET_ALONE = "a U-Net without an autoencoder or a text encoder"
    VAE = "an autoencoder (VAE) alone"
    TEXT_ENCODER_ALONE = "a text encoder alone"
    PICKLE = "a pickle, which may hold a program"
    GGUF = "a GGUF file"
    FOREIGN = "no safetensors file"
    UNKNOWN = "no model that is known here"


MARKS = (
    (Kind.LYCORIS, r"\.(hada_|lokr_|oft_|dora_scale|lora_magnitude_vector)"),
    (Kind.LORA, r"[._]lora[._](down|up|A|B)\."),
    (Kind.CONTROLNET, r"^(control_model|controlnet_\w+|input_hint_block|zero_convs)\."),
    (Kind.MVDREAM, r"(^|\.)camera_embed\."),
    (Kind.SDXL, r"^conditioner\.embedders\.1\."),
    (Kind.SDXL_REFINER, r"^conditioner\.embedders\.0\.model\."),
    (Kind.SD3, r"(^|\.)joint_blocks\."),
    (Kind.FLUX, r"(^|\.)(double_blocks|single_transformer_blocks)\."),
    (Kind.UNCLIP, rf"^{re.escape(UNET)}label_emb\."),
)
"""What only such a file has in its tensors' names; the first that fits counts."""
PARTS = (
    (Kind.UNET_ALONE, r"^(input_blocks|(unet\.)?down_blocks)\."),
    (Kind.VAE, r"^((first_stage_model|vae)\.)?(encoder|decoder)\.conv_in\."),
    (Kind.TEXT_ENCODER_ALONE, r"^(cond_stage_model|text_model|encoder\.(layers|block)|transformer\.resblocks)\."),
    (Kind.EMBEDDING, r"^(emb_params|clip_[lg])$"),
)
"""The same for what is only a part of a model."""
CHANNELS = {9: Kind.INPAINTING, 5: Kind.DEPTH, 7: Kind.UPSCALER, 8: Kind.EDITOR}
"""By the channels that go into a U-Net, where these are not the four of the latents."""
WIDTHS = {768: Kind.SD1, 1024: Kind.SD2, 2048: Kind.SDXL, 1280: Kind.SDXL_REFINER}
"""By the width of the captions that it is told."""


def kind_of(path: Path) -> Kind:
    """What a file is. Of weights in safetensors only the header is read, however large the file.

    Raises:
        PriorError: it cannot be read, or is broken.
    """
    shapes = read_shapes(path)
    return shapes if isinstance(shapes, Kind) else tell(shapes)


def tell(shapes: Shapes) -> Kind:
    """What the file with tensors of such names and shapes is.

    >>> str(tell({"lora_unet_mid_block_attentions_0_proj_in.lora_down.weight": (4, 1280)}))
    'a LoRA, which can only be added to a model (guidance.lora)'
    """
    names = "\n".join(shapes)
    for kind, mark in MARKS:
        if re.search(mark, names, re.MULTILINE):
            return kind
    first = shapes.get(f"{UNET}input_blocks.0.0.weight", ())
    if len(first) == 4:
        return _told_by_shapes(shapes, first[1])
    return next((kind for kind, mark in PARTS if re.search(mark, names, re.MULTILINE)), Kind.UNKNOWN)


def read_shapes(path: Path) -> Shapes | Kind:
    """The names and shapes in the header of a safetensors file, or what else the file is.

    Raises:
        PriorError: it is not there, cannot be read, is cut short, or its header is not one.
    """
    if not path.is_file():  # a pipe would never end
        raise PriorError(f"There is no file {path}: choose one that is there.")
    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            start = file.read(9)
            length = int.from_bytes(start[:8], "little")
            if len(start) < 9 or length > MAX_HEADER or start[8:] != b"{":
                return _by_its_start(start)
            text = start[8:] + file.read(max(length - 1, 0))
    except OSError as error:
        raise PriorError(f"The file {path} cannot be read ({clause(error)}): choose another.") from error
    if len(text) < length:
        raise PriorError(f"The file {path} is cut short: download it again.")
    return _shapes(path, text, size - 8 - length)


def _by_its_start(start: bytes) -> Kind:
    """What a file is that has no such header."""
    if start.startswith(b"PK\x03\x04") or re.match(rb"\x80[\x02-\x05]", start):
        return Kind.PICKLE
    return Kind.GGUF if start.startswith(b"GGUF") else Kind.FOREIGN


def _shapes(path: Path, text: bytes, room: int) -> Shapes:
    """What the header of a file with `room` bytes of tensors says. Raises PriorError."""
    try:
        entries = {name: entry for name, entry in json.loads(text).items() if name != "__metadata__"}
        spans = sorted(tuple(map(_count, entry["data_offsets"])) for entry in entries.values())
        shapes = {name: tuple(map(_count, entry["shape"])) for name, entry in entries.items()}
        end = 0
        for start, stop in spans:
            if start != end or stop < start:
                raise ValueError("its tensors overlap, or leave gaps")
            end = stop
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise PriorError(f"The file {path} is broken: download it again.") from error
    if end != room:
        short = f"cut short ({room / 1e6:,.1f} of {end / 1e6:,.1f} MB)" if room < end else "broken"
        raise PriorError(f"The file {path} is {short}: download it again.")
    return shapes


def _count(number: Any) -> int:
    """The number, if it is one. Raises ValueError."""
    if not isinstance(number, int) or number < 0:
        raise ValueError(f"{number!r} counts nothing")
    return number


def _told_by_shapes(shapes: Shapes, channels: int) -> Kind:
    """What a model is whose U-Net takes so many channels."""
    told = next((shape[-1] for name, shape in shapes.items() if _hears_captions(name) and shape), 0)
    kind = WIDTHS.get(told, Kind.UNKNOWN)
    if kind not in (Kind.SD1, Kind.SD2):
        return kind
    if channels != 4:
        return CHANNELS.get(channels, Kind.UNKNOWN)
    whole = all(any(name.startswith(part) for name in shapes) for part in (AUTOENCODER, TEXT_ENCODER))
    return kind if whole else Kind.UNET_ALONE


def _hears_captions(name: str) -> bool:
    return name.startswith(UNET) and name.endswith(".attn2.to_k.weight")
