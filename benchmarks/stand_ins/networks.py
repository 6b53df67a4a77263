"""Networks of the classes of the real ones, small enough for two processor cores."""

from __future__ import annotations

from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, T5Config, T5EncoderModel

from benchmarks.stand_ins.colours import start_with_colours
from benchmarks.stand_ins.texts import LENGTH
from benchmarks.stand_ins.world import SIDE

WIDTH = 128
"""Of encoded captions."""
HALVINGS = 3
"""Of an image's side on its way to latents, as in Stable Diffusion."""
LATENT_SIDE = SIDE // 2**HALVINGS
PIXEL_SIDE = 32
"""Of the pixel U-Net's images: four times as cheap as SIDE."""
LEVELS, HEAD = (64, 128), 64
"""Widths of the latent U-Net's levels, and of a head of its attention, which is MVDream's."""


def autoencoder() -> AutoencoderKL:
    """Images of SIDE pixels to four channels of LATENT_SIDE and back."""
    vae = AutoencoderKL(
        block_out_channels=(16, 32, 64, 64), layers_per_block=1, norm_num_groups=2, latent_channels=4, sample_size=SIDE,
        down_block_types=("DownEncoderBlock2D",) * (HALVINGS + 1),
        up_block_types=("UpDecoderBlock2D",) * (HALVINGS + 1),
    )  # fmt: skip
    return start_with_colours(vae)


def latent_unet(pose: int = 0) -> UNet2DConditionModel:
    """Stable Diffusion's U-Net on its latents; with `pose` numbers of a camera, MVDream's."""
    told = {"class_embed_type": "projection", "projection_class_embeddings_input_dim": pose} if pose else {}
    return UNet2DConditionModel(
        sample_size=LATENT_SIDE, in_channels=4, out_channels=4, block_out_channels=LEVELS, layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D",) * 2, up_block_types=("CrossAttnUpBlock2D",) * 2,
        cross_attention_dim=WIDTH, attention_head_dim=tuple(width // HEAD for width in LEVELS),
        use_linear_projection=True, **told,
    )  # fmt: skip


def pixel_unet() -> UNet2DConditionModel:
    """DeepFloyd IF's U-Net, which predicts a variance beside the noise."""
    return UNet2DConditionModel(
        sample_size=PIXEL_SIDE, in_channels=3, out_channels=6, block_out_channels=(32, 64, 128), layers_per_block=1,
        down_block_types=("ResnetDownsampleBlock2D", *("SimpleCrossAttnDownBlock2D",) * 2),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        up_block_types=(*("SimpleCrossAttnUpBlock2D",) * 2, "ResnetUpsampleBlock2D"),
        cross_attention_dim=WIDTH, encoder_hid_dim=WIDTH, attention_head_dim=32, addition_embed_type="text",
        addition_embed_type_num_heads=4, cross_attention_norm="group_norm", resnet_time_scale_shift="scale_shift",
        act_fn="gelu",
    )  # fmt: skip


def clip_encoder(tokens: int) -> CLIPTextModel:
    """Stable Diffusion's text encoder with a vocabulary of `tokens`, the last of which are those of start and end."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=tokens, hidden_size=WIDTH, intermediate_size=2 * WIDTH, num_hidden_layers=2,
            num_attention_heads=4, max_position_embeddings=LENGTH,
            bos_token_id=tokens - 2, eos_token_id=tokens - 1, pad_token_id=tokens - 1,
        )
    )  # fmt: skip


def t5_encoder(tokens: int) -> T5EncoderModel:
    """DeepFloyd IF's text encoder with a vocabulary of `tokens`."""
    return T5EncoderModel(
        T5Config(
            vocab_size=tokens, d_model=WIDTH, d_kv=32, d_ff=2 * WIDTH, num_layers=2, num_heads=4,
            feed_forward_proj="gated-gelu", dropout_rate=0.0,
        )
    )  # fmt: skip
