"""The networks in a single file of Stable Diffusion 1 or 2, in the layout of its authors; the configurations are here.

diffusers' own from_single_file takes random numbers for what such a file lacks, so only its renaming is used.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders.single_file_utils import (
    convert_ldm_clip_checkpoint,
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
    convert_open_clip_checkpoint,
)
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

from engine.errors import is_out_of_memory
from engine.guidance import kinds
from engine.guidance.kinds import Kind
from engine.guidance.prior import PriorError
from engine.guidance.unet import PREDICTIONS

CONFIGURATIONS = Path(__file__).parent / "configurations"
"""A folder a kind, as diffusers lays them out."""
FOLDERS = {Kind.SD1: "sd1", Kind.SD2: "sd2"}
VELOCITY_SIDE = 96
"""Of the latents of those Stable Diffusion 2 that predict velocity: they make images of 768 x 768, all others 512."""
NOISE_SIDE = 16
"""Of the latents for which a U-Net is asked what it predicts."""

Tensors = dict[str, Tensor]


def configuration(kind: Kind) -> Path:
    """The folder of a kind's configuration: SD1 or SD2."""
    return CONFIGURATIONS / FOLDERS[kind]


def read_unet(path: Path, folder: Path, dtype: torch.dtype) -> UNet2DConditionModel:
    """The frozen U-Net of the file at `path`, as configured in `folder`, on the CPU. Raises PriorError."""
    build = partial(_fill, UNet2DConditionModel, folder / "unet", dtype, convert_ldm_unet_checkpoint)
    return _read(path, "unet", kinds.UNET, build)


def read_vae(path: Path, folder: Path, dtype: torch.dtype) -> AutoencoderKL:
    """The same for its autoencoder. Raises PriorError."""
    build = partial(_fill, AutoencoderKL, folder / "vae", dtype, convert_ldm_vae_checkpoint)
    return _read(path, "vae", kinds.AUTOENCODER, build)


def read_text_encoder(path: Path, folder: Path, dtype: torch.dtype) -> CLIPTextModel:
    """The same for its text encoder. Raises PriorError."""

    def build(tensors: Tensors) -> CLIPTextModel:
        encoder = CLIPTextModel(CLIPTextConfig.from_pretrained(folder / "text_encoder")).to(dtype)
        named = text_tensors(tensors, encoder)
        # OpenCLIP's last layer and its projection are in the file and not used.
        encoder.load_state_dict({name: named[name] for name in encoder.state_dict()})
        return encoder

    return _read(path, "text_encoder", kinds.TEXT_ENCODER, build)


def text_tensors(tensors: Tensors, encoder: CLIPTextModel) -> Tensors:
    """A file's text encoder, CLIP's (Stable Diffusion 1) or OpenCLIP's (2), in the names of transformers."""
    if any(name.startswith(f"{kinds.TEXT_ENCODER}model.") for name in tensors):
        named = convert_open_clip_checkpoint(encoder, tensors)
    else:
        named = convert_ldm_clip_checkpoint(tensors)
    return {name.removeprefix("text_model."): tensor for name, tensor in named.items()}


@torch.no_grad()
def told_prediction(unet: UNet2DConditionModel, last: int) -> str:
    """What a U-Net predicts, one of PREDICTIONS: no file says so, but the U-Net can be asked at its last timestep.

    There z is noise but for a few percent. So a prediction of the noise goes along with z, once z, and one of
    v = alpha eps - sigma x (Salimans and Ho, arXiv 2202.00512) alpha times it, .07 of Stable Diffusion's schedule.
    """
    noise = torch.randn(1, unet.config.in_channels, NOISE_SIDE, NOISE_SIDE, generator=torch.Generator().manual_seed(0))
    caption = torch.zeros(1, 77, unet.config.cross_attention_dim)
    asked, caption = (tensor.to(unet.device, unet.dtype) for tensor in (noise, caption))
    told = unet(asked, last, encoder_hidden_states=caption, return_dict=False)[0].float().cpu()
    along = (told * noise).sum() / noise.square().sum()
    return PREDICTIONS[0] if along > 0.5 else PREDICTIONS[1]


def _fill(part: Any, folder: Path, dtype: torch.dtype, rename: Callable[..., Tensors], tensors: Tensors) -> nn.Module:
    """A network of diffusers' class `part` with a file's tensors."""
    config = part.load_config(folder, local_files_only=True)
    with torch.device("meta"):  # random numbers, soon replaced, would take longer than all the rest
        network = part.from_config(config)
    network = nn.Module.to(network, dtype).to_empty(device="cpu")  # diffusers' own warns of nothing
    network.load_state_dict(rename(tensors, config))
    return network


def read_tensors(path: Path, prefix: str = "") -> Tensors:
    """Those tensors of a safetensors file whose names begin with a prefix, by the rest of their names.

    Raises:
        PriorError: the file is broken.
    """
    try:
        with safe_open(path, "pt") as file:
            return {key.removeprefix(prefix): file.get_tensor(key) for key in file.keys() if key.startswith(prefix)}
    except (OSError, SafetensorError) as error:
        raise PriorError(f"The file {path} is broken: download it again, or choose another.") from error


def _read(path: Path, name: str, prefix: str, build: Callable[[Tensors], nn.Module]) -> Any:
    """What `build` makes of those tensors of a file whose names begin with `prefix`. Raises PriorError."""
    try:
        with safe_open(path, "pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys() if key.startswith(prefix)}
        network = build(tensors)
    except Exception as error:  # what diffusers' renaming stumbles over has no class of its own
        if isinstance(error, ImportError) or is_out_of_memory(error):
            raise
        raise PriorError(
            f"The {name} in {path} is broken, or not Stable Diffusion's: download it again, or choose another file."
        ) from error
    return network.eval().requires_grad_(False)
