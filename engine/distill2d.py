"""Score distillation of a plain image, without a NeRF: the paper's own check that the loss makes good samples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from tqdm import tqdm

from engine.curve import INK, SIZE, draw_curve
from engine.device import choose_device
from engine.guidance.distil import Distillation
from engine.guidance.download import Downloads
from engine.guidance.load import load_prior
from engine.preview import png_of, to_picture
from engine.run.atomic import atomic_write_bytes
from engine.run.settings import RunSettings, check_settings, clean_prompt
from engine.settings import engine_settings

RATE = 0.02
"""Adam's learning rate at the first step, in the pixels' [0, 1]; it falls linearly to zero."""
COLUMNS, ROWS = 4, 2
"""Of the pictures of the image on its way."""
TILE, BAND = SIZE[1] // ROWS - 20, 20
"""Side of one and height of the words below it, in pixels."""


def distil_image(
    guidance: Distillation, steps: int, draws: int, generator: torch.Generator, device: torch.device
) -> Iterator[tuple[Tensor, list[float]]]:
    """Optimise an image's pixels with Adam.

    Args:
        draws: timesteps and noises per step; their gradients are averaged.
        generator: on the CPU; of everything random.

    Yields:
        The image (1, 3, R, R) in [0, 1], grey at first, and the mean size of the gradient at each step so far: once
        before the first step and once after each.
    """
    side = guidance.prior.resolution
    image = torch.full((1, 3, side, side), 0.5, device=device, requires_grad=True)
    adam = torch.optim.Adam([image], betas=(0.9, 0.99), eps=1e-15)
    sizes: list[float] = []
    yield image.detach(), sizes
    for step in range(steps):
        gradient = guidance.gradient(image.detach().expand(draws, -1, -1, -1), None, step / steps, generator)
        image.grad = gradient.mean(0, keepdim=True)
        adam.param_groups[0]["lr"] = RATE * (1 - step / steps)
        adam.step()
        with torch.no_grad():
            image.clamp_(0, 1)
        sizes.append(gradient.abs().sum().item() / draws)
        yield image.detach(), sizes


def distill2d(run: RunSettings, output: Path, downloads: Downloads | None = None) -> None:
    """Distil a prompt into an image; `output` is a PNG of it at several steps, beside a curve of the gradient's size.

    It is written first before the first step, and again whenever there is more to show.

    Raises:
        SettingsError: settings that no run can start with; only seed, steps, views and guidance matter here.
        PriorError: the prior's files are missing or broken.
    """
    check_settings(run)
    settings, device = engine_settings(run), choose_device(run.device)
    prior = load_prior(run.prior, device, run.weights, downloads=downloads, guidance=settings.guidance)
    guidance = Distillation(prior, clean_prompt(run.prompt), settings.guidance)
    generator = torch.Generator().manual_seed(run.seed)
    shown = {round(settings.steps * k / (COLUMNS * ROWS - 1)) for k in range(COLUMNS * ROWS)}
    frames: list[tuple[int, Tensor]] = []
    images = distil_image(guidance, settings.steps, settings.views, generator, device)
    for image, sizes in tqdm(images, total=settings.steps + 1, desc=run.prompt[:40], unit="step", disable=None):
        if len(sizes) in shown:
            frames.append((len(sizes), image.clone()))
            atomic_write_bytes(output, picture(frames, sizes))


def picture(frames: list[tuple[int, Tensor]], sizes: list[float]) -> bytes:
    """Steps and images (1, 3, R, R) in rows, with the curve of `sizes` beside them, as a PNG."""
    left = COLUMNS * TILE
    sheet = Image.new("RGB", (left + SIZE[0], SIZE[1]), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for number, (step, image) in enumerate(frames):
        x, y = number % COLUMNS * TILE, number // COLUMNS * (TILE + BAND)
        sheet.paste(to_picture(image).resize((TILE, TILE), Image.Resampling.BICUBIC), (x, y))
        draw.text((x + TILE / 2, y + TILE + BAND / 2), f"step {step}", INK, font, anchor="mm")
    sheet.paste(draw_curve(list(enumerate(running_mean(sizes), start=1)), "mean size of the gradient"), (left, 0))
    return png_of(sheet)


def running_mean(values: list[float], share: float = 0.05) -> list[float]:
    """Each value's mean with those shortly before it: as many as `share` of all."""
    window = max(1, round(share * len(values)))
    return [sum(values[max(0, end - window) : end]) / min(end, window) for end in range(1, len(values) + 1)]
