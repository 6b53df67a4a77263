"""A start for small autoencoders: latents that are colours.

Stable Diffusion's latents are nearly linear in the colours of their patches, which an autoencoder takes long to learn.
Here the first weights say so, and a short training adds the shapes.
"""

from __future__ import annotations

import torch
from diffusers import AutoencoderKL
from diffusers.models.resnet import ResnetBlock2D
from torch import nn

COLOURS, KEPT = 3, 5
"""Channels of colours, and of those that are passed on: two of constants follow, LARGE and -LARGE."""
LARGE = 8.0
"""Beside constants of that size, normalisation over a group of channels divides by nearly the same for all images."""
LIFT = 8.0
"""Added before the last activations, which are nearly the identity there."""
TWO_BY_TWO = torch.tensor([0.5, 0.5, 0.0]).outer(torch.tensor([0.5, 0.5, 0.0]))
"""A mean over four pixels, as a convolution that halves the side."""
SURE = -6.0
"""The logarithm of the variance of latents: at 0, noise would drown what they say."""


@torch.no_grad()
def start_with_colours(vae: AutoencoderKL) -> AutoencoderKL:
    """Set an autoencoder's weights so that three of its latents are colours; all else stays random, and unheard."""
    for block in vae.modules():
        if isinstance(block, ResnetBlock2D):
            nn.init.zeros_(block.conv2.weight)
            nn.init.zeros_(block.conv2.bias)
            if block.conv_shortcut is not None:
                _pass_on(block.conv_shortcut, KEPT)
    for part in (vae.encoder, vae.decoder):
        for attention in part.mid_block.attentions:
            nn.init.zeros_(attention.to_out[0].weight)
            nn.init.zeros_(attention.to_out[0].bias)
        _pass_on(part.conv_in, COLOURS)
        part.conv_in.bias[COLOURS:KEPT] = torch.tensor([LARGE, -LARGE])
        part.conv_in.weight[COLOURS:KEPT] = 0
        nn.init.constant_(part.conv_norm_out.bias[:COLOURS], LIFT)
        _pass_on(part.conv_out, COLOURS)
        size = _divisor(part.conv_norm_out)
        part.conv_out.weight[:COLOURS, :COLOURS] *= size
        part.conv_out.bias[:COLOURS] = -LIFT * size
    for block in vae.encoder.down_blocks:
        for layer in block.downsamplers or []:
            _pass_on(layer.conv, KEPT)
            layer.conv.weight[range(KEPT), range(KEPT)] = TWO_BY_TWO
    for block in vae.decoder.up_blocks:
        for layer in block.upsamplers or []:
            _pass_on(layer.conv, KEPT)
    for layer in (vae.quant_conv, vae.post_quant_conv):
        _pass_on(layer, COLOURS)
    variances = slice(vae.config.latent_channels, None)
    nn.init.zeros_(vae.quant_conv.weight[variances])
    nn.init.constant_(vae.quant_conv.bias[variances], SURE)
    return vae


def _pass_on(layer: nn.Conv2d, channels: int) -> None:
    """Have the first channels of what comes out be those of what goes in; the others do not hear of constants."""
    middle = layer.kernel_size[0] // 2
    layer.weight[:channels] = 0
    layer.weight[:, COLOURS:channels] = 0
    layer.weight[range(channels), range(channels), middle, middle] = 1
    layer.bias[:channels] = 0


def _divisor(norm: nn.GroupNorm) -> float:
    """What a normalisation divides by, other channels being small."""
    return (2 * LARGE**2 * norm.num_groups / norm.num_channels) ** 0.5
