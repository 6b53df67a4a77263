"""The network in OpenVINO against the same weights in diffusers and transformers."""

import pytest
import torch
from diffusers import DDPMScheduler

from engine.guidance.priors.toybox import END, WEIGHTS, read_resolution, read_schedule, read_tokenizer
from engine.toybox.captions import VOCABULARY
from engine.toybox.conditioning import (
    CAMERA_FEATURES,
    alpha_squared,
    cosine_schedule,
    shifted_betas,
    time_features,
)
from engine.toybox.graph import GraphNetwork
from engine.toybox.model import TorchNetwork, build, load, save

CPU = torch.device("cpu")
CAPTIONS = ["a red mug", "", "a photo of a blue car, side view, unlit", "zebra, " * 30, "<end> a mug <pad>"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """Weights of another width, depth and number of heads than the shipped ones, none of them zero."""
    folder = tmp_path_factory.mktemp("tiny") / "weights"
    torch.manual_seed(0)
    toybox = build(width=48, layers=2, heads=4)
    with torch.no_grad():
        for parameter in toybox.networks().parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    save(toybox, folder, {"objects": ["mug"], "colours": ["red"]})
    return folder


@pytest.fixture(params=["tiny", "shipped"])
def folder(request, tiny):
    return tiny if request.param == "tiny" else WEIGHTS


def answers(folder, precision, monkeypatch):
    """Encodings and clean images by both networks for the same captions, noise, timesteps and cameras."""
    monkeypatch.setattr("engine.toybox.graph.multiplies_bfloat16", lambda device: precision == "bfloat16")
    monkeypatch.setattr("engine.toybox.model.mixed_precision", lambda device: torch.autocast("cpu", enabled=False))
    tokenizer = read_tokenizer(folder)
    numbers = torch.tensor([encoding.ids for encoding in tokenizer.encode_batch(CAPTIONS)])
    generator = torch.Generator().manual_seed(1)
    noisy = torch.randn(len(CAPTIONS), 3, *[read_resolution(folder)] * 2, generator=generator)
    camera = torch.rand(len(CAPTIONS), CAMERA_FEATURES, generator=generator)
    timesteps = torch.tensor([0, 20, 500, 700, 999])
    for network in (GraphNetwork(folder, tokenizer.token_to_id(END)), TorchNetwork(folder, CPU)):
        tokens, pooled = network.encode(numbers)
        yield tokens, pooled, network.predict_clean(noisy, timesteps, tokens, pooled, camera)


def test_it_answers_as_diffusers_and_transformers_do(folder, monkeypatch):
    for ours, theirs in zip(*answers(folder, "float32", monkeypatch)):
        torch.testing.assert_close(ours, theirs, atol=2e-5, rtol=1e-4)


def test_in_bfloat16_it_is_near(folder, monkeypatch):
    (*_, ours), (*_, theirs) = answers(folder, "bfloat16", monkeypatch)
    assert (ours - theirs).abs().mean() < 0.01


def test_captions_get_the_numbers_that_transformers_gives_them(folder):
    ours, theirs = read_tokenizer(folder), load(folder).tokenizer
    captions = [*CAPTIONS, *VOCABULARY, "A Red MUG,a chair", "ﬁsh\u00a0mug"]
    expected = theirs(captions, padding="max_length", truncation=True, max_length=20).input_ids
    assert [encoding.ids for encoding in ours.encode_batch(captions)] == expected


def test_the_schedule_is_that_of_diffusers(folder):
    torch.testing.assert_close(read_schedule(folder), load(folder).scheduler.alphas_cumprod, atol=0, rtol=0)


def test_the_cosine_schedule_is_that_of_diffusers(tmp_path):
    plain = DDPMScheduler(beta_schedule="squaredcos_cap_v2", prediction_type="sample")
    plain.save_pretrained(tmp_path / "scheduler")
    torch.testing.assert_close(read_schedule(tmp_path), plain.alphas_cumprod, atol=0, rtol=0)
    assert (cosine_schedule(50).diff() < 0).all()


@pytest.mark.parametrize("side", [32, 64, 128, 512])
def test_noise_is_as_much_stronger_as_averaging_takes_away(side):
    """The noise of an image averaged down to 64 pixels is, beside the image, what the cosine schedule has there."""
    plain, shifted = cosine_schedule(1000).double(), alpha_squared(shifted_betas(1000, side)).double()
    averaged = (1 - shifted) / shifted / (side / 64) ** 2
    torch.testing.assert_close(averaged[:-1], ((1 - plain) / plain)[:-1], rtol=2e-3, atol=1e-6)


def test_time_features_are_those_of_the_transformer():
    timesteps = torch.tensor([0, 1, 37, 999])
    theirs = load(WEIGHTS).transformer.time_text_embed.time_proj(timesteps)
    torch.testing.assert_close(time_features(timesteps), theirs, atol=1e-6, rtol=0)
