"""Memory counted without numbers, against closed forms and against what tensors with numbers take."""

from __future__ import annotations

import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from engine.guidance.memory import kept_bytes, peak_bytes, size_of, skeleton

VAE = {
    "block_out_channels": (8, 8, 16, 16), "norm_num_groups": 4, "latent_channels": 4, "sample_size": 64,
    "down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4,
}  # fmt: skip


@given(st.integers(1, 1_000), st.integers(1, 20))
def test_a_chain_needs_two_of_its_links_at_once(length, links):
    def chain() -> torch.Tensor:
        values = torch.zeros(length, device="meta")
        for _ in range(links):
            values = values + 1
        return values

    assert peak_bytes(chain) == 2 * 4 * length
    assert kept_bytes(chain) == 4 * length


def test_what_was_there_before_and_views_of_it_count_nothing():
    weights = torch.zeros(50, 50, device="meta")
    assert peak_bytes(lambda: weights.T) == 0
    assert peak_bytes(lambda: weights.T.reshape(5, 500)) == 50 * 50 * 4


def test_what_autograd_keeps_is_counted_until_it_lets_go():
    values = torch.zeros(100, device="meta", requires_grad=True)
    chain = lambda: values.exp().exp().exp()  # each keeps its result for the way back
    assert kept_bytes(chain) == 3 * 400
    with torch.no_grad():
        assert kept_bytes(chain) == 400


def test_attention_keeps_no_table_and_torch_is_left_as_it_was():
    plain = F.scaled_dot_product_attention
    query, key, value = (torch.zeros(1, 2, 1_000, 8, device="meta") for _ in range(3))
    assert peak_bytes(lambda: F.scaled_dot_product_attention(query, key, value)) < 1_000 * 1_000
    with pytest.raises(ZeroDivisionError):
        peak_bytes(lambda: 1 / 0)
    assert F.scaled_dot_product_attention is plain


def encode(vae: AutoencoderKL, device: str):
    """The way to latents and back."""
    side = vae.config.sample_size

    def there_and_back() -> torch.Tensor:
        images = torch.zeros(1, 3, side, side, device=device, dtype=vae.dtype, requires_grad=True)
        latents = vae.encode(images).latent_dist.mode()
        return torch.autograd.grad(latents, images, torch.zeros_like(latents))[0]

    return there_and_back


@pytest.mark.parametrize("checkpointing", [False, True])
def test_an_autoencoder_without_numbers_needs_what_one_with_numbers_does(checkpointing):
    vae = AutoencoderKL(**VAE).eval().requires_grad_(False)
    if checkpointing:
        vae.enable_gradient_checkpointing()
    small, real = peak_bytes(encode(skeleton(vae), "meta")), peak_bytes(encode(vae, "cpu"))
    assert small == pytest.approx(real, rel=0.05)


def test_stable_diffusions_encoder_fits_into_six_gigabytes_and_needs_less_with_checkpoints():
    large = {
        "block_out_channels": (128, 256, 512, 512), "norm_num_groups": 32, "layers_per_block": 2, "sample_size": 512,
    }
    with torch.device("meta"):
        vae = AutoencoderKL(**VAE | large).half().eval().requires_grad_(False)
    plain = peak_bytes(encode(skeleton(vae), "meta"))
    vae.enable_gradient_checkpointing()
    assert peak_bytes(encode(skeleton(vae), "meta")) < 0.7 * plain < 0.7 * 2e9


def test_a_skeleton_has_the_weights_of_its_network_and_no_numbers():
    unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4, cross_attention_dim=16,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        attention_head_dim=2,
    ).half()  # fmt: skip
    bare = skeleton(unet)
    assert size_of(bare) == size_of(unet) and bare.dtype == torch.float16
    assert all(values.is_meta for values in bare.parameters())
