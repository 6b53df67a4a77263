"""A step of score distillation beside the U-Net's two rows alone, for priors of real sizes:

    python benchmarks/sds_step.py [--device auto] [--repeats 20] [--compile] [--tiny]

The networks have the public configurations of Stable Diffusion 1.5 and MVDream, and about IF-I-M's, written out below,
and random weights, so nothing is downloaded. The baseline of the same run is a call of the U-Net with the two rows of
classifier-free guidance. The autoencoder's encoder with its way back is counted apart. "Whole" is a lit step of a fresh
field: rendering, prior, backward, optimiser. On a CPU the peak of memory is the process's, so that the second prior's
cannot be told from the first's.
--tiny makes all networks small, for a look at whether this works.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDPMScheduler, UNet2DConditionModel
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine.cameras import CameraSettings, sample_cameras
from engine.device import choose_device, device_name, peak_memory, synchronize
from engine.guidance.distil import Distillation
from engine.guidance.encodings import TextEncodings
from engine.guidance.prior import Caption, Prior, Views
from engine.guidance.priors.deepfloyd_if import IFPrior
from engine.guidance.priors.mvdream import MVDreamPrior
from engine.guidance.priors.stable_diffusion import StableDiffusionPrior
from engine.guidance.prompts import with_cameras
from engine.guidance.unet import Schedule, UNetPrior, half_precision, to_device
from engine.optimise import Optimisation
from engine.run.settings import RunSettings
from engine.settings import engine_settings
from engine.shading import Shading

AIM = 1.15
"""A step without the autoencoder, as a multiple of the U-Net's two rows."""
WARM_UP = 3
"""Calls that are not counted."""

SD_UNET = {
    "sample_size": 64, "in_channels": 4, "out_channels": 4, "block_out_channels": (320, 640, 1280, 1280),
    "layers_per_block": 2, "cross_attention_dim": 768, "attention_head_dim": 8,
    "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
    "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
}  # fmt: skip
"""Stable Diffusion 1.5's, 860 million parameters."""
SD_VAE = {
    "sample_size": 512, "block_out_channels": (128, 256, 512, 512), "layers_per_block": 2, "latent_channels": 4,
    "down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4,
}  # fmt: skip
"""Its autoencoder, 84 million parameters."""
IF_UNET = {
    "sample_size": 64, "in_channels": 3, "out_channels": 6, "block_out_channels": (192, 384, 576, 768),
    "layers_per_block": 3, "cross_attention_dim": 768, "attention_head_dim": 64, "encoder_hid_dim": 4096,
    "addition_embed_type": "text", "addition_embed_type_num_heads": 64, "cross_attention_norm": "group_norm",
    "resnet_time_scale_shift": "scale_shift", "act_fn": "gelu", "mid_block_type": "UNetMidBlock2DSimpleCrossAttn",
    "down_block_types": ("ResnetDownsampleBlock2D",) + ("SimpleCrossAttnDownBlock2D",) * 3,
    "up_block_types": ("SimpleCrossAttnUpBlock2D",) * 3 + ("ResnetUpsampleBlock2D",),
}  # fmt: skip
"""About DeepFloyd IF-I-M's (400 million parameters, as its authors have it); the cross-attention's width is a guess."""
MVDREAM_UNET = SD_UNET | {
    "sample_size": 32, "cross_attention_dim": 1024, "attention_head_dim": (5, 10, 20, 20),
    "use_linear_projection": True, "class_embed_type": "projection", "projection_class_embeddings_input_dim": 16,
}  # fmt: skip
"""MVDream's, 867 million parameters; its autoencoder is Stable Diffusion's."""
TINY_SCENE = {"field.grid.resolutions": [16, 32], "render.samples": 32}
TINY = {"sample_size": 8, "block_out_channels": (32, 32, 64, 64), "layers_per_block": 1}


def network(part: type[nn.Module], configuration: dict, device: torch.device) -> nn.Module:
    """A frozen network with random weights, as a prior's: in its precision before it is on its device."""
    made = part(**configuration)
    half = nn.Module.to(made, half_precision(device))  # ModelMixin's own only adds a warning
    return to_device(half.eval().requires_grad_(False), device)


def random_encodings(width: int, device: torch.device) -> TextEncodings:
    """In place of a text encoder's."""

    def encode(texts: list[str]) -> tuple[Tensor, list[bool]]:
        """Noise, and that no text was cut off."""
        return torch.randn(len(texts), 77, width, device=device).to(half_precision(device)), [False] * len(texts)

    return TextEncodings(lambda: encode)


def stable_diffusion(device: torch.device, tiny: bool) -> StableDiffusionPrior:
    """A latent prior."""
    unet = network(UNet2DConditionModel, SD_UNET | (TINY if tiny else {}), device)
    vae = network(AutoencoderKL, SD_VAE | (TINY if tiny else {}), device)
    return StableDiffusionPrior(unet, vae, schedule(), random_encodings(768, device))


def mvdream(device: torch.device, tiny: bool) -> MVDreamPrior:
    """A latent prior of four views."""
    small = TINY | {"attention_head_dim": 8} if tiny else {}
    unet = network(UNet2DConditionModel, MVDREAM_UNET | small, device)
    vae = network(AutoencoderKL, SD_VAE | (TINY if tiny else {}), device)
    return MVDreamPrior(unet, vae, schedule(), random_encodings(1024, device))


