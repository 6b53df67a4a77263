"""Stable Diffusion (Rombach et al., arXiv 2112.10752) as guidance: a prior on the latents of an autoencoder."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch import Tensor
from torch.nn.functional import interpolate
from transformers import CLIPTextModel, CLIPTokenizer

from engine.guidance.encodings import Encoder, TextEncodings, tokenize
from engine.guidance.kinds import Kind, kind_of
from engine.guidance.loading import Loading
from engine.guidance.lora import Lora
from engine.guidance.memory import kept_bytes, peak_bytes, size_of, skeleton
from engine.guidance.prior import Caption, PullBack
from engine.guidance.single_file import (
    VELOCITY_SIDE,
    configuration,
    read_text_encoder,
    read_unet,
    read_vae,
    told_prediction,
)
from engine.guidance.unet import (
    Schedule,
    UNetPrior,
    half_precision,
    load_network,
    load_schedule,
    load_tokenizer,
    load_unet,
    to_device,
)
from engine.guidance.vocabulary import find_vocabulary, load_vocabulary

Text = tuple[CLIPTokenizer, CLIPTextModel]
LoadText = Callable[[], Text]


class StableDiffusionPrior(UNetPrior):
    """A latent diffusion model behind the `Prior` interface: versions 1 and 2, predicting noise or velocity.

    Args:
        unet, schedule, encodings: as in `UNetPrior`.
        vae: on the U-Net's device, in its precision.
    """

    limits = (-math.inf, math.inf)

    def __init__(
        self, unet: UNet2DConditionModel, vae: AutoencoderKL, schedule: Schedule, encodings: TextEncodings
    ):
        super().__init__(unet, schedule, encodings)
        self.vae, self.scaling, self.takes_turns = vae, vae.config.scaling_factor, False
        side = unet.config.sample_size
        self.shape = unet.config.in_channels, side, side
        self.resolution = side * 2 ** (len(vae.config.block_out_channels) - 1)

    def encode(self, images: Tensor) -> tuple[Tensor, PullBack]:
        """See `Prior.encode`: the mean of the autoencoder's latents, and the product with the encoder's Jacobian."""
        self._make_room()
        with torch.enable_grad():
            seen = images.detach().requires_grad_()
            # Enlarging needs no antialiasing, whose gradient is not implemented for Apple's GPUs.
            shrinks = seen.shape[-1] > self.resolution
            resized = interpolate(seen, (self.resolution,) * 2, mode="bilinear", antialias=shrinks)
            latents = self.vae.encode((2 * resized - 1).to(self.vae.dtype)).latent_dist.mode().float() * self.scaling

        def pull_back(gradient: Tensor) -> Tensor:
            """A gradient on the latents, as one on the images."""
            # In half precision nothing small may go through the encoder: it gets the gradient at size 1.
            self._make_room()
            size = gradient.abs().amax().clamp_min(1e-12)
            (pulled,) = torch.autograd.grad(latents, seen, gradient / size)
            return pulled * (size / gradient[0].numel())

        return latents.detach(), pull_back

    @torch.no_grad()
    def predict_noise(self, noisy: Tensor, timesteps: Tensor, captions: list[Caption]) -> Tensor:
        """See `Prior.predict_noise`."""
        if self.takes_turns:
            self.unet.to(self.vae.device)
        return super().predict_noise(noisy, timesteps, captions)

    def needs(self, rows: int, images: int) -> int:
        """See `Prior.needs`."""
        whole, kept = self._needs_for_encoding(images)
        unet, noise = size_of(self.unet), self._needs_for_noise(rows)
        together = max(whole, kept + unet + noise) if self.takes_turns else unet + max(whole, kept + noise)
        return size_of(self.vae) + together

    def economise(self) -> str:
        """See `Prior.economise`."""
        if not self.vae.is_gradient_checkpointing:
            self.vae.enable_gradient_checkpointing()
            return "the autoencoder computes twice what gradients need"
        if measure := super().economise():
            return measure
        if self.takes_turns:
            return ""
        self.takes_turns = True
        return "the U-Net waits in the computer's memory while images are encoded, which takes time"

    def _needs_for_encoding(self, images: int) -> tuple[int, int]:
        """Bytes beside weights for the way of so many images to latents and back: at the most, and in between."""
        vae = skeleton(self.vae)

        def there() -> tuple[Tensor, Tensor]:
            """As `encode` does."""
            seen = torch.zeros(images, 3, self.resolution, self.resolution, device="meta").requires_grad_()
            return seen, vae.encode((2 * seen - 1).to(vae.dtype)).latent_dist.mode().float()

        def there_and_back() -> Tensor:
            """And `pull_back`."""
            seen, latents = there()
            return torch.autograd.grad(latents, seen, torch.zeros_like(latents))[0]

        return peak_bytes(there_and_back), kept_bytes(there)

    def _make_room(self) -> None:
        """Send the U-Net away, if it is to make room for the autoencoder."""
        if self.takes_turns:
            self.unet.to("cpu")

    @torch.no_grad()
    def decode(self, clean: Tensor) -> Tensor:
        """See `Prior.decode`; one image at a time, for memory's sake."""
        rows = (clean / self.scaling).to(self.vae.dtype).split(1)
        return torch.cat([(self.vae.decode(row).sample.float() / 2 + 0.5).clamp(0, 1) for row in rows])


