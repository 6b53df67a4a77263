"""What the priors with an open vocabulary share: a U-Net of diffusers, a noise schedule and encoded captions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import DDPMScheduler, UNet2DConditionModel
from diffusers.utils.logging import disable_progress_bar as silence_diffusers
from torch import Tensor, nn
from transformers import AutoConfig
from transformers.utils.logging import disable_progress_bar as silence_transformers

from engine.device import device_name
from engine.errors import is_out_of_memory
from engine.guidance.encodings import TextEncodings
from engine.guidance.memory import peak_bytes, size_of, skeleton
from engine.guidance.prior import Caption, PriorError
from engine.guidance.weights import weights_in

PREDICTIONS = ("epsilon", "v_prediction")
"""What a U-Net may have been trained to predict, in diffusers' words."""
CAPTION_TOKENS = 77
"""That text encoders make of a caption."""
HALF_IS_BROKEN = "GTX 16"
"""Part of the names of the graphics cards whose convolutions give NaN in half precision (PyTorch issue 58123)."""


@dataclass
class Schedule:
    """A noise schedule: z_t = alpha_t x + sigma_t noise."""

    alpha: Tensor
    """(T,)."""
    sigma: Tensor
    """(T,)."""
    prediction: str = "epsilon"
    """What is predicted, one of PREDICTIONS."""


class UNetPrior:
    """A frozen U-Net behind the `Prior` interface. It is told a caption's text, and what a subclass adds.

    Args:
        unet: on its device, in its precision.
        schedule: what it was trained with.
        encodings: of captions, for its cross-attention.
    """

    group = 1
    uses_torch_threads = True

    def __init__(self, unet: UNet2DConditionModel, schedule: Schedule, encodings: TextEncodings):
        self.unet, self.encodings, self.prediction = unet, encodings, schedule.prediction
        self.alpha, self.sigma = schedule.alpha.to(unet.device), schedule.sigma.to(unet.device)
        self.rows_at_once = 0

    def doubt(self, prompt: str) -> str:
        """None: the vocabulary is open."""
        return ""

    def known_words(self) -> list[str]:
        """None that could be listed."""
        return []

    def prepare(self, texts: list[str]) -> list[str]:
        """See `Prior.prepare`."""
        return self.encodings.prepare(texts)

    def conditions(self, captions: list[Caption]) -> dict[str, Tensor]:
        """What the U-Net is told of N captions, N rows each, by the names of its arguments."""
        return {"encoder_hidden_states": self.encodings([caption.text for caption in captions])}

    @torch.no_grad()
    def predict_noise(self, noisy: Tensor, timesteps: Tensor, captions: list[Caption]) -> Tensor:
        """See `Prior.predict_noise`."""
        told, size = self.conditions(captions), self.rows_at_once or len(noisy)
        rows = noisy.to(told["encoder_hidden_states"])
        predicted = torch.cat([
            self.unet(
                rows[part], timesteps[part], return_dict=False, **{name: values[part] for name, values in told.items()}
            )[0]
            for part in (slice(start, start + size) for start in range(0, len(noisy), size))
        ])
        # Channels beyond those of the noise are its variance (Nichol and Dhariwal, arXiv 2102.09672).
        predicted = predicted[:, : noisy.shape[1]].float()
        if self.prediction == "epsilon":
            return predicted
        alpha, sigma = (ladder[timesteps].view(-1, 1, 1, 1) for ladder in (self.alpha, self.sigma))
        return noise_from_velocity(noisy, predicted, alpha, sigma)

    def needs(self, rows: int, images: int) -> int:
        """See `Prior.needs`."""
        return size_of(self.unet) + self._needs_for_noise(rows)

    def economise(self) -> str:
        """See `Prior.economise`."""
        if self.rows_at_once == self.group:
            return ""
        self.rows_at_once = self.group
        return "the prior's predictions are made one after the other"

    def _needs_for_noise(self, rows: int) -> int:
        """Bytes beside the U-Net's weights for so many predictions."""
        unet, count = skeleton(self.unet), min(rows, self.rows_at_once or rows)
        noisy = torch.zeros(count, *self.shape, device="meta", dtype=unet.dtype)
        width = unet.config.encoder_hid_dim or unet.config.cross_attention_dim
        told, at = noisy.new_zeros(count, CAPTION_TOKENS, width), torch.zeros(count, device="meta", dtype=torch.long)
        pose = unet.config.projection_class_embeddings_input_dim
        classes = noisy.new_zeros(count, pose) if pose else None

        @torch.no_grad()
        def predict() -> Tensor:
            """As `predict_noise` does."""
            return unet(noisy, at, encoder_hidden_states=told, class_labels=classes, return_dict=False)[0]

        return peak_bytes(predict)


