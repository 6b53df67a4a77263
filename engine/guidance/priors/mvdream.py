"""MVDream (Shi et al., arXiv 2308.16512) as guidance: a prior on four views of one object at once, which it is told the
cameras of. Its views see each other, so that an object does not get a face on each side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch import Tensor
from torch.nn.functional import normalize

from engine.guidance.attention import GroupAttention
from engine.guidance.encodings import TextEncodings
from engine.guidance.kinds import UNET, Kind
from engine.guidance.ldm_keys import diffusers_name, layout_of, part_names
from engine.guidance.loading import Loading
from engine.guidance.prior import Caption, PriorError, Viewpoint
from engine.guidance.priors.stable_diffusion import (
    StableDiffusionPrior,
    clip_encodings,
    load_vae,
    text_in,
    text_of_file,
)
from engine.guidance.single_file import configuration, read_tensors, read_vae
from engine.guidance.unet import Schedule, broken, check_fit, half_precision, load_schedule, to_device
from engine.guidance.vocabulary import find_vocabulary
from engine.guidance.weights import weights_in

VIEWS = 4
"""In a group."""
SIDE = 32
"""Of the latents that it was trained on, unless a folder says another."""
HEAD = 64
"""Channels of a head of its attention."""
POSE = 16
"""Numbers that a camera is told in."""


class MVDreamPrior(StableDiffusionPrior):
    """MVDream behind the `Prior` interface: Stable Diffusion that sees VIEWS views together and is told their cameras.

    Args:
        unet: with a projection of POSE numbers as its class embedding; the views of a group attend to each other from
            now on.
        vae, schedule, encodings: as in `StableDiffusionPrior`.
    """

    group = VIEWS

    def __init__(self, unet: UNet2DConditionModel, vae: AutoencoderKL, schedule: Schedule, encodings: TextEncodings):
        super().__init__(unet, vae, schedule, encodings)
        unet.set_attn_processor(GroupAttention(VIEWS))

    def conditions(self, captions: list[Caption]) -> dict[str, Tensor]:
        """See `UNetPrior.conditions`; the cameras are a class of their own. Raises PriorError where one is not told."""
        cameras = [caption.camera for caption in captions]
        if None in cameras:
            raise PriorError("MVDream is told the camera of every view, and one has none: choose another prior for it.")
        told = super().conditions(captions)
        return told | {"class_labels": camera_matrices(cameras).to(told["encoder_hidden_states"])}


def camera_matrices(cameras: Sequence[Viewpoint]) -> Tensor:
    """(B, 16): the 4 x 4 camera-to-world matrices of B cameras, row by row, each position scaled to length 1.

    The world has z up, and a camera looks along its -z: the frames of engine/cameras.py.

    >>> above = Viewpoint(1.57, 0.0, 0.5, rotation=((1, 0, 0), (0, 1, 0), (0, 0, 1)), position=(0, 0, 4))
    >>> camera_matrices([above]).view(4, 4)
    tensor([[1., 0., 0., 0.],
            [0., 1., 0., 0.],
            [0., 0., 1., 1.],
            [0., 0., 0., 1.]])
    """
    rotation = torch.tensor([camera.rotation for camera in cameras], dtype=torch.float32)
    direction = normalize(torch.tensor([camera.position for camera in cameras], dtype=torch.float32), dim=-1)
    last_row = torch.tensor([0.0, 0.0, 0.0, 1.0]).expand(len(cameras), 1, 4)
    return torch.cat([torch.cat([rotation, direction[..., None]], -1), last_row], 1).flatten(1)


def load(place: Path, loading: Loading) -> MVDreamPrior:
    """Load it from a folder in the layout of diffusers or from a single file; the U-Net's weights have their original
    names in both.

    Raises:
        PriorError: a file is missing, broken, or not MVDream's.
        EngineError: the vocabulary that a single file lacks cannot be kept.
    """
    device, dtype = loading.device, half_precision(loading.device)
    if place.is_file():
        vocabulary = find_vocabulary(place, loading.announce, loading.downloads)
        folder = configuration(Kind.SD2)  # whose autoencoder, text encoder and schedule are MVDream's
        tensors, vae = read_tensors(place, UNET), to_device(read_vae(place, folder, dtype), device)
        load_text, side = text_of_file(place, folder, vocabulary, dtype), SIDE
    else:
        folder, tensors, vae = place, _read_folder(place, dtype != torch.float32), load_vae(place, device)
        load_text, side = text_in(place, device), _side_in(place)
    try:
        unet = _build_unet(tensors, dtype)
    except ValueError as error:
        raise PriorError(f"The U-Net in {place} is not MVDream's ({error}): choose MVDream's own weights.") from error
    check_fit(unet, folder, vae.config.latent_channels)
    unet.register_to_config(sample_size=side)
    return MVDreamPrior(to_device(unet, device), vae, load_schedule(folder), clip_encodings(load_text, device))


def _build_unet(tensors: dict[str, Tensor], dtype: torch.dtype) -> UNet2DConditionModel:
    """The frozen U-Net, on the CPU, of weights that have their original names.

    Raises ValueError, with a clause that says why, if they are not all that such a U-Net has, and no more.
    """
    parts = part_names(layout_of(tensors))
    with torch.device("meta"):  # weights that would be replaced need not be drawn
        unet = UNet2DConditionModel(**_configuration({name: tuple(tensor.shape) for name, tensor in tensors.items()}))
    named = {diffusers_name(name, parts): tensor for name, tensor in tensors.items()}
    wanted = unet.state_dict()
    for name in wanted:
        if name not in named:
            raise ValueError(f"it lacks {name}")
        if wanted[name].shape != named[name].shape:
            raise ValueError(f"{name} has the shape {tuple(named[name].shape)}, not {tuple(wanted[name].shape)}")
    unknown = [name for name in tensors if diffusers_name(name, parts) not in wanted]
    if unknown:
        raise ValueError(f"it has no place for {unknown[0]}")
    # Copies: what safetensors reads stays in its file, which may be replaced during a run.
    unet.load_state_dict({name: tensor.to(dtype, copy=True) for name, tensor in named.items()}, assign=True)
    return unet.eval().requires_grad_(False)


def _configuration(shapes: dict[str, tuple[int, ...]]) -> dict[str, Any]:
    """What UNet2DConditionModel has to be told, by the shapes of weights with their original names.

    Raises ValueError, with a clause that says why, if there is no such U-Net.
    """

    def size(name: str, axis: int = 0) -> int:
        """Of a tensor along an axis."""
        if len(shapes.get(name, ())) <= axis:
            raise ValueError(f"it lacks {name}")
        return shapes[name][axis]

    layout = layout_of(shapes)
    firsts = map(layout.first_block, range(len(layout.attends)))
    widths = tuple(size(f"input_blocks.{first}.0.out_layers.3.weight") for first in firsts)
    if any(width < HEAD or width % HEAD for width in widths):
        raise ValueError(f"its levels are {', '.join(map(str, widths))} channels wide")
    kinds = ["CrossAttn" if attends else "" for attends in layout.attends]
    return {
        "sample_size": SIDE,
        "in_channels": size("input_blocks.0.0.weight", 1),
        "out_channels": size("out.2.weight"),
        "down_block_types": tuple(f"{kind}DownBlock2D" for kind in kinds),
        "up_block_types": tuple(f"{kind}UpBlock2D" for kind in reversed(kinds)),
        "block_out_channels": widths,
        "layers_per_block": layout.blocks,
        # So diffusers calls the number of heads.
        "attention_head_dim": tuple(width // HEAD for width in widths),
        "cross_attention_dim": size("middle_block.1.transformer_blocks.0.attn2.to_k.weight", 1),
        "use_linear_projection": True,
        "class_embed_type": "projection",
        "projection_class_embeddings_input_dim": POSE,
    }


def _side_in(folder: Path) -> int:
    """The side of the latents that the U-Net in a folder was trained on, by its configuration; SIDE where it is silent.

    Raises PriorError.
    """
    try:
        side = json.loads((folder / "unet" / "config.json").read_text(encoding="utf-8")).get("image_size", SIDE)
    except (OSError, ValueError, AttributeError) as error:
        raise PriorError(broken(folder, "unet")) from error
    if not isinstance(side, int) or side < 1:
        raise PriorError(broken(folder, "unet"))
    return side


def _read_folder(folder: Path, half: bool) -> dict[str, Tensor]:
    """The U-Net's weights, in half precision or else in the other, by the names in their files. Raises PriorError."""
    files = weights_in(folder, "unet", half) or weights_in(folder, "unet", not half)
    return {name: tensor for file in files for name, tensor in read_tensors(file).items()}
