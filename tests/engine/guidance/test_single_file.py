"""Stable Diffusion from one file: it is the same as from a folder, network by network."""

import json
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel

from engine.guidance import single_file
from engine.guidance.download import Downloads
from engine.guidance.kinds import Kind, kind_of
from engine.guidance.load import load_prior
from engine.guidance.prior import Caption, PriorError
from engine.guidance.single_file import CONFIGURATIONS, configuration, read_text_encoder, told_prediction
from engine.guidance.unet import load_schedule
from engine.guidance.vocabulary import FILES, find_vocabulary, load_vocabulary
from engine.guidance.weights import find_here
from tests.engine.guidance.ldm import save_both

CPU = torch.device("cpu")
KINDS = [Kind.SD1, Kind.SD2]
NEAR = {"atol": 1e-5, "rtol": 1e-5}
PARAMETERS = {Kind.SD1: (859_520_964, 83_653_863, 123_060_480), Kind.SD2: (865_910_724, 83_653_863, 340_387_840)}
"""Of U-Net, autoencoder and text encoder (without OpenCLIP's last layer), as they are published."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[Kind, Path]:
    home = tmp_path_factory.mktemp("configurations")
    return {kind: save_both(home, kind) for kind in KINDS}


@pytest.fixture(autouse=True)
def _tiny(folders, monkeypatch):
    """Configurations of the tiny pipelines instead of the real ones."""
    monkeypatch.setattr(single_file, "CONFIGURATIONS", folders[Kind.SD1].parent)


@pytest.fixture(params=KINDS)
def kind(request) -> Kind:
    return request.param


@pytest.fixture
def file(folders, kind) -> Path:
    return folders[kind] / "model.safetensors"


@pytest.fixture
def both(folders, kind, file):
    return [load_prior("stable-diffusion", CPU, place) for place in (folders[kind], file)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_configurations_have_the_published_sizes(kind):
    folder = CONFIGURATIONS / configuration(kind).name
    with torch.device("meta"):
        networks = [part.from_config(part.load_config(folder / name)) for part, name in (
            (UNet2DConditionModel, "unet"), (AutoencoderKL, "vae"))]  # fmt: skip
        networks.append(CLIPTextModel(CLIPTextConfig.from_pretrained(folder / "text_encoder")))
    assert tuple(sum(each.numel() for each in network.parameters()) for network in networks) == PARAMETERS[kind]


@pytest.mark.parametrize("kind, pad", [(Kind.SD1, "<|endoftext|>"), (Kind.SD2, "!")])
def test_the_configurations_have_the_published_schedule_and_padding(folders, kind, pad):
    """Stable Diffusion 1 fills captions up with their end, 2 with the first token, as OpenCLIP does."""
    folder = CONFIGURATIONS / configuration(kind).name
    beta = torch.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2
    torch.testing.assert_close(load_schedule(folder).alpha ** 2, (1 - beta).cumprod(0))
    words = json.loads((folders[kind] / "tokenizer" / "vocab.json").read_text("utf-8"))
    tokenizer = load_vocabulary(folders[kind] / "tokenizer", folder, len(words))
    numbers = tokenizer(["a mug"], padding="max_length").input_ids[0]
    start, end = words["<|startoftext|>"], words["<|endoftext|>"]
    assert numbers == [start, words["a</w>"], words["mug</w>"], end, *[words[pad]] * 73]


def test_its_kind_is_told_and_its_vocabulary_found_beside_it(kind, file):
    assert kind_of(file) is kind
    assert find_here("stable-diffusion", str(file)) == file
    assert find_vocabulary(file) == file.parent / "tokenizer"


@torch.no_grad()
def test_the_unet_is_that_of_the_folder(both):
    noisy, at = torch.randn(2, 4, 8, 8), torch.tensor([20, 900])
    told = both[0].encodings(["a red mug", ""])
    one, same = (prior.unet(noisy, at, told).sample for prior in both)
    torch.testing.assert_close(one, same, **NEAR)
    assert not any(parameter.requires_grad for parameter in both[1].unet.parameters())


@torch.no_grad()
def test_the_autoencoder_is_that_of_the_folder(both):
    images, latents = torch.rand(1, 3, 64, 64), torch.randn(1, 4, 8, 8)
    one, same = (prior.vae.encode(images).latent_dist.mean for prior in both)
    torch.testing.assert_close(one, same, **NEAR)
    torch.testing.assert_close(*(prior.vae.decode(latents).sample for prior in both), **NEAR)
    assert both[0].scaling == both[1].scaling


def test_captions_are_encoded_as_from_the_folder(both):
    texts = ["", "a red mug!", "mug " * 99, "🦆 a mug"]
    torch.testing.assert_close(*(prior.encodings(texts) for prior in both), **NEAR)
    assert all(prior.prepare(texts) == [texts[2]] for prior in both)


@torch.no_grad()
def test_older_names_of_the_text_encoder_serve(folders, tmp_path):
    file = folders[Kind.SD1] / "model.safetensors"
    older = {name.replace(".text_model.", "."): tensor for name, tensor in load_file(file).items()}
    save_file(older, tmp_path / "older.safetensors")
    encoders = [read_text_encoder(path, file.parent, torch.float32) for path in (file, tmp_path / "older.safetensors")]
    one, same = (encoder(torch.arange(9)[None]).last_hidden_state for encoder in encoders)
    assert torch.equal(one, same)


def test_half_precision_files_serve(tmp_path, file, both):
    save_file({name: tensor.half() for name, tensor in load_file(file).items()}, tmp_path / "half.safetensors")
    prior = load_prior("stable-diffusion", CPU, put_vocabulary(file, tmp_path) / "half.safetensors")
    for one, same in zip(prior.unet.parameters(), both[1].unet.parameters()):
        assert one.dtype == torch.float32 and torch.equal(one, same.half().float())


def put_vocabulary(file: Path, folder: Path) -> Path:
    for name in FILES:
        (folder / name).write_bytes((file.parent / "tokenizer" / name).read_bytes())
    return folder


def unet_of(gain: float, bias: float) -> UNet2DConditionModel:
    """A U-Net that answers z with gain z / rms(z) + bias: its channels are z and -z, and silu(z) - silu(-z) = z."""
    unet = UNet2DConditionModel(
        block_out_channels=(8, 8), layers_per_block=1, norm_num_groups=4, cross_attention_dim=16, attention_head_dim=2,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    )  # fmt: skip
    for parameter in unet.parameters():
        parameter.data.zero_()
    for channel in range(8):
        sign = 1 - 2 * (channel % 2)
        unet.conv_in.weight.data[channel, channel // 2, 1, 1] = sign
        unet.conv_out.weight.data[channel // 2, channel, 1, 1] = sign * gain
        unet.up_blocks[-1].resnets[-1].conv_shortcut.weight.data[channel, 8 + channel] = 1
    unet.conv_norm_out.weight.data.fill_(1)
    unet.conv_out.bias.data.fill_(bias)
    return unet


@torch.no_grad()
def test_a_unet_of_a_known_answer():
    noisy = torch.randn(1, 4, 16, 16)
    scaled = noisy / noisy.square().mean((2, 3), keepdim=True).sqrt()
    found = unet_of(0.5, 2.0)(noisy, 999, torch.zeros(1, 77, 16)).sample
    torch.testing.assert_close(found, 0.5 * scaled + 2, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("gain, bias, prediction", [
    (1.0, 0.0, "epsilon"), (0.97, 0.1, "epsilon"), (0.068, -1.0, "v_prediction"), (0.068, 0.0, "v_prediction"),
    (-0.068, 0.0, "v_prediction"),
])  # fmt: skip
def test_what_a_unet_predicts_is_told_by_asking_it(gain, bias, prediction):
    """At the last timestep alpha is .068: who takes all images for the value x answers noise with .068 eps - x."""
    assert told_prediction(unet_of(gain, bias), 999) == prediction


@torch.no_grad()
@pytest.mark.parametrize("prediction, side", [("epsilon", 8), ("v_prediction", 96)])
def test_stable_diffusion_2_of_velocity_makes_larger_images(folders, monkeypatch, prediction, side):
    monkeypatch.setattr("engine.guidance.priors.stable_diffusion.told_prediction", lambda unet, last: prediction)
    priors = {kind: load_prior("stable-diffusion", CPU, folders[kind] / "model.safetensors") for kind in KINDS}
    assert priors[Kind.SD2].shape == (4, side, side) and priors[Kind.SD2].resolution == 8 * side
    assert priors[Kind.SD1].shape == (4, 8, 8)
    assert all(prior.prediction == prediction for prior in priors.values())


@torch.no_grad()
def test_velocity_becomes_noise(folders):
    prior = load_prior("stable-diffusion", CPU, folders[Kind.SD1] / "model.safetensors")
    assert prior.prediction == "v_prediction"  # what is random has nothing to do with the noise
    noisy, at = torch.randn(1, 4, 8, 8), torch.tensor([500])
    velocity = prior.unet(noisy, at, prior.encodings(["a mug"])).sample
    expected = prior.alpha[500] * velocity + prior.sigma[500] * noisy
    torch.testing.assert_close(prior.predict_noise(noisy, at, [Caption("a mug")]), expected, **NEAR)


@pytest.mark.parametrize("name, part", [
    ("model.diffusion_model.out.2.bias", "unet"), ("model.diffusion_model.middle_block.1.norm.weight", "unet"),
    ("first_stage_model.decoder.conv_out.bias", "vae"), ("first_stage_model.encoder.mid.attn_1.q.weight", "vae"),
    ("cond_stage_model.transformer.text_model.final_layer_norm.bias", "text_encoder"),
])  # fmt: skip
@pytest.mark.parametrize("damage", ["left out", "of another shape"])
def test_a_tensor_that_is_missing_or_misshapen_is_broken(folders, tmp_path, name, part, damage):
    whole = load_file(folders[Kind.SD1] / "model.safetensors")
    tensor = whole.pop(name)
    save_file(whole if damage == "left out" else whole | {name: tensor[1:].clone()}, tmp_path / "broken.safetensors")
    place = put_vocabulary(folders[Kind.SD1] / "model.safetensors", tmp_path) / "broken.safetensors"
    with pytest.raises(PriorError, match=rf"^The {part} in {place} is broken, or not .*: download it again, or choose"):
        load_prior("stable-diffusion", CPU, place).prepare(["a mug"])


def test_without_a_vocabulary_one_is_told_where_it_goes(file, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.is_offline_mode", lambda: True)
    alone = tmp_path / file.name
    alone.write_bytes(file.read_bytes())
    with pytest.raises(PriorError, match="lacks CLIP's vocabulary, and the network is off: .* put vocab.json and"):
        load_prior("stable-diffusion", CPU, alone)
    put_vocabulary(file, tmp_path)
    assert find_vocabulary(alone) == tmp_path


def test_a_vocabulary_is_downloaded_only_if_somebody_agrees(file, tmp_path, monkeypatch):
    from engine.guidance import download, vocabulary
    from engine.guidance.download import Offer

    said, offer = [], Offer("CLIP's vocabulary", vocabulary.HUB, FILES, 1_600_000, "not named", "page")
    monkeypatch.setattr(download, "look_up", lambda title, name, choose: offer)
    monkeypatch.setattr(download, "download", lambda agreed, tell: put_vocabulary(file, tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    with pytest.raises(PriorError, match=r"CLIP's vocabulary is not on this machine: 1\.6 MB must be downloaded"):
        find_vocabulary(tmp_path / "model.safetensors", said.append, Downloads())
    assert not any((tmp_path / "cache").iterdir()) and said == ["looking up prior"]
    assert find_vocabulary(tmp_path / "model.safetensors", said.append, Downloads(allowed=True)) == tmp_path / "cache"
    assert said[1:] == ["looking up prior", "downloading prior", "loading prior"]


@pytest.mark.parametrize("name, content", [
    ("vocab.json", b"{"), ("vocab.json", b"[]"), ("vocab.json", json.dumps({"a": 0, "b": 1}).encode()),
    ("merges.txt", b"one two three\n"), ("merges.txt", b"\xff\xfe"), ("merges.txt", b"qq zz\n"),
])  # fmt: skip
def test_a_vocabulary_that_is_broken_is_named(folders, tmp_path, name, content):
    folder = folders[Kind.SD1]
    size = CLIPTextConfig.from_pretrained(folder / "text_encoder").vocab_size
    put_vocabulary(folder / "model.safetensors", tmp_path)
    assert len(load_vocabulary(tmp_path, folder, size)) == size
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PriorError, match=r"^The vocabulary in .* is broken, or not CLIP's: put vocab\.json and merges"):
        load_vocabulary(tmp_path, folder, size)


def test_files_of_other_kinds_are_named(tmp_path):
    path = tmp_path / "nice model.safetensors"
    save_file({"unet.conv_in.lora_A.weight": torch.zeros(1)}, path)
    with pytest.raises(PriorError, match=r"is a LoRA, .*: choose a safetensors file of Stable Diffusion 1 or Stable"):
        load_prior("stable-diffusion", CPU, path)
