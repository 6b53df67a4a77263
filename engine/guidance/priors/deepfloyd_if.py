"""DeepFloyd IF's first stage as guidance: the open model that is closest to the paper's, on 64 x 64 pixels."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import UNet2DConditionModel
from torch import Tensor
from transformers import T5EncoderModel, T5Tokenizer

from engine.device import free_memory
from engine.guidance.encodings import Encoder, TextEncodings, tokenize
from engine.guidance.loading import Loading
from engine.guidance.pixels import PixelPrior
from engine.guidance.unet import (
    Schedule,
    UNetPrior,
    half_precision,
    load_network,
    load_schedule,
    load_tokenizer,
    load_unet,
)

CAPTION_LENGTH = 77
"""Tokens that IF was trained with, though T5 could read more."""
ROOM = 1.2
"""Times its own size that the text encoder needs of a GPU's free memory."""


class IFPrior(UNetPrior, PixelPrior):
    """A pixel diffusion model behind the `Prior` interface; of what its U-Net predicts, the variance is not used."""

    def __init__(self, unet: UNet2DConditionModel, schedule: Schedule, encodings: TextEncodings):
        super().__init__(unet, schedule, encodings)
        self.resolution = unet.config.sample_size


def load(folder: Path, loading: Loading) -> IFPrior:
    """Load it from a folder in the layout of diffusers.

    Raises:
        PriorError: a file is missing, broken, or not that of IF's first stage.
    """
    device = loading.device
    dtype = half_precision(device)
    unet = load_unet(folder, device, channels=3)

    def load_encoder() -> Encoder:
        """Read tokenizer and text encoder."""
        # The tokenizer needs these two, and without them says something else than that they are missing.
        import google.protobuf  # noqa: F401
        import sentencepiece  # noqa: F401

        tokenizer = load_tokenizer(T5Tokenizer, folder)
        # Half precision is for GPUs alone, and T5's own is bfloat16: twice as much would not fit into a laptop.
        precision = torch.bfloat16 if device.type == "cpu" else dtype
        encoder = load_network(T5EncoderModel, folder, "text_encoder", precision)
        place = roomy(device, sum(values.nbytes for values in encoder.parameters()))
        encoder = encoder.to(place) if place == device else encoder.bfloat16()

        def encode(texts: list[str]) -> tuple[Tensor, list[bool]]:
            """See `Encoder`."""
            numbers, mask, cut = tokenize(tokenizer, [text.lower().strip() for text in texts], CAPTION_LENGTH)
            return encoder(numbers.to(place), mask.to(place))[0].to(device, dtype), cut

        return encode

    return IFPrior(unet, load_schedule(folder), TextEncodings(load_encoder))


def roomy(device: torch.device, size: int) -> torch.device:
    """The device if a network of `size` bytes fits into its memory, else the CPU."""
    free = free_memory(device)
    return device if free is None or free >= ROOM * size else torch.device("cpu")
