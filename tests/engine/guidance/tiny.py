"""Pipelines of the real classes, tiny and untrained, saved as Hugging Face's repositories are laid out."""

from __future__ import annotations

import io
import json
from pathlib import Path

import sentencepiece
import torch
from diffusers import AutoencoderKL, DDIMScheduler, DDPMScheduler, PNDMScheduler, UNet2DConditionModel
from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTextConfig, CLIPTextModel, T5Config, T5EncoderModel

SENTENCES = ["a red mug", "a blue chair, side view", "a green boat, front view", "an old cat, overhead view"]
BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}


def save_stable_diffusion(folder: Path, velocity: bool = False, **options) -> Path:
    """Latents of 8 x 8, images of 64 x 64. `options` go to each network's save_pretrained."""
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=8, in_channels=4, out_channels=4, block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=16, attention_head_dim=2,
    )  # fmt: skip
    vae = AutoencoderKL(
        block_out_channels=(8, 8, 16, 16), norm_num_groups=4, latent_channels=4, sample_size=64, scaling_factor=0.18215,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
    )  # fmt: skip
    words = [byte + end for end in ("", "</w>") for byte in sorted(ByteLevel.alphabet())]
    merges = [("m", "u"), ("mu", "g</w>")]
    vocabulary = [*words, *map("".join, merges), "<|startoftext|>", "<|endoftext|>"]
    end = len(vocabulary) - 1
    text_encoder = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(vocabulary), hidden_size=16, intermediate_size=32, num_hidden_layers=2,
            num_attention_heads=2, max_position_embeddings=77, bos_token_id=end - 1, eos_token_id=end, pad_token_id=end,
        )
    )  # fmt: skip
    scheduler = DDIMScheduler(prediction_type="v_prediction", **BETAS) if velocity else PNDMScheduler(
        skip_prk_steps=True, steps_offset=1, **BETAS
    )  # fmt: skip
    _save(folder, scheduler, {"unet": unet, "vae": vae, "text_encoder": text_encoder}, options)
    _write(folder / "tokenizer" / "vocab.json", {word: number for number, word in enumerate(vocabulary)})
    (folder / "tokenizer" / "merges.txt").write_text(
        "\n".join(["#version: 0.2", *map(" ".join, merges)]) + "\n", encoding="utf-8"
    )
    _write(folder / "tokenizer" / "tokenizer_config.json", {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77})
    return folder


def save_deepfloyd(folder: Path, **options) -> Path:
    """Images of 16 x 16; a SentencePiece tokenizer. `options` go to each network's save_pretrained."""
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=16, in_channels=3, out_channels=6, block_out_channels=(32, 64), layers_per_block=1,
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        cross_attention_dim=32, encoder_hid_dim=32, attention_head_dim=8, addition_embed_type="text",
        addition_embed_type_num_heads=2, cross_attention_norm="group_norm", resnet_time_scale_shift="scale_shift",
        act_fn="gelu",
    )  # fmt: skip
    text_encoder = T5EncoderModel(
        T5Config(
            vocab_size=256, d_model=32, d_kv=8, d_ff=40, num_layers=2, num_heads=4, feed_forward_proj="gated-gelu"
        )
    )
    scheduler = DDPMScheduler(beta_schedule="squaredcos_cap_v2", variance_type="learned_range", thresholding=True)
    _save(folder, scheduler, {"unet": unet, "text_encoder": text_encoder}, options)
    pieces = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES * 20), model_writer=pieces, vocab_size=60, hard_vocab_limit=False,
        pad_id=0, eos_id=1, unk_id=2, bos_id=-1, minloglevel=2,
    )  # fmt: skip
    (folder / "tokenizer").mkdir()
    (folder / "tokenizer" / "spiece.model").write_bytes(pieces.getvalue())
    _write(folder / "tokenizer" / "tokenizer_config.json", {"tokenizer_class": "T5Tokenizer", "extra_ids": 100})
    return folder


def _save(folder: Path, scheduler, networks: dict, options: dict) -> None:
    for name, network in networks.items():
        for parameter in network.parameters():  # what starts at zero or one shall matter too
            parameter.data += 0.05 * torch.randn_like(parameter)
        network.save_pretrained(folder / name, **options)
    scheduler.save_pretrained(folder / "scheduler")


def _write(path: Path, content: dict) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
