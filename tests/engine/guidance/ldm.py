"""Pipelines of diffusers written as one file in the layout of Stable Diffusion's authors: the reader's way back."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import save_file
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel

from engine.guidance.kinds import Kind
from engine.guidance.single_file import FOLDERS
from tests.engine.guidance.tiny import save_stable_diffusion

WIDTHS = {Kind.SD1: 768, Kind.SD2: 1024}
RESNET = {"norm1": "in_layers.0", "conv1": "in_layers.2", "norm2": "out_layers.0", "conv2": "out_layers.3",
          "time_emb_proj": "emb_layers.1", "conv_shortcut": "skip_connection"}  # fmt: skip
OUTSIDE = {"time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2", "conv_out": "out.2",
           "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0"}  # fmt: skip
ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
OPEN_CLIP = {"layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj",
             "self_attn.out_proj": "attn.out_proj"}  # fmt: skip


def save_both(home: Path, kind: Kind) -> Path:
    """A tiny pipeline of a kind in a folder of `home`, and the same in one file `model.safetensors` there."""
    torch.manual_seed(1)
    folder, width, second = save_stable_diffusion(home / FOLDERS[kind]), WIDTHS[kind], kind is Kind.SD2
    unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(8, 16, 16), layers_per_block=2, norm_num_groups=4, cross_attention_dim=width,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        attention_head_dim=[1, 2, 2] if second else 2, use_linear_projection=second,
    )  # fmt: skip
    config = CLIPTextConfig.from_pretrained(folder / "text_encoder", hidden_size=width)
    config.hidden_act = "gelu" if second else "quick_gelu"
    for network, name in ((unet, "unet"), (CLIPTextModel(config), "text_encoder")):
        for parameter in network.parameters():
            parameter.data += 0.05 * torch.randn_like(parameter)
        network.save_pretrained(folder / name)
    about = folder / "tokenizer" / "tokenizer_config.json"
    pad = {"pad_token": "!" if second else "<|endoftext|>"}
    about.write_text(json.dumps(json.loads(about.read_text("utf-8")) | pad), encoding="utf-8")
    save_file(tensors(folder, kind), folder / "model.safetensors")
    return folder


def tensors(folder: Path, kind: Kind) -> dict[str, Tensor]:
    """The networks in a folder, by the names that they have in a single file."""
    unet, vae, encoder = (
        part.from_pretrained(folder / name)
        for part, name in ((UNet2DConditionModel, "unet"), (AutoencoderKL, "vae"), (CLIPTextModel, "text_encoder"))
    )
    layers, blocks = unet.config.layers_per_block + 1, len(vae.config.block_out_channels)
    text = _open_clip(encoder) if kind is Kind.SD2 else {
        f"transformer.text_model.{name}": tensor for name, tensor in encoder.state_dict().items()
    } | {"transformer.text_model.embeddings.position_ids": torch.arange(77)[None]}  # fmt: skip
    parts = {
        "model.diffusion_model": {_unet_name(name, layers): tensor for name, tensor in unet.state_dict().items()},
        "first_stage_model": dict(_vae_entry(name, tensor, blocks) for name, tensor in vae.state_dict().items()),
        "cond_stage_model": text,
    }
    found = {f"{part}.{name}": tensor for part, named in parts.items() for name, tensor in named.items()}
    return {name: tensor.contiguous() for name, tensor in found.items()} | {"betas": torch.zeros(1000)}


def _replaced(name: str, words: dict[str, str]) -> str:
    for old, new in words.items():
        name = name.replace(f"{old}.", f"{new}.")
    return name


def _unet_name(name: str, layers: int) -> str:
    """A U-Net's tensor with `layers` rows of residual block and attention, or resampling, a level."""
    where, level, part, number, *rest = name.split(".") + [""] * 3
    rest = _replaced(".".join(filter(None, rest)), RESNET if part == "resnets" else {})
    if where == "mid_block":
        part, number, *rest = name.split(".")[1:]
        rest = _replaced(".".join(rest), RESNET if part == "resnets" else {})
        return f"middle_block.{2 * int(number) if part == 'resnets' else 1}.{rest}"
    if where not in ("down_blocks", "up_blocks"):
        return _replaced(name, OUTSIDE)
    row = int(level) * layers + int(number)
    column = 0 if part == "resnets" else 1
    if where == "down_blocks":
        if part == "downsamplers":
            return f"input_blocks.{(int(level) + 1) * layers}.0.op.{rest.removeprefix('conv.')}"
        return f"input_blocks.{row + 1}.{column}.{rest}"
    if part == "upsamplers":  # it comes last, behind an attention if there is one: on no first level, here
        return f"output_blocks.{row + layers - 1}.{2 if int(level) else 1}.{rest}"
    return f"output_blocks.{row}.{column}.{rest}"


def _vae_entry(name: str, tensor: Tensor, blocks: int) -> tuple[str, Tensor]:
    """An autoencoder's tensor: attention is a convolution there, and the decoder's levels are counted from the end."""
    words = name.split(".")
    if words[1] in ("down_blocks", "up_blocks"):
        level = int(words[2]) if words[1] == "down_blocks" else blocks - 1 - int(words[2])
        part = {"resnets": f"block.{words[4]}"}.get(words[3], words[3].removesuffix("rs").removesuffix("e") + "e")
        name = ".".join([words[0], words[1].removesuffix("_blocks"), str(level), part, *words[5:]])
    elif words[1] == "mid_block" and words[2] == "resnets":
        name = ".".join([words[0], "mid", f"block_{int(words[3]) + 1}", *words[4:]])
    elif words[1] == "mid_block":
        name = ".".join([words[0], "mid", "attn_1", _replaced(".".join(words[4:]), ATTENTION)])
        tensor = tensor[:, :, None, None] if tensor.ndim == 2 else tensor
    return name.replace("conv_shortcut", "nin_shortcut").replace("conv_norm_out", "norm_out"), tensor


def _open_clip(encoder: CLIPTextModel) -> dict[str, Tensor]:
    """A text encoder as OpenCLIP lays it out, with the projection and the scale that are not used."""
    named, width = encoder.state_dict(), encoder.config.hidden_size
    outside = {
        "embeddings.token_embedding.weight": "token_embedding.weight",
        "embeddings.position_embedding.weight": "positional_embedding",
        "final_layer_norm.weight": "ln_final.weight",
        "final_layer_norm.bias": "ln_final.bias",
    }
    found = {f"model.{new}": named[old] for old, new in outside.items()}
    for layer in range(encoder.config.num_hidden_layers):
        start = f"encoder.layers.{layer}."
        for old, new in OPEN_CLIP.items():
            for end in ("weight", "bias"):
                found[f"model.transformer.resblocks.{layer}.{new}.{end}"] = named[f"{start}{old}.{end}"]
        for end in ("weight", "bias"):
            joined = torch.cat([named[f"{start}self_attn.{which}_proj.{end}"] for which in "qkv"])
            found[f"model.transformer.resblocks.{layer}.attn.in_proj_{end}"] = joined
    last = f"model.transformer.resblocks.{encoder.config.num_hidden_layers - 1}."
    unused = {name.replace(last, "model.transformer.resblocks.23."): tensor.clone() for name, tensor in found.items()
              if name.startswith(last)}  # fmt: skip
    return found | unused | {"model.text_projection": torch.eye(width), "model.logit_scale": torch.tensor(4.6)}
