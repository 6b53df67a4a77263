"""DeepFloyd IF as guidance, on a tiny pipeline of the same classes: pixels, a variance to drop, a T5 to let go of."""

import gc

import pytest
import sentencepiece
import torch
from diffusers import UNet2DConditionModel
from PIL import Image
from transformers import T5EncoderModel, T5Tokenizer

from engine.__main__ import main
from engine.guidance.distil import Distillation
from engine.guidance.load import load_prior
from engine.guidance.prior import Caption, PriorError
from engine.guidance.settings import GuidanceSettings
from engine.run import exits
from tests.engine.guidance.tiny import save_deepfloyd, save_stable_diffusion

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_deepfloyd(tmp_path_factory.mktemp("if"))


@pytest.fixture(scope="module")
def prior(folder):
    return load_prior("deepfloyd-if", CPU, folder)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_what_it_says_of_itself(prior):
    assert prior.shape == (3, 16, 16) and prior.resolution == 16 and prior.limits == (-1, 1)
    assert prior.doubt("a zebra") == "" and len(prior.alpha) == 1000
    torch.testing.assert_close(prior.alpha**2 + prior.sigma**2, torch.ones(1000))


def test_its_tokens_are_sentencepieces(folder):
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer" / "spiece.model"))
    for text in ("a red mug, side view", "an old cat", ""):
        assert T5Tokenizer.from_pretrained(folder / "tokenizer")(text).input_ids == [*pieces.encode(text), 1]


@torch.no_grad()
def test_its_noise_is_the_first_three_channels_of_the_unet(prior, folder):
    tokenizer, text_encoder, unet = (
        part.from_pretrained(folder / name)
        for part, name in (
            (T5Tokenizer, "tokenizer"), (T5EncoderModel, "text_encoder"), (UNet2DConditionModel, "unet")
        )
    )  # fmt: skip
    texts = ["", "a red mug, side view"]
    padded = tokenizer(texts, padding="max_length", max_length=77, truncation=True, return_tensors="pt")
    told = text_encoder.bfloat16()(padded.input_ids, attention_mask=padded.attention_mask)[0].float()
    noisy, at = torch.randn(2, 3, 16, 16, generator=generator()), torch.tensor([300, 900])
    expected = unet.eval()(noisy, at, told).sample
    found = prior.predict_noise(noisy, at, [Caption(text.upper()) for text in texts])  # IF was taught lower case
    assert expected.shape == (2, 6, 16, 16) and found.shape == (2, 3, 16, 16)
    torch.testing.assert_close(found, expected[:, :3], atol=1e-5, rtol=1e-4)


def test_pixels_are_their_own_space(prior):
    images = torch.rand(2, 3, 16, 16, generator=generator())
    clean, pull_back = prior.encode(images)
    torch.testing.assert_close(clean, 2 * images - 1)
    torch.testing.assert_close(prior.decode(clean), images)
    torch.testing.assert_close(pull_back(clean), clean / (3 * 16 * 16))


def test_the_text_encoder_is_loaded_once_and_let_go_of(folder, monkeypatch):
    prior = load_prior("deepfloyd-if", CPU, folder)
    loads, load = [], prior.encodings.load
    monkeypatch.setattr(prior.encodings, "load", lambda: loads.append(1) or load())
    guidance = Distillation(prior, "a mug", GuidanceSettings(negative="ugly"))
    gradient = guidance.gradient(torch.rand(2, 3, 32, 32), None, 0.0, generator())
    gc.collect()
    assert loads == [1] and not any(type(thing) is T5EncoderModel for thing in gc.get_objects())
    assert gradient.shape == (2, 3, 32, 32) and torch.isfinite(gradient).all() and gradient.abs().max() > 0
    assert set(prior.encodings.known) == {
        "ugly", "a mug", *(f"a mug, {view} view" for view in ("front", "side", "back", "overhead"))
    }  # fmt: skip


def test_texts_that_are_cut_off_are_named(folder):
    prior = load_prior("deepfloyd-if", CPU, folder)
    assert prior.prepare(["a mug", "mug " * 200]) == ["mug " * 200]


def test_samples(folder, tmp_path):
    chosen = ["--prior", "deepfloyd-if", "--weights", str(folder), "--device", "cpu"]
    assert main(["sample", "a mug", "--count", "3", *chosen, "--output", str(tmp_path / "sample.png")]) == exits.OK
    assert Image.open(tmp_path / "sample.png").size == (384, 128)


def test_another_models_folder_is_refused(folder, tmp_path):
    other = save_stable_diffusion(tmp_path)
    with pytest.raises(PriorError, match="takes 4 channels, not 3: choose the folder of another"):
        load_prior("deepfloyd-if", CPU, other)
    with pytest.raises(PriorError, match="holds no Stable Diffusion: it lacks vae/config.json"):
        load_prior("stable-diffusion", CPU, folder)


@pytest.mark.parametrize("file", ["tokenizer/spiece.model", "text_encoder/model.safetensors"])
def test_a_broken_file_is_named_in_one_sentence(folder, file):
    path = folder / file
    whole = path.read_bytes()
    try:
        path.write_bytes(b"\xff\x00garbage" * 50)
        with pytest.raises(PriorError, match=f"^The {path.parent.name} of the prior .* is broken: .*$"):
            Distillation(load_prior("deepfloyd-if", CPU, folder), "a mug", GuidanceSettings())
    finally:
        path.write_bytes(whole)
