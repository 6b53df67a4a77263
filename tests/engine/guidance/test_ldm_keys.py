"""From the original names of a U-Net's weights to diffusers': every one is met, once, by one of its shape."""

import pytest
import torch
from diffusers import UNet2DConditionModel
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.guidance.ldm_keys import Layout, diffusers_name, layout_of, part_names
from tests.engine.guidance.published import published

LAYOUTS = st.builds(Layout, st.lists(st.booleans(), min_size=1, max_size=3).map(tuple), st.integers(1, 2))
MVDREAM = Layout((True, True, True, False), 2)


def diffusers_shapes(layout: Layout, widths: list[int], captions: int) -> dict[str, torch.Size]:
    """Of diffusers' own network, which is as large as it may be: it has no numbers."""
    kinds = ["CrossAttn" if attends else "" for attends in layout.attends]
    with torch.device("meta"):
        unet = UNet2DConditionModel(
            block_out_channels=widths, layers_per_block=layout.blocks, cross_attention_dim=captions,
            down_block_types=[f"{kind}DownBlock2D" for kind in kinds], use_linear_projection=True,
            up_block_types=[f"{kind}UpBlock2D" for kind in reversed(kinds)], class_embed_type="projection",
            projection_class_embeddings_input_dim=16, attention_head_dim=[width // 64 for width in widths],
        )  # fmt: skip
    return {name: tensor.shape for name, tensor in unet.state_dict().items()}


def renamed(network) -> dict[str, torch.Size]:
    """The shapes of a published network's weights by the names that diffusers has for them."""
    parts = part_names(layout_of(network.tensors))
    names = [diffusers_name(name, parts) for name in network.tensors]
    assert len(set(names)) == len(names)
    return {name: tensor.shape for name, tensor in zip(names, network.tensors.values())}


@settings(max_examples=6)  # a second each, twice that where the machine is busy
@given(LAYOUTS)
def test_every_weight_of_diffusers_network_is_met_once_and_has_its_shape(layout):
    widths = [64 * (1 + level % 2) for level in range(len(layout.attends))]
    network = published(widths, layout.blocks, layout.attends, device="meta")
    assert layout_of(network.tensors) == layout
    assert renamed(network) == diffusers_shapes(layout, widths, 16)


def test_mvdream_is_stable_diffusion_2s_network_with_a_perceptron_for_cameras():
    widths = [320, 640, 1280, 1280]
    network = published(widths, MVDREAM.blocks, MVDREAM.attends, captions=1024, device="meta")
    assert renamed(network) == diffusers_shapes(MVDREAM, widths, 1024)
    sizes = {name: tensor.numel() for name, tensor in network.tensors.items()}
    camera = sum(size for name, size in sizes.items() if name.startswith("camera_embed"))
    assert len(sizes) == 686 + 4 and sum(sizes.values()) - camera == 865_910_724


@given(LAYOUTS)
def test_no_two_parts_have_the_same_name(layout):
    names = list(part_names(layout).values())
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ["conv_in.weight", "input_blocks.1.2.conv.weight", "label_emb.0.0.weight", "", "out"])
def test_a_weight_of_no_part_has_no_name(name):
    assert diffusers_name(name, part_names(MVDREAM)) is None


@pytest.mark.parametrize("names", [[], ["conv_in.weight"], ["input_blocks.0.0.weight"]])
def test_names_of_something_else_have_no_layout(names):
    with pytest.raises(ValueError, match="lacks"):
        layout_of(names)
