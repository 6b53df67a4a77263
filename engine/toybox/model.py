"""The Toybox network: a small text-conditioned pixel diffusion transformer, made of diffusers and transformers classes.

A Stable Diffusion 3 transformer (`SD3Transformer2DModel`) on 16 x 16 patches of a 128 x 128 image predicts the clean
image (x0): with patches of more numbers than the network is wide, only that can be learned (Li and He, arXiv
2511.13720). A two-layer CLIP text model, trained with it, encodes the caption. The vector that modulates every block
("pooled projection") holds the caption's pooled encoding followed by the camera's features, or zeros where no camera is
told.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import DDPMScheduler, SD3Transformer2DModel
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, PreTrainedTokenizerFast
from transformers.utils.logging import disable_progress_bar

from engine.device import mixed_precision
from engine.run.atomic import atomic_folder
from engine.toybox.captions import VOCABULARY
from engine.toybox.conditioning import CAMERA_FEATURES, CAPTION_LENGTH, RESOLUTION, shifted_betas
from engine.toybox.words import write_words

SPECIAL = ("<pad>", "<start>", "<unknown>", "<end>")
"""In this order: where <end> has the number 2, CLIPTextModel pools a caption at its highest-numbered word instead."""

PATCH = 16
"""Side of the patches that images are cut into, in pixels."""
TIMESTEPS = 1000


@dataclass
class Toybox:
    """The prior's parts, each of a public class."""

    transformer: SD3Transformer2DModel
    text_encoder: CLIPTextModel
    tokenizer: PreTrainedTokenizerFast
    scheduler: DDPMScheduler

    def networks(self) -> nn.ModuleDict:
        """The trainable parts under one roof."""
        return nn.ModuleDict({"transformer": self.transformer, "text_encoder": self.text_encoder})


def build_tokenizer() -> PreTrainedTokenizerFast:
    """A word-level tokenizer of the Toybox vocabulary; words outside of it become <unknown>."""
    words = {word: number for number, word in enumerate((*SPECIAL, *VOCABULARY))}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unknown>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split(",", "isolated")]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<start> $A <end>", special_tokens=[("<start>", words["<start>"]), ("<end>", words["<end>"])]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", bos_token="<start>", eos_token="<end>", unk_token="<unknown>",
        model_max_length=CAPTION_LENGTH, clean_up_tokenization_spaces=False,
    )


def build(width: int = 192, layers: int = 6, heads: int = 6) -> Toybox:
    """An untrained prior."""
    tokenizer = build_tokenizer()
    text = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=2 * width, num_hidden_layers=2,
        num_attention_heads=heads // 2, max_position_embeddings=CAPTION_LENGTH, pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, projection_dim=width,
    )
    transformer = SD3Transformer2DModel(
        sample_size=RESOLUTION, patch_size=PATCH, in_channels=3, out_channels=3, num_layers=layers,
        attention_head_dim=width // heads, num_attention_heads=heads, joint_attention_dim=width,
        caption_projection_dim=width, pooled_projection_dim=width + CAMERA_FEATURES, qk_norm="rms_norm",
        pos_embed_max_size=RESOLUTION // PATCH,
    )
    betas = shifted_betas(TIMESTEPS, RESOLUTION)
    scheduler = DDPMScheduler(TIMESTEPS, trained_betas=betas, prediction_type="sample", clip_sample=True)
    return Toybox(transformer, CLIPTextModel(text), tokenizer, scheduler)


def encode(toybox: Toybox, captions: list[str]) -> tuple[Tensor, Tensor]:
    """Encodings of captions: tokens (B, CAPTION_LENGTH, C) and pooled (B, C)."""
    numbers = toybox.tokenizer(
        captions, padding="max_length", truncation=True, max_length=CAPTION_LENGTH, return_tensors="pt"
    ).input_ids
    return encode_numbers(toybox, numbers)


def encode_numbers(toybox: Toybox, numbers: Tensor) -> tuple[Tensor, Tensor]:
    """Encodings of captions whose token numbers are (B, CAPTION_LENGTH): tokens (B, CAPTION_LENGTH, C), pooled
    (B, C)."""
    output = toybox.text_encoder(input_ids=numbers.to(toybox.text_encoder.device))
    return output.last_hidden_state, output.pooler_output


def predict_clean(
    toybox: Toybox, noisy: Tensor, timesteps: Tensor, tokens: Tensor, pooled: Tensor, camera: Tensor
) -> Tensor:
    """The network's estimate of the clean images (B, 3, R, R) in [-1, 1] behind `noisy`.

    Args:
        noisy: (B, 3, R, R), alpha_t x + sigma_t noise.
        timesteps: (B,) integers of the scheduler's.
        tokens: (B, L, C) and `pooled`: (B, C), from `encode`.
        camera: (B, CAMERA_FEATURES), zeros where not told.
    """
    return toybox.transformer(
        hidden_states=noisy, encoder_hidden_states=tokens,
        pooled_projections=torch.cat([pooled, camera.to(pooled)], -1), timestep=timesteps, return_dict=False,
    )[0]


def save(toybox: Toybox, folder: Path, card: dict) -> None:
    """Write the prior in half precision, each part by its save_pretrained, what it was taught as toybox.json, and the
    vocabulary as words.json.

    The folder appears complete or not at all; one that is there already is replaced, with all that is in it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with atomic_folder(folder) as unfinished:
        for part, module in toybox.networks().items():
            copy.deepcopy(module).half().save_pretrained(unfinished / part, safe_serialization=True)
        toybox.tokenizer.save_pretrained(unfinished / "tokenizer")
        toybox.scheduler.save_pretrained(unfinished / "scheduler")
        (unfinished / "toybox.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
        write_words(unfinished, card)


def load(folder: Path, device: torch.device | str = "cpu") -> Toybox:
    """Read a prior that `save` wrote, in single precision, frozen."""
    disable_progress_bar()
    weights = {"local_files_only": True, "use_safetensors": True}
    toybox = Toybox(
        SD3Transformer2DModel.from_pretrained(folder / "transformer", low_cpu_mem_usage=False, **weights),
        CLIPTextModel.from_pretrained(folder / "text_encoder", **weights),
        PreTrainedTokenizerFast.from_pretrained(folder / "tokenizer", local_files_only=True),
        DDPMScheduler.from_pretrained(folder / "scheduler", local_files_only=True),
    )
    toybox.networks().float().to(device).eval().requires_grad_(False)
    return toybox


class TorchNetwork:
    """The frozen network on any device that torch computes on. See `engine.toybox.graph.GraphNetwork`, which answers
    the same."""

    def __init__(self, folder: Path, device: torch.device):
        self.toybox, self.device = load(folder, device), device

    @torch.no_grad()
    def encode(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """See `encode_numbers`."""
        return encode_numbers(self.toybox, numbers)

    @torch.no_grad()
    def predict_clean(self, noisy: Tensor, timesteps: Tensor, tokens: Tensor, pooled: Tensor, camera: Tensor) -> Tensor:
        """See `predict_clean`; float32 whatever it computes in."""
        with mixed_precision(self.device):
            return predict_clean(self.toybox, noisy, timesteps, tokens, pooled, camera).float()
