"""Stable Diffusion (Rombach et al., arXiv 2112.10752) as guidance: a prior on the latents of an autoencoder."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch import Tensor
from torch.nn.functional import interpolate
from transformers import CLIPTextModel, CLIPTokenizer

from engine.guidance.encodings import Encoder, TextEncodings, tokenize
from engine.guidance.prior import PullBack
from engine.guidance.unet import (
    Schedule,
    UNetPrior,
    half_precision,
    load_network,
    load_schedule,
    load_tokenizer,
    load_unet,
    to_device,
)


class StableDiffusionPrior(UNetPrior):
    """A latent diffusion model behind the `Prior` interface: versions 1 and 2, predicting noise or velocity.

    Args:
        unet, schedule, encodings: as in `UNetPrior`.
        vae: on the U-Net's device, in its precision.
    """

    limits = (-math.inf, math.inf)

    def __init__(
        self, unet: UNet2DConditionModel, vae: AutoencoderKL, schedule: Schedule, encodings: TextEncodings
    ):
        super().__init__(unet, schedule, encodings)
        self.vae, self.scaling = vae, vae.config.scaling_factor
        side = unet.config.sample_size
        self.shape = unet.config.in_channels, side, side
        self.resolution = side * 2 ** (len(vae.config.block_out_channels) - 1)

    def encode(self, images: Tensor) -> tuple[Tensor, PullBack]:
        """See `Prior.encode`: the mean of the autoencoder's latents, and the product with the encoder's Jacobian."""
        with torch.enable_grad():
            seen = images.detach().requires_grad_()
            # Enlarging needs no antialiasing, whose gradient is not implemented for Apple's GPUs.
            shrinks = seen.shape[-1] > self.resolution
            resized = interpolate(seen, (self.resolution,) * 2, mode="bilinear", antialias=shrinks)
            latents = self.vae.encode((2 * resized - 1).to(self.vae.dtype)).latent_dist.mode().float() * self.scaling

        def pull_back(gradient: Tensor) -> Tensor:
            # In half precision nothing small may go through the encoder: it gets the gradient at size 1.
            size = gradient.abs().amax().clamp_min(1e-12)
            (pulled,) = torch.autograd.grad(latents, seen, gradient / size)
            return pulled * (size / gradient[0].numel())

        return latents.detach(), pull_back

    @torch.no_grad()
    def decode(self, clean: Tensor) -> Tensor:
        """See `Prior.decode`; one image at a time, for memory's sake."""
        rows = (clean / self.scaling).to(self.vae.dtype).split(1)
        return torch.cat([(self.vae.decode(row).sample.float() / 2 + 0.5).clamp(0, 1) for row in rows])


def load(folder: Path, device: torch.device) -> StableDiffusionPrior:
    """Load it from a folder in the layout of diffusers.

    Raises:
        PriorError: a file is missing, broken, or not Stable Diffusion's.
    """
    dtype = half_precision(device)
    vae = load_network(AutoencoderKL, folder, "vae", dtype, low_cpu_mem_usage=False)
    unet = load_unet(folder, device, vae.config.latent_channels)

    def load_encoder() -> Encoder:
        """Read tokenizer and text encoder."""
        tokenizer = load_tokenizer(CLIPTokenizer, folder)
        encoder = load_network(CLIPTextModel, folder, "text_encoder", dtype).to(device)
        length = encoder.config.max_position_embeddings

        def encode(texts: list[str]) -> tuple[Tensor, list[bool]]:
            """See `Encoder`."""
            numbers, _, cut = tokenize(tokenizer, texts, length)
            return encoder(numbers.to(device)).last_hidden_state, cut

        return encode

    return StableDiffusionPrior(unet, to_device(vae, device), load_schedule(folder), TextEncodings(load_encoder))
