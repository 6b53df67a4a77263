"""Plain ancestral samples of the Toybox prior."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.device import mixed_precision
from engine.toybox.conditioning import CAMERA_FEATURES, camera_features
from engine.toybox.model import Toybox, encode, predict_clean

GUIDANCE_SCALE = 2.0
"""s in uncond + s (cond - uncond)."""


@torch.no_grad()
def ancestral_samples(
    toybox: Toybox, captions: list[str], cameras: tuple[Tensor, Tensor, Tensor] | None = None, *,
    steps: int = 25, seed: int = 0,
) -> Tensor:
    """Draw one image per caption with the scheduler's own ancestral steps.

    Args:
        captions: B of them.
        cameras: elevations, azimuths and apparent sizes as `camera_features` takes them; None tells no camera.
        steps: network evaluations per image, the first of them where there is nothing but noise.
        seed: of the noise.

    Returns:
        (B, 3, R, R) in [0, 1], sRGB-encoded.
    """
    device = toybox.transformer.device
    generator = torch.Generator().manual_seed(seed)
    features = torch.zeros(len(captions), CAMERA_FEATURES) if cameras is None else camera_features(*cameras)
    camera = torch.cat([torch.zeros_like(features), features]).to(device)
    tokens, pooled = encode(toybox, [""] * len(captions) + captions)
    side = toybox.transformer.config.sample_size
    image = torch.randn(len(captions), 3, side, side, generator=generator).to(device)
    # From the last timestep on (Lin et al., arXiv 2305.08891): elsewhere pure noise is not what the network was shown.
    scheduler = type(toybox.scheduler).from_config(toybox.scheduler.config, timestep_spacing="trailing")
    scheduler.set_timesteps(steps)
    for timestep in scheduler.timesteps:
        with mixed_precision(device):
            at = timestep.expand(2 * len(image)).to(device)
            both = predict_clean(toybox, torch.cat([image, image]), at, tokens, pooled, camera)
        uncond, cond = both.float().chunk(2)
        guided = uncond + GUIDANCE_SCALE * (cond - uncond)
        image = scheduler.step(guided, timestep, image, generator=generator).prev_sample
    return (image / 2 + 0.5).clamp(0, 1)
