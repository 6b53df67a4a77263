"""The stand-ins: which prior each is for, what it is made of, and how it is saved as the real one is published."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from diffusers import DDIMScheduler, DDPMScheduler, PNDMScheduler, UNet2DConditionModel
from safetensors.torch import save_file
from torch import nn
from transformers import CLIPTokenizer, PreTrainedTokenizerBase, T5Tokenizer

from benchmarks.stand_ins import networks, texts
from engine.guidance.ldm_keys import Layout, diffusers_name, part_names
from engine.guidance.priors.deepfloyd_if import CAPTION_LENGTH
from engine.guidance.priors.mvdream import POSE

BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
"""Stable Diffusion's."""
Scheduler = DDIMScheduler | DDPMScheduler | PNDMScheduler


@dataclass(frozen=True)
class Kind:
    """A stand-in."""

    prior: str
    """Whose place it takes, a key of PRIORS."""
    velocity: bool = False
    """Whether it predicts velocity in place of noise."""

    @property
    def has_latents(self) -> bool:
        """Whether it denoises an autoencoder's latents."""
        return self.prior != "deepfloyd-if"

    @property
    def knows_cameras(self) -> bool:
        """Whether it is told cameras in place of words for a side."""
        return self.prior == "mvdream"

    def unet(self) -> UNet2DConditionModel:
        """Its U-Net, untrained."""
        return networks.latent_unet(POSE if self.knows_cameras else 0) if self.has_latents else networks.pixel_unet()

    def save_vocabulary(self, folder: Path) -> int:
        """Write its tokenizer into a folder; returns how many tokens there are."""
        return (texts.save_clip_vocabulary if self.has_latents else texts.save_t5_vocabulary)(folder)

    def load_tokenizer(self, folder: Path) -> PreTrainedTokenizerBase:
        """The tokenizer from there."""
        return (CLIPTokenizer if self.has_latents else T5Tokenizer).from_pretrained(folder)

    def text_encoder(self, tokens: int) -> nn.Module:
        """Its text encoder, untrained."""
        return (networks.clip_encoder if self.has_latents else networks.t5_encoder)(tokens)

    @property
    def caption_length(self) -> int:
        """Tokens of a caption, padded."""
        return texts.LENGTH if self.has_latents else CAPTION_LENGTH

    def scheduler(self) -> Scheduler:
        """Of its noise."""
        if not self.has_latents:
            return DDPMScheduler(beta_schedule="squaredcos_cap_v2", variance_type="learned_range", thresholding=True)
        if self.velocity:
            return DDIMScheduler(prediction_type="v_prediction", **BETAS)
        return PNDMScheduler(skip_prk_steps=True, steps_offset=1, **BETAS)


KINDS = {
    "sd-eps": Kind("stable-diffusion"),
    "sd-v": Kind("stable-diffusion", velocity=True),
    "mvdream": Kind("mvdream"),
    "if": Kind("deepfloyd-if"),
}


def save(kind: Kind, trained: nn.ModuleDict, autoencoder: Path, folder: Path) -> None:
    """Write a stand-in beside its tokenizer, in the layout of the prior's repository.

    Args:
        trained: "unet" and "text_encoder".
        autoencoder: the folder of that whose latents it denoises, if it does.
    """
    trained["text_encoder"].save_pretrained(folder / "text_encoder")
    kind.scheduler().save_pretrained(folder / "scheduler")
    if kind.has_latents:
        shutil.copytree(autoencoder, folder / "vae", dirs_exist_ok=True)
    if kind.knows_cameras:
        _save_original(trained["unet"], folder / "unet")
    else:
        trained["unet"].save_pretrained(folder / "unet")


def _save_original(unet: UNet2DConditionModel, folder: Path) -> None:
    """A U-Net under latent diffusion's own names, with MVDream's configuration, which is of no class of diffusers."""
    config = unet.config
    layout = Layout(tuple("CrossAttn" in block for block in config.down_block_types), config.layers_per_block)
    originals = {ours: theirs for theirs, ours in part_names(layout).items()}
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {diffusers_name(name, originals): tensor.contiguous() for name, tensor in unet.state_dict().items()}
    save_file(tensors, folder / "diffusion_pytorch_model.safetensors")
    about = {"_class_name": "MultiViewUNetModel", "image_size": config.sample_size}
    (folder / "config.json").write_text(json.dumps(about), encoding="utf-8")
