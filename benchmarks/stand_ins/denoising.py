"""Training a stand-in: its U-Net and its text encoder together, on noisy latents or pixels."""

from __future__ import annotations

import random
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from safetensors.torch import load_model, save_model
from torch import Tensor, nn
from torch.nn.functional import interpolate

from benchmarks.stand_ins.images import Images
from benchmarks.stand_ins.kinds import Kind, Scheduler, save
from benchmarks.stand_ins.latents import as_input, encode
from benchmarks.stand_ins.networks import PIXEL_SIDE
from benchmarks.stand_ins.texts import draw_caption
from benchmarks.stand_ins.training import Progress, train
from engine.guidance.attention import GroupAttention
from engine.guidance.encodings import tokenize
from engine.guidance.prior import Viewpoint
from engine.guidance.priors.mvdream import VIEWS, camera_matrices

RATE, BATCH = 1e-3, 32
KEPT = "trained.safetensors"
"""File of a stand-in's folder that a later training goes on from."""


def clean_images(kind: Kind, images: Images, autoencoder: Path) -> Tensor:
    """What a stand-in denoises, (N, C, R, R): scaled latents, or pixels in [-1, 1]."""
    if kind.has_latents:
        vae = AutoencoderKL.from_pretrained(autoencoder, low_cpu_mem_usage=False)
        return encode(vae.eval(), images.pixels) * vae.config.scaling_factor
    small = [interpolate(as_input(part), (PIXEL_SIDE,) * 2, mode="area") for part in images.pixels.split(256)]
    return torch.cat(small)


def poses(images: Images) -> Tensor:
    """(N, 16): the cameras of images, as MVDream is told them."""
    rows = images.pose.tolist()
    return camera_matrices([
        Viewpoint(0.0, 0.0, 1.0, (tuple(row[:3]), tuple(row[3:6]), tuple(row[6:9])), tuple(row[9:])) for row in rows
    ])


class Batches:
    """Batches of clean images with what is told of them.

    Args:
        group: images that follow each other and have one caption, which then names no side.
    """

    def __init__(self, kind: Kind, images: Images, autoencoder: Path, vocabulary: Path, size: int, seed: int):
        self.kind, self.images, self.clean = kind, images, clean_images(kind, images, autoencoder)
        self.group = VIEWS if kind.knows_cameras else 1
        self.poses = poses(images) if kind.knows_cameras else None
        self.tokenizer, self.draws = kind.load_tokenizer(vocabulary), max(1, size // self.group)
        self.rng = random.Random(seed)

    def draw(self, text_encoder: nn.Module) -> tuple[Tensor, dict[str, Tensor]]:
        """Clean images, and what the U-Net is told of them by the names of its arguments."""
        firsts = [self.group * self.rng.randrange(len(self.clean) // self.group) for _ in range(self.draws)]
        captions = [self._caption(first) for first in firsts for _ in range(self.group)]
        rows = torch.tensor([first + view for first in firsts for view in range(self.group)])
        numbers, mask, _ = tokenize(self.tokenizer, captions, self.kind.caption_length)
        encoded = text_encoder(numbers) if self.kind.has_latents else text_encoder(numbers, mask)
        told = {"encoder_hidden_states": encoded.last_hidden_state}
        return self.clean[rows], told if self.poses is None else told | {"class_labels": self.poses[rows]}

    def _caption(self, row: int) -> str:
        images = self.images
        view = None if self.kind.knows_cameras else int(images.view[row])
        text = draw_caption(int(images.thing[row]), int(images.colour[row]), view, self.rng)
        return text if self.kind.has_latents else text.lower()


def denoising_loss(
    unet: nn.Module, scheduler: Scheduler, clean: Tensor, told: dict[str, Tensor], group: int = 1
) -> Tensor:
    """The mean squared error of what is predicted of clean images (N, C, R, R) at random noise; a group has one."""
    drawn = torch.randint(scheduler.config.num_train_timesteps, (len(clean) // group,))
    timesteps, noise = drawn.repeat_interleave(group), torch.randn_like(clean)
    noisy = scheduler.add_noise(clean, noise, timesteps)
    velocity = scheduler.config.prediction_type == "v_prediction"
    target = scheduler.get_velocity(clean, noise, timesteps) if velocity else noise
    return (unet(noisy, timesteps, **told).sample[:, : clean.shape[1]] - target).square().mean()


def train_stand_in(
    kind: Kind, images: Images, autoencoder: Path, folder: Path, progress: Progress, size: int = BATCH, seed: int = 0
) -> None:
    """Train a stand-in on images, from where an earlier training left it in the folder, and save it there."""
    torch.manual_seed(seed)
    tokens, scheduler = kind.save_vocabulary(folder / "tokenizer"), kind.scheduler()
    batches = Batches(kind, images, autoencoder, folder / "tokenizer", size, seed)
    networks = nn.ModuleDict({"unet": kind.unet(), "text_encoder": kind.text_encoder(tokens)})
    kept = folder / KEPT
    if kept.exists():
        load_model(networks, kept)
    if batches.group > 1:
        networks["unet"].set_attn_processor(GroupAttention(batches.group))

    def loss() -> Tensor:
        """Of a fresh batch."""
        clean, told = batches.draw(networks["text_encoder"])
        return denoising_loss(networks["unet"], scheduler, clean, told, batches.group)

    average = train(networks, loss, RATE, progress)
    save_model(average, str(kept))
    save(kind, average, autoencoder, folder)
