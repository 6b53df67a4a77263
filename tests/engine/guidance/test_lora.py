"""LoRA files: what they change is W + strength alpha / rank up down, whatever their layers are called."""

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import nn
from torch.nn.functional import conv2d

from engine.__main__ import main
from engine.guidance.load import load_prior
from engine.guidance.lora import ABOUT, Change, Lora
from engine.guidance.prior import PriorError
from engine.guidance.settings import GuidanceSettings
from engine.run import exits
from engine.run.settings import RunSettings, SettingsError
from engine.settings import engine_settings
from tests.engine.guidance.tiny import save_stable_diffusion

CPU = torch.device("cpu")
LINEAR = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
LAYERS = {LINEAR: 16, "down_blocks.0.attentions.0.transformer_blocks.0.ff.net.0.proj": 8,
          "down_blocks.0.attentions.0.proj_in": 8, "down_blocks.0.resnets.0.conv1": 8, "conv_in": 4}  # fmt: skip
"""Of the tiny U-Net, with their inputs: linear, a convolution of 1 x 1, and convolutions of 3 x 3."""
TEXT_LAYER = "encoder.layers.1.self_attn.q_proj"
ENDS = {"kohya": (".lora_down.weight", ".lora_up.weight"), "peft": (".lora_A.weight", ".lora_B.weight"),
        "diffusers": (".lora.down.weight", ".lora.up.weight")}  # fmt: skip
RANK = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_stable_diffusion(tmp_path_factory.mktemp("sd"))


@pytest.fixture
def prior(folder):
    return load_prior("stable-diffusion", CPU, folder)


def matrices(layer: nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
    out, *into = layer.weight.shape
    ones = [1] * (len(into) - 1)
    return torch.randn(RANK, *into), torch.randn(out, RANK, *ones)


def changes_of(prior, naming: str = "kohya", alpha: float | None = 1.5) -> dict[str, torch.Tensor]:
    """A file's tensors for LAYERS and TEXT_LAYER, always the same numbers."""
    torch.manual_seed(5)
    _, encoder = text_parts(prior)
    named = [("unet", name, prior.unet.get_submodule(name)) for name in LAYERS]
    named.append(("text_encoder", f"text_model.{TEXT_LAYER}", encoder.get_submodule(TEXT_LAYER)))
    found = {}
    for part, name, layer in named:
        start = f"{part}.{name}"
        if naming == "kohya":
            start = {"unet": "lora_unet_", "text_encoder": "lora_te_"}[part] + name.replace(".", "_")
        found |= zip((start + end for end in ENDS[naming]), matrices(layer))
        if alpha is not None:
            found[f"{start}.alpha"] = torch.tensor(alpha)
    return found


def text_parts(prior):
    """The tokenizer's function and the text encoder, out of the function that closes over them."""
    encode = prior.encodings.load()
    cells = dict(zip(encode.__code__.co_freevars, encode.__closure__))
    return encode, cells["encoder"].cell_contents


def write(path: Path, tensors: dict, about: dict | None = None) -> Path:
    save_file(tensors, path, {ABOUT: json.dumps(about)} if about is not None else None)
    return path


def merged(folder: Path, path: Path, strength: float = 1.0):
    guidance = GuidanceSettings(lora=str(path), lora_strength=strength)
    return load_prior("stable-diffusion", CPU, folder, guidance=guidance)


def weights(prior) -> dict[str, torch.Tensor]:
    return {name: prior.unet.get_submodule(name).weight.clone() for name in LAYERS}


@given(
    rank=st.integers(1, 4), into=st.integers(1, 5), out=st.integers(1, 5), side=st.sampled_from([1, 3]),
    alpha=st.floats(0.1, 8), strength=st.floats(-3, 3),
)  # fmt: skip
def test_a_convolution_does_what_it_did_and_the_two_of_the_file(rank, into, out, side, alpha, strength):
    chance = torch.Generator().manual_seed(rank)
    images, weight, down, up = (torch.randn(shape, generator=chance, dtype=torch.float32) for shape in (
        (2, into, 6, 6), (out, into, side, side), (rank, into, side, side), (out, rank, 1, 1)))  # fmt: skip
    expected = conv2d(images, weight) + strength * alpha / rank * conv2d(conv2d(images, down), up)
    found = conv2d(images, weight + Change("", down, up, alpha).of(weight, strength))
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=1e-4)


