"""The autoencoder whose latents the stand-ins of Stable Diffusion and MVDream denoise."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import AutoencoderKL
from torch import Tensor

from benchmarks.stand_ins.networks import autoencoder
from benchmarks.stand_ins.training import Progress, train

RATE, BATCH = 1e-3, 8
NARROW = 1e-5
"""Weight of the latents' divergence from a normal distribution, in nats a value: enough to keep them smooth."""


def as_input(pixels: Tensor) -> Tensor:
    """uint8 pixels as a network's input in [-1, 1]."""
    return pixels.float() / 127.5 - 1


def train_autoencoder(pixels: Tensor, folder: Path, progress: Progress) -> None:
    """Train it on images (N, 3, H, W), from where an earlier training left it in the folder, and save it with the
    scaling factor that gives latents a spread of 1."""
    torch.manual_seed(0)
    goes_on = (folder / "config.json").exists()
    vae = AutoencoderKL.from_pretrained(folder, low_cpu_mem_usage=False) if goes_on else autoencoder()

    def loss() -> Tensor:
        """Of a batch: squared error, and a little of the divergence."""
        images = as_input(pixels[torch.randint(len(pixels), (BATCH,))])
        latents = vae.encode(images).latent_dist
        decoded = vae.decode(latents.sample()).sample
        return (decoded - images).square().mean() + NARROW * latents.kl().sum() / latents.mean.numel()

    average = train(vae, loss, RATE, progress)
    sample = pixels[torch.randint(len(pixels), (512,))]
    average.register_to_config(scaling_factor=1 / encode(average, sample).std().item())
    average.save_pretrained(folder)


@torch.no_grad()
def encode(vae: AutoencoderKL, pixels: Tensor) -> Tensor:
    """The mean latents (N, 4, h, w) of uint8 images, unscaled."""
    return torch.cat([vae.encode(as_input(part)).latent_dist.mode() for part in pixels.split(64)])