def noise_from_velocity(noisy: Tensor, velocity: Tensor, alpha: Tensor, sigma: Tensor) -> Tensor:
    """eps = alpha v + sigma z, where v = alpha eps - sigma x (Salimans and Ho, arXiv 2202.00512)."""
    return alpha * velocity + sigma * noisy


def half_precision(device: torch.device) -> torch.dtype:
    """What the networks compute in: half precision on a GPU, single on a CPU, where half is slow, and on cards that can
    not do it right."""
    single = device.type == "cpu" or HALF_IS_BROKEN in device_name(device)
    return torch.float32 if single else torch.float16


def load_unet(folder: Path, device: torch.device, channels: int) -> UNet2DConditionModel:
    """The U-Net in `folder`, for images of so many channels. Raises PriorError."""
    unet = load_network(UNet2DConditionModel, folder, "unet", half_precision(device), low_cpu_mem_usage=False)
    check_fit(unet, folder, channels)
    if unet.config.class_embed_type or unet.config.addition_embed_type not in (None, "text"):
        raise _misfit(folder, "wants to be told more than a caption")
    return to_device(unet, device)


def check_fit(unet: UNet2DConditionModel, folder: Path, channels: int) -> None:
    """Raise PriorError unless the U-Net denoises images of so many channels and reads the folder's text encoder."""
    # Never the folder's own code, which transformers otherwise asks about in the terminal.
    config, width = unet.config, _read(AutoConfig, folder, "text_encoder", trust_remote_code=False).hidden_size
    wants = config.encoder_hid_dim or config.cross_attention_dim
    if config.in_channels != channels:
        raise _misfit(folder, f"takes {config.in_channels} channels, not {channels}")
    if wants != width:
        raise _misfit(folder, f"wants captions {wants} wide, and the text encoder's are {width}")


def _misfit(folder: Path, misfit: str) -> PriorError:
    return PriorError(f"The U-Net in {folder} {misfit}: choose the folder of another text-to-image model.")


def to_device(network: nn.Module, device: torch.device) -> nn.Module:
    """The network on its device, in the layout that a GPU's convolutions are fastest with."""
    return network.to(device, memory_format=torch.channels_last if device.type == "cuda" else torch.preserve_format)


def load_network(part: Any, folder: Path, name: str, dtype: torch.dtype, **options: Any) -> nn.Module:
    """A frozen network of class `part` from the folder's safetensors, on the CPU.

    Raises:
        PriorError: a file is broken or does not fit.
    """
    half = dtype != torch.float32
    # The precision that is wanted where it is there; else the other one, which is converted.
    variant = "fp16" if bool(weights_in(folder, name, half)) == half else None
    network, found = _read(
        part, folder, name, dtype=dtype, variant=variant, use_safetensors=True, output_loading_info=True, **options
    )
    if found["missing_keys"]:
        raise PriorError(broken(folder, name))
    return network.eval().requires_grad_(False)


def load_tokenizer(part: Any, folder: Path) -> Any:
    """The tokenizer of class `part`. Raises PriorError."""
    return _read(part, folder, "tokenizer")


def load_schedule(folder: Path) -> Schedule:
    """The noise schedule. Raises PriorError."""
    scheduler = _read(DDPMScheduler, folder, "scheduler")
    prediction = scheduler.config.prediction_type
    if prediction not in PREDICTIONS:
        raise PriorError(f"The model in {folder} predicts {prediction!r}: choose one for {' or '.join(PREDICTIONS)}.")
    return Schedule(scheduler.alphas_cumprod.sqrt(), (1 - scheduler.alphas_cumprod).sqrt(), prediction)


def _read(part: Any, folder: Path, name: str, **options: Any) -> Any:
    """`from_pretrained`, without the network. Raises PriorError."""
    silence_diffusers()
    silence_transformers()
    try:
        return part.from_pretrained(folder / name, local_files_only=True, **options)
    except Exception as error:  # what is wrong with a tokenizer's file has no class of its own
        if isinstance(error, ImportError) or is_out_of_memory(error):
            raise
        raise PriorError(broken(folder, name)) from error


def broken(folder: Path, name: str) -> str:
    """What is said of a part of a prior whose files cannot be read."""
    return f"The {name} of the prior in {folder} is broken: download it again, or choose another folder."
