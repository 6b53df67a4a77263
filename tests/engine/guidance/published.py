"""MVDream's network as it is published, in plain arithmetic, without diffusers, and a folder like that of its weights.

Sources: latent diffusion's U-Net (arXiv 2112.10752) with Stable Diffusion 2.1's linear projections and heads of 64, and
MVDream (arXiv 2308.16512): self-attention over four views, and a camera's 16 numbers in the embedding of the time.
"""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from tests.engine.guidance.tiny import save_stable_diffusion

VIEWS, HEAD, CHANNELS = 4, 64, 4


class Published:
    """The network. Each weight has its original name, and is drawn when it is first needed."""

    def __init__(self, widths=(64, 128), blocks: int = 1, attends=(True, False), device: str = "cpu"):
        self.widths, self.blocks, self.attends = widths, blocks, attends
        self.tensors: dict[str, Tensor] = {}
        self.device, self.generator = device, torch.Generator().manual_seed(5)

    def predict_noise(self, noisy: Tensor, timesteps: Tensor, captions: Tensor, cameras: Tensor) -> Tensor:
        """Noise (N, 4, H, W), of groups of four rows, by captions (N, L, D) and cameras (N, 16)."""
        told = self._perceptron("time_embed", waves(timesteps, self.widths[0]))
        told = told + self._perceptron("camera_embed", cameras)
        coming = [self._convolution("input_blocks.0.0", noisy, self.widths[0])]
        for level, width in enumerate(self.widths):
            for _ in range(self.blocks):
                coming.append(self._block(f"input_blocks.{len(coming)}", coming[-1], width, level, told, captions))
            if level < len(self.widths) - 1:
                coming.append(self._convolution(f"input_blocks.{len(coming)}.0.op", coming[-1], width, stride=2))
        x = self._residual("middle_block.0", coming[-1], width, told)
        x = self._residual("middle_block.2", self._transformer("middle_block.1", x, captions), width, told)
        number = 0
        for level in reversed(range(len(self.widths))):
            for block in range(self.blocks + 1):
                name, x = f"output_blocks.{number}", torch.cat([x, coming.pop()], 1)
                x = self._block(name, x, self.widths[level], level, told, captions)
                if level and block == self.blocks:
                    doubled = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
                    x = self._convolution(f"{name}.{1 + self.attends[level]}.conv", doubled, x.shape[1])
                number += 1
        return self._convolution("out.2", silu(self._group_norm("out.0", x, 1e-5)), CHANNELS)

    def _block(self, name: str, x: Tensor, width: int, level: int, told: Tensor, captions: Tensor) -> Tensor:
        x = self._residual(f"{name}.0", x, width, told)
        return self._transformer(f"{name}.1", x, captions) if self.attends[level] else x

    def _residual(self, name: str, x: Tensor, width: int, told: Tensor) -> Tensor:
        h = self._convolution(f"{name}.in_layers.2", silu(self._group_norm(f"{name}.in_layers.0", x, 1e-5)), width)
        h = h + self._linear(f"{name}.emb_layers.1", silu(told), width)[:, :, None, None]
        h = self._convolution(f"{name}.out_layers.3", silu(self._group_norm(f"{name}.out_layers.0", h, 1e-5)), width)
        return h + (x if x.shape[1] == width else self._convolution(f"{name}.skip_connection", x, width, size=1))

    def _transformer(self, name: str, x: Tensor, captions: Tensor) -> Tensor:
        count, width, height, _ = x.shape
        inner = f"{name}.transformer_blocks.0"
        tokens = self._group_norm(f"{name}.norm", x, 1e-6).flatten(2).transpose(1, 2)
        tokens = self._linear(f"{name}.proj_in", tokens, width)
        seen = []
        for group in self._layer_norm(f"{inner}.norm1", tokens).split(VIEWS):
            views = torch.cat(list(group))[None]
            seen += self._attention(f"{inner}.attn1", views, views)[0].split(tokens.shape[1])
        tokens = tokens + torch.stack(seen)
        normed = self._layer_norm(f"{inner}.norm2", tokens)
        tokens = tokens + self._attention(f"{inner}.attn2", normed, captions)
        normed = self._layer_norm(f"{inner}.norm3", tokens)
        value, gate = self._linear(f"{inner}.ff.net.0.proj", normed, 8 * width).chunk(2, -1)
        gelu = gate * (1 + torch.erf(gate / math.sqrt(2))) / 2
        tokens = tokens + self._linear(f"{inner}.ff.net.2", value * gelu, width)
        return x + self._linear(f"{name}.proj_out", tokens, width).transpose(1, 2).unflatten(2, (height, -1))

    def _attention(self, name: str, tokens: Tensor, to: Tensor) -> Tensor:
        width = tokens.shape[-1]
        query, key, value = (
            self._linear(f"{name}.{kind}", rows, width, bias=False).unflatten(-1, (-1, HEAD))
            for kind, rows in (("to_q", tokens), ("to_k", to), ("to_v", to))
        )
        shares = (torch.einsum("nqhc,nkhc->nhqk", query, key) / math.sqrt(HEAD)).softmax(-1)
        return self._linear(f"{name}.to_out.0", torch.einsum("nhqk,nkhc->nqhc", shares, value).flatten(2), width)

    def _perceptron(self, name: str, x: Tensor) -> Tensor:
        width = 4 * self.widths[0]
        return self._linear(f"{name}.2", silu(self._linear(f"{name}.0", x, width)), width)

    def _linear(self, name: str, x: Tensor, width: int, bias: bool = True) -> Tensor:
        y = torch.einsum("...i,oi->...o", x, self._weight(f"{name}.weight", width, x.shape[-1]))
        return y + self._weight(f"{name}.bias", width) if bias else y

    def _convolution(self, name: str, x: Tensor, width: int, size: int = 3, stride: int = 1) -> Tensor:
        weight = self._weight(f"{name}.weight", width, x.shape[1], size, size)
        return torch.nn.functional.conv2d(x, weight, self._weight(f"{name}.bias", width), stride, size // 2)

    def _group_norm(self, name: str, x: Tensor, small: float) -> Tensor:
        normal = standard(x.unflatten(1, (32, -1)).flatten(2), small).view_as(x)
        return self._scaled(name, normal.transpose(1, -1), x.shape[1]).transpose(1, -1)

    def _layer_norm(self, name: str, x: Tensor) -> Tensor:
        return self._scaled(name, standard(x, 1e-5), x.shape[-1])

    def _scaled(self, name: str, x: Tensor, width: int) -> Tensor:
        return x * self._weight(f"{name}.weight", width) + self._weight(f"{name}.bias", width)

    def _weight(self, name: str, *shape: int) -> Tensor:
        if name not in self.tensors:
            size = 0.1 if len(shape) == 1 else math.prod(shape[1:]) ** -0.5
            mean = float(len(shape) == 1 and name.endswith("weight"))  # a normalisation's
            empty = torch.empty(shape, device=self.device)
            self.tensors[name] = empty.normal_(mean, size, generator=self.generator)
        return self.tensors[name]


def waves(timesteps: Tensor, width: int) -> Tensor:
    """Cosines, then sines, of the time at falling frequencies."""
    frequencies = 10_000 ** (-torch.arange(width // 2) / (width // 2))
    angles = timesteps[:, None] * frequencies.to(timesteps.device)
    return torch.cat([angles.cos(), angles.sin()], -1)


def silu(x: Tensor) -> Tensor:
    return x / (1 + (-x).exp())


def standard(x: Tensor, small: float) -> Tensor:
    """With mean 0 and variance 1 along the last axis."""
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + small).sqrt()


def published(
    widths=(64, 128), blocks: int = 1, attends=(True, False), captions: int = 16, device: str = "cpu"
) -> Published:
    """A network that has all its weights."""
    network = Published(widths, blocks, attends, device)
    side = 2 ** (len(widths) - 1)
    rows = [torch.zeros(shape, device=device) for shape in ((4, CHANNELS, side, side), (4,), (4, 1, captions), (4, 16))]
    network.predict_noise(*rows)
    return network


def save_mvdream(folder: Path, tensors: dict[str, Tensor]) -> Path:
    """A tiny Stable Diffusion's folder whose U-Net has these weights, and a configuration of no class of diffusers."""
    save_stable_diffusion(folder)
    shutil.rmtree(folder / "unet")
    (folder / "unet").mkdir()
    (folder / "unet" / "config.json").write_text('{"_class_name": "MultiViewUNetModel"}', encoding="utf-8")
    save_file(tensors, folder / "unet" / "diffusion_pytorch_model.safetensors")
    return folder