def deepfloyd(device: torch.device, tiny: bool) -> IFPrior:
    """A pixel prior."""
    small = TINY | {"attention_head_dim": 8, "addition_embed_type_num_heads": 8} if tiny else {}
    unet = network(UNet2DConditionModel, IF_UNET | small, device)
    return IFPrior(unet, schedule(), random_encodings(4096, device))


def schedule() -> Schedule:
    """Any will do."""
    cumulative = DDPMScheduler(beta_schedule="squaredcos_cap_v2").alphas_cumprod
    return Schedule(cumulative.sqrt(), (1 - cumulative).sqrt())


def milliseconds(call: Callable[[], object], repeats: int, device: torch.device) -> float:
    """The median time of a call."""
    times = []
    for _ in range(WARM_UP + repeats):
        began = time.perf_counter()
        call()
        synchronize(device)
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times[WARM_UP:])


def two_rows(prior: UNetPrior) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """What a U-Net is given for one view, or one group of views: noisy images, timesteps and conditions, for nothing
    and for a prompt."""
    cameras = sample_cameras(prior.group, CameraSettings(group=prior.group), torch.Generator())
    views = Views(cameras, [Shading.DIFFUSE] * prior.group)
    captions = [caption for text in ("", "a mug") for caption in with_cameras([Caption(text)] * prior.group, views)]
    told = prior.conditions(captions)
    noisy = torch.randn(len(captions), *prior.shape, generator=torch.Generator()).to(told["encoder_hidden_states"])
    return noisy, torch.full((len(captions),), 500, device=noisy.device), told


def compile_unet(prior: UNetPrior) -> None:
    """Have torch compile the U-Net, or leave it as it is where torch cannot."""
    plain = prior.unet
    prior.unet = torch.compile(plain)
    noisy, at, told = two_rows(prior)
    try:
        with torch.no_grad():
            prior.unet(noisy, at, **told, return_dict=False)
    except RuntimeError as error:  # what compilers raise is one
        prior.unet = plain
        print(f"not compiled: {str(error).strip().splitlines()[0]}")


def measure(name: str, prior: Prior, device: torch.device, repeats: int, tiny: bool) -> None:
    """Print a line about a step with the prior."""
    lit = {"shading.albedo_until": 0.0, "shading.albedo": 0.0} | (TINY_SCENE if tiny else {})
    settings = engine_settings(RunSettings("a mug", prior=name, overrides=lit))
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(prior.group, 3, 64, 64, generator=generator).to(device)
    views = Views(sample_cameras(prior.group, settings.cameras, generator), [Shading.DIFFUSE] * prior.group)
    guidance = Distillation(prior, "a mug", settings.guidance)
    run = Optimisation("a mug", prior, settings, 0, device)
    if run.take_step().restarted:
        raise SystemExit(f"{name}: the gradient is not finite, so that steps cannot be timed.")
    noisy, at, told = two_rows(prior)

    def rows() -> None:
        """The U-Net alone, with the two rows a view of classifier-free guidance."""
        with torch.no_grad():
            prior.unet(noisy, at, **told, return_dict=False)

    def there_and_back() -> None:
        """The autoencoder's encoder and its way back."""
        clean, pull_back = prior.encode(images)
        pull_back(clean)

    alone, encoding, step, whole = (
        milliseconds(call, repeats, device)
        for call in (rows, there_and_back, lambda: guidance.gradient(images, views, 0.5, generator), run.take_step)
    )
    if run.restarts:
        raise SystemExit(f"{name}: some gradients were not finite, so that some of the steps are none.")
    memory = peak_memory(device)
    parameters = sum(parameter.numel() for parameter in prior.unet.parameters()) / 1e6
    ratio, peak = (step - encoding) / alone, memory.get("gpu", memory["process"]) / 2**30
    times = f"{alone:>8.1f} {encoding:>8.1f} {step:>8.1f} {ratio:>8.2f} {whole:>8.1f}"
    print(f"{name:<17} {parameters:>7.0f} M {times} {peak:>7.2f} GiB", flush=True)


def main() -> None:
    """Print a line per prior."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--compile", action="store_true", help="have torch compile the U-Nets")
    parser.add_argument("--tiny", action="store_true", help="small networks")
    options = parser.parse_args()
    device = choose_device(options.device)
    print(f"{device_name(device)}, {half_precision(device)}, one view a step, four with MVDream; milliseconds. "
          f"Aim of the ratio: {AIM}")
    print(f"{'':<17} {'U-Net':>9} {'2 rows':>8} {'VAE':>8} {'step':>8} {'ratio':>8} {'whole':>8} {'peak':>11}")
    for name, build in (("stable-diffusion", stable_diffusion), ("mvdream", mvdream), ("deepfloyd-if", deepfloyd)):
        prior = build(device, options.tiny)
        gc.collect()
        if device.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(device)
        if options.compile:
            compile_unet(prior)
        measure(name, prior, device, options.repeats, options.tiny)
        del prior


if __name__ == "__main__":
    main()