def load(place: Path, loading: Loading) -> StableDiffusionPrior:
    """Load it from a folder in the layout of diffusers or from a single file, with a LoRA if one is asked for.

    Raises:
        PriorError: a file is missing, broken, or not Stable Diffusion's, or the LoRA does not fit.
        EngineError: the vocabulary that a single file lacks cannot be kept.
    """
    guidance, device = loading.guidance, loading.device
    lora = Lora(Path(guidance.lora), guidance.lora_strength) if guidance.lora else None
    if place.is_file():
        vocabulary = find_vocabulary(place, loading.announce, loading.downloads)
        unet, vae, schedule, load_text = _parts_of_file(place, vocabulary, device)
    else:
        vae = load_vae(place, device)
        unet = load_unet(place, device, vae.config.latent_channels)
        schedule, load_text = load_schedule(place), text_in(place, device)
    if lora:
        lora.merge(unet, "unet")
    return StableDiffusionPrior(unet, vae, schedule, clip_encodings(load_text, device, lora))


def _parts_of_file(
    path: Path, vocabulary: Path, device: torch.device
) -> tuple[UNet2DConditionModel, AutoencoderKL, Schedule, LoadText]:
    """What a prior is made of, from a single file and CLIP's vocabulary. Raises PriorError."""
    dtype, kind = half_precision(device), kind_of(path)
    folder = configuration(kind)
    unet = to_device(read_unet(path, folder, dtype), device)
    schedule = load_schedule(folder)
    schedule.prediction = told_prediction(unet, len(schedule.alpha) - 1)
    if kind is Kind.SD2 and schedule.prediction == "v_prediction":
        unet.register_to_config(sample_size=VELOCITY_SIDE)
    vae = to_device(read_vae(path, folder, dtype), device)
    return unet, vae, schedule, text_of_file(path, folder, vocabulary, dtype)


def load_vae(folder: Path, device: torch.device) -> AutoencoderKL:
    """The autoencoder in `folder`. Raises PriorError."""
    vae = load_network(AutoencoderKL, folder, "vae", half_precision(device), low_cpu_mem_usage=False)
    return to_device(vae, device)


def text_in(folder: Path, device: torch.device) -> LoadText:
    """What reads the tokenizer and the text encoder in `folder`, and may raise PriorError then."""

    def load_text() -> Text:
        """They are read when they are needed."""
        encoder = load_network(CLIPTextModel, folder, "text_encoder", half_precision(device))
        return load_tokenizer(CLIPTokenizer, folder), encoder

    return load_text


def text_of_file(path: Path, folder: Path, vocabulary: Path, dtype: torch.dtype) -> LoadText:
    """The same of a single file, as configured in `folder`."""

    def load_text() -> Text:
        """They are read when they are needed."""
        encoder = read_text_encoder(path, folder, dtype)
        return load_vocabulary(vocabulary, folder, encoder.config.vocab_size), encoder

    return load_text


def clip_encodings(load_text: LoadText, device: torch.device, lora: Lora | None = None) -> TextEncodings:
    """Encodings of captions by a CLIP, which is read once they are asked for."""

    def load_encoder() -> Encoder:
        """Tokenizer and text encoder, on their device."""
        tokenizer, encoder = load_text()
        encoder.to(device)
        if lora:
            lora.merge(encoder, "text_encoder")
        length = encoder.config.max_position_embeddings

        def encode(texts: list[str]) -> tuple[Tensor, list[bool]]:
            """See `Encoder`."""
            numbers, _, cut = tokenize(tokenizer, texts, length)
            return encoder(numbers.to(device)).last_hidden_state, cut

        return encode

    return TextEncodings(load_encoder)