def test_a_linear_layer_becomes_w_plus_strength_alpha_over_rank_up_down(folder, prior, tmp_path):
    before, tensors = weights(prior), changes_of(prior)
    after = weights(merged(folder, write(tmp_path / "lora", tensors), 0.7))
    start = "lora_unet_" + LINEAR.replace(".", "_")
    up, down = tensors[f"{start}.lora_up.weight"], tensors[f"{start}.lora_down.weight"]
    torch.testing.assert_close(after[LINEAR], before[LINEAR] + 0.7 * 1.5 / RANK * up @ down)
    assert all(not torch.allclose(before[name], after[name]) for name in LAYERS)


def test_layers_that_it_does_not_name_stay(folder, prior, tmp_path):
    after = merged(folder, write(tmp_path / "lora", changes_of(prior)))
    for (name, one), same in zip(prior.unet.named_parameters(), after.unet.parameters()):
        assert torch.equal(one, same) is (name.removesuffix(".weight") not in LAYERS)
        assert not same.requires_grad


def test_nothing_of_it_is_nothing_and_its_opposite_takes_it_back(folder, prior, tmp_path):
    path, before = write(tmp_path / "lora", changes_of(prior)), weights(prior)
    for name, weight in weights(merged(folder, path, 0.0)).items():
        assert torch.equal(weight, before[name])
    once = merged(folder, path, 1.0)
    Lora(path, -1.0).merge(once.unet, "unet")
    for name, weight in weights(once).items():
        torch.testing.assert_close(weight, before[name], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("naming", ["peft", "diffusers"])
def test_all_namings_say_the_same(folder, prior, tmp_path, naming):
    one, same = (
        merged(folder, write(tmp_path / way, changes_of(prior, way, alpha=None))) for way in ("kohya", naming)
    )
    for name, weight in weights(one).items():
        assert torch.equal(weight, weights(same)[name])
    torch.testing.assert_close(one.encodings(["a red mug"]), same.encodings(["a red mug"]))


@pytest.mark.parametrize("about, alpha", [({}, RANK), ({"unet.lora_alpha": 6, "unet.r": RANK}, 6)])
def test_alpha_is_the_rank_unless_the_file_says_otherwise(folder, prior, tmp_path, about, alpha):
    tensors = changes_of(prior, "peft", alpha=None)
    after = weights(merged(folder, write(tmp_path / "lora", tensors, about)))
    change = alpha / RANK * tensors[f"unet.{LINEAR}.lora_B.weight"] @ tensors[f"unet.{LINEAR}.lora_A.weight"]
    torch.testing.assert_close(after[LINEAR], weights(prior)[LINEAR] + change)


def test_the_text_encoder_is_changed_too(folder, prior, tmp_path):
    path = write(tmp_path / "lora", changes_of(prior))
    after = merged(folder, path, 2.0)
    encode, encoder = text_parts(prior)
    Lora(path, 2.0).merge(encoder, "text_encoder")
    torch.testing.assert_close(after.encodings(["a mug"]), encode(["a mug"])[0])
    assert not torch.allclose(after.encodings(["a mug"]), prior.encodings(["a mug"]), atol=1e-3)


def test_half_precision_is_changed_in_single(prior, tmp_path):
    path, before = write(tmp_path / "lora", changes_of(prior)), weights(prior)
    lora, halved = Lora(path, 1.0), prior.unet.half()
    exact = {name: before[name].half().float() + lora.changes["unet"][name.replace(".", "_")].of(before[name], 1.0)
             for name in LAYERS}  # fmt: skip
    lora.merge(halved, "unet")
    for name in LAYERS:
        assert torch.equal(halved.get_submodule(name).weight, exact[name].half())


def pair(start: str, into: int = 16, out: int = 8, ends: tuple[str, str] = ENDS["kohya"]) -> dict:
    return {start + ends[0]: torch.zeros(2, into), start + ends[1]: torch.zeros(out, 2)}


LAYER = "lora_unet_" + LINEAR.replace(".", "_")
XL = pair("lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k", 2048)
SCALE = {f"{LAYER}.alpha": torch.ones(2)}
MIDDLE = {f"{LAYER}.lora_mid.weight": torch.zeros(2, 2, 3, 3)}
MISFITS = [
    (pair(LAYER, 768), ", made for Stable Diffusion 1,", "another shape"),
    (pair(LAYER, 1024), ", made for Stable Diffusion 2,", "another shape"),
    (XL, ", made for Stable Diffusion XL,", "attn2_to_k is no layer of its unet"),
    (XL | pair("lora_te2_text_model_encoder_layers_0_mlp_fc1"), ", made for Stable Diffusion XL,", "lora_te2_text"),
    (pair("lora_unet_double_blocks_0_img_attn_proj"), "", "proj is no layer of its unet"),
    (pair("transformer.single_transformer_blocks.0.proj_out", ends=ENDS["peft"]), "", "changes nothing that it has"),
    (pair(LAYER, 16, 9), "", "another shape"),
    (pair("lora_te_text_model_encoder_layers_7_mlp_fc1"), "", "fc1 is no layer of its text_encoder"),
    ({f"{LAYER}.lora_down.weight": torch.zeros(2, 16)}, "", "changes nothing that it has"),
    ({f"{LAYER}.lora_up.weight": torch.zeros(8, 2)}, "", "lora_up.weight is not read"),
    (pair(LAYER) | SCALE, "", ""),
    (pair(LAYER) | MIDDLE, "", "lora_mid.weight is not read"),
    ({f"{LAYER}.lora_down.weight": torch.zeros(0, 16), f"{LAYER}.lora_up.weight": torch.zeros(8, 0)}, "", "shape"),
    ({f"{LAYER}.lora_down.weight": torch.zeros(16), f"{LAYER}.lora_up.weight": torch.zeros(8)}, "", "is no matrix"),
]  # fmt: skip


@pytest.mark.parametrize("tensors, made, reason", MISFITS)
def test_what_does_not_fit_is_refused_before_the_first_step(folder, tmp_path, tensors, made, reason):
    path = write(tmp_path / "lora", tensors)
    with pytest.raises(PriorError) as caught:
        merged(folder, path).prepare(["a mug"])
    start, _, end = str(caught.value).partition(" (")
    assert start == f"The LoRA {path}{made} does not fit the model" and reason in end
    assert end.endswith("): choose one that was made for it.") and "\n" not in end


def test_scales_of_other_ways_are_refused(folder, prior, tmp_path):
    path = write(tmp_path / "lora", changes_of(prior, "peft", alpha=None), {"unet.use_rslora": True})
    with pytest.raises(PriorError, match=r"does not fit the model \(its scales are not read\)"):
        merged(folder, path)


def test_what_is_no_lora_is_named(folder, prior, tmp_path):
    for tensors, words in (
        ({f"{LAYER}.hada_w1_a": torch.zeros(8, 2)}, "is a LyCORIS or DoRA file, and not a LoRA"),
        (pair(LAYER) | {f"{LAYER}.dora_scale": torch.ones(8)}, "is a LyCORIS or DoRA file, and not a LoRA"),
        ({"density": torch.zeros(3)}, "is no model that is known here, and not a LoRA"),
    ):
        with pytest.raises(PriorError, match=words):
            merged(folder, write(tmp_path / "lora", tensors))
    with pytest.raises(PriorError, match="^There is no file"):
        merged(folder, tmp_path / "none.safetensors")


@pytest.mark.parametrize("about", ["[1]", "{", "3"])
def test_a_broken_lora_is_called_so(folder, tmp_path, about):
    save_file(pair(LAYER), tmp_path / "lora", {ABOUT: about})
    with pytest.raises(PriorError, match=r"^The LoRA .* is broken: download it again, or choose another\.$"):
        merged(folder, tmp_path / "lora")


@pytest.mark.parametrize("command", ["generate", "distill2d", "sample"])
def test_commands_add_it(folder, tmp_path, capsys, command):
    chosen = ["--prior", "stable-diffusion", "--weights", str(folder), "--device", "cpu"]
    lora = ["--set", f"guidance.lora={write(tmp_path / 'lora', XL)}", "--output", str(tmp_path / "output.png")]
    assert main([command, "a mug", *chosen, *lora]) == exits.PRIOR_UNUSABLE
    assert "made for Stable Diffusion XL, does not fit the model" in capsys.readouterr().err


def test_only_stable_diffusion_takes_one():
    overrides = {"guidance.lora": "mug.safetensors", "guidance.lora_strength": 0.5}
    guidance = engine_settings(RunSettings("a mug", prior="stable-diffusion", overrides=overrides)).guidance
    assert (guidance.lora, guidance.lora_strength) == ("mug.safetensors", 0.5)
    for prior in ("toybox", "deepfloyd-if"):
        with pytest.raises(SettingsError, match=r"takes no LoRA: choose Stable Diffusion, or no 'guidance.lora'\.$"):
            engine_settings(RunSettings("a mug", prior=prior, overrides=overrides))
    with pytest.raises(SettingsError, match="must be from -10 to 10, not 11"):
        engine_settings(RunSettings("a mug", prior="stable-diffusion", overrides={"guidance.lora_strength": 11}))
