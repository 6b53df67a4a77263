"""Stable Diffusion as guidance, on a tiny pipeline of the same classes: its noise, its latents, gradients on pixels."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from PIL import Image
from torch.nn.functional import interpolate
from transformers import CLIPTextModel, CLIPTokenizer

import engine
from engine.__main__ import main
from engine.guidance.distil import Distillation
from engine.guidance.load import load_prior
from engine.guidance.prior import Caption, Views
from engine.guidance.sds import add_noise, clean_from_noise, guide, rescale
from engine.guidance.settings import GuidanceSettings
from engine.guidance.unet import half_precision, noise_from_velocity
from engine.run import exits
from engine.run.folder import events_path
from engine.run.tail import TailReader
from engine.shading import Shading
from tests.engine.analytic import cameras_at, viewpoint
from tests.engine.guidance.tiny import save_stable_diffusion

CPU = torch.device("cpu")
ROOT = Path(engine.__file__).parents[1]
LEVEL = {"timesteps_first": (0.5, 0.5), "timesteps_last": (0.5, 0.5)}
EQUATION_3 = LEVEL | {"form": "noise", "weighting": "sigma2", "rescale": 0.0, "scale": 7.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_stable_diffusion(tmp_path_factory.mktemp("sd"))


@pytest.fixture(scope="module")
def prior(folder):
    return load_prior("stable-diffusion", CPU, folder)


@pytest.fixture(scope="module")
def parts(folder):
    """The folder's networks as diffusers and transformers load them: unet, vae and a function that encodes texts."""
    tokenizer, text_encoder = (
        part.from_pretrained(folder / name)
        for part, name in ((CLIPTokenizer, "tokenizer"), (CLIPTextModel, "text_encoder"))
    )

    def encode(*texts: str) -> torch.Tensor:
        padded = tokenizer(list(texts), padding="max_length", max_length=77, truncation=True, return_tensors="pt")
        return text_encoder(padded.input_ids)[0]

    networks = UNet2DConditionModel.from_pretrained(folder / "unet"), AutoencoderKL.from_pretrained(folder / "vae")
    return *(network.eval() for network in networks), encode


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def noisy_rows(count: int, *shape: int) -> torch.Tensor:
    return torch.randn(count, *shape, generator=generator(3))


def assert_near(found: torch.Tensor, expected: torch.Tensor) -> None:
    """Gradients are alike but for single precision's rounding."""
    assert (found - expected).abs().max() < 1e-3 * expected.abs().max()


def test_what_it_says_of_itself(prior):
    assert prior.shape == (4, 8, 8) and prior.resolution == 64
    assert prior.doubt("a zebra 🦓") == "" and prior.known_words() == []
    beta = torch.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2
    torch.testing.assert_close(prior.alpha**2, (1 - beta).cumprod(0))
    torch.testing.assert_close(prior.alpha**2 + prior.sigma**2, torch.ones(1000))


@torch.no_grad()
def test_its_noise_is_that_of_the_unet(prior, parts):
    unet, _, encode = parts
    noisy, at = noisy_rows(3, 4, 8, 8), torch.tensor([20, 500, 980])
    texts = ["", "a red mug, side view", "a mug"]
    found = prior.predict_noise(noisy, at, [Caption(text) for text in texts])
    torch.testing.assert_close(found, unet(noisy, at, encode(*texts)).sample, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(found[1], prior.predict_noise(noisy[1:2], at[1:2], [Caption("a mug")])[0], atol=1e-4)


def test_cameras_and_shadings_are_not_told(prior):
    noisy = noisy_rows(1, 4, 8, 8).expand(2, -1, -1, -1)
    captions = [Caption("a mug"), Caption("a mug", Shading.TEXTURELESS, viewpoint(20, 70))]
    plain, told = prior.predict_noise(noisy, torch.tensor([500, 500]), captions)
    torch.testing.assert_close(plain, told)


@torch.no_grad()
def test_images_of_any_size_become_scaled_latents_and_come_back(prior, parts):
    vae = parts[1]
    for side in (32, 64, 100):
        images = torch.rand(2, 3, side, side, generator=generator())
        resized = interpolate(images, (64, 64), mode="bilinear", antialias=True)
        latents, _ = prior.encode(images)
        torch.testing.assert_close(latents, 0.18215 * vae.encode(2 * resized - 1).latent_dist.mean)
    expected = (vae.decode(latents / 0.18215).sample / 2 + 0.5).clamp(0, 1)
    torch.testing.assert_close(prior.decode(latents), expected, atol=1e-5, rtol=1e-4)
    assert prior.decode(latents).shape == (2, 3, 64, 64) and not latents.requires_grad


def test_the_gradient_is_autograds_of_the_loss_written_out(prior, parts):
    """Equation 3 on latents: the mean over them of sg(sigma^2 (eps_hat - eps)) z, through the encoder, to pixels."""
    unet, vae, encode = parts
    images = torch.rand(2, 3, 32, 32, generator=generator(1))
    found = Distillation(prior, "a mug", GuidanceSettings(**EQUATION_3)).gradient(images, None, 0.0, generator())
    seen, chance = images.clone().requires_grad_(), generator()
    resized = interpolate(seen, (64, 64), mode="bilinear", antialias=True)
    latents = 0.18215 * vae.encode(2 * resized - 1).latent_dist.mean
    torch.rand(2, generator=chance)  # the timesteps
    noise, at = torch.randn(latents.shape, generator=chance), torch.tensor([500, 500])
    alpha, sigma = prior.alpha[500], prior.sigma[500]
    with torch.no_grad():
        noisy = alpha * latents + sigma * noise
        empty, told = (unet(noisy, at, encode(text, text)).sample for text in ("", "a mug"))
        step = sigma**2 * (empty + 7 * (told - empty) - noise)
    (expected,) = torch.autograd.grad((step * latents).sum() / latents[0].numel(), seen)
    assert expected.abs().max() > 1e-6
    assert_near(found, expected)


def test_clean_latents_have_no_limits(prior):
    images = torch.rand(1, 3, 64, 64, generator=generator(1))
    settings = GuidanceSettings(**LEVEL, scale=50.0, rescale=0.25)
    found = Distillation(prior, "a mug", settings).gradient(images, None, 0.0, generator())
    latents, pull_back = prior.encode(images)
    chance = generator()
    torch.rand(1, generator=chance)
    noise, at = torch.randn(latents.shape, generator=chance), torch.tensor([500])
    level = prior.alpha[at], prior.sigma[at]
    noisy = add_noise(latents, noise, *level)
    empty, told = (prior.predict_noise(noisy, at, [Caption(text)]) for text in ("", "a mug"))
    guided, plain = (clean_from_noise(noisy, predicted, *level) for predicted in (guide(told, empty, 50.0), told))
    target = rescale(guided, plain, 0.25)
    assert target.abs().max() > 1.5
    assert_near(found, pull_back(latents - target))


def test_a_gradient_of_any_size_comes_back(prior):
    """Half precision would lose small numbers on their way through the encoder; only their directions go through it."""
    images = torch.rand(1, 3, 32, 32, generator=generator())
    pulled = []
    for size in (1e-20, 1.0):
        latents, pull_back = prior.encode(images)
        pulled.append(pull_back(size * torch.ones_like(latents)) / size)
    torch.testing.assert_close(*pulled, atol=0, rtol=0.01)


def test_velocity_and_noise_are_the_same_knowledge():
    clean, noise = noisy_rows(2, 2, 4, 8, 8)
    alpha, sigma = torch.tensor(0.6), torch.tensor(0.8)
    noisy, velocity = alpha * clean + sigma * noise, alpha * noise - sigma * clean
    torch.testing.assert_close(noise_from_velocity(noisy, velocity, alpha, sigma), noise)


@torch.no_grad()
def test_a_model_of_velocity(tmp_path):
    prior = load_prior("stable-diffusion", CPU, save_stable_diffusion(tmp_path, velocity=True))
    noisy, at = noisy_rows(2, 4, 8, 8), torch.tensor([100, 700])
    velocity = prior.unet(noisy, at, prior.encodings(["a mug", "a mug"])).sample
    alpha, sigma = (ladder[at].view(2, 1, 1, 1) for ladder in (prior.alpha, prior.sigma))
    found = prior.predict_noise(noisy, at, [Caption("a mug")] * 2)
    torch.testing.assert_close(found, alpha * velocity + sigma * noisy)


def test_the_text_encoder_is_loaded_once_and_let_go_of(folder, monkeypatch):
    prior = load_prior("stable-diffusion", CPU, folder)
    loads, load = [], prior.encodings.load
    monkeypatch.setattr(prior.encodings, "load", lambda: loads.append(1) or load())
    gc.collect()
    before = sum(type(thing) is CLIPTextModel for thing in gc.get_objects())
    guidance = Distillation(prior, "a blue mug", GuidanceSettings(negative="ugly", perp_neg=1.0))
    assert loads == [1]
    views = Views(cameras_at((0, 0), (0, 90), (0, 180), (80, 0)), [Shading.DIFFUSE] * 4)
    guidance.gradient(torch.rand(4, 3, 16, 16), views, 0.0, generator())
    gc.collect()
    assert loads == [1] and sum(type(thing) is CLIPTextModel for thing in gc.get_objects()) == before


def test_long_and_odd_texts(prior):
    for text in ("mug " * 250, "🦆", " \t", "<|endoftext|>"):
        assert torch.isfinite(prior.predict_noise(noisy_rows(1, 4, 8, 8), torch.tensor([500]), [Caption(text)])).all()


def test_texts_that_are_cut_off_are_named(prior):
    long = "mug " * 80
    for _ in range(2):
        assert Distillation(prior, long, GuidanceSettings()).cut[0] == long
        assert Distillation(prior, "a mug", GuidanceSettings()).cut == []


def test_half_precision_files_serve_where_there_are_no_others(tmp_path, prior):
    other = load_prior("stable-diffusion", CPU, save_stable_diffusion(tmp_path, variant="fp16"))
    for one, same in zip(prior.unet.parameters(), other.unet.parameters()):
        assert torch.equal(one, same) and same.dtype == torch.float32 and not same.requires_grad


@pytest.mark.parametrize("card, precision", [("NVIDIA GeForce GTX 1660 Ti", "float32"), ("NVIDIA L4", "float16")])
def test_cards_whose_half_precision_is_broken_compute_in_single(monkeypatch, card, precision):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: card)
    assert half_precision(torch.device("cuda")) is getattr(torch, precision)
    assert half_precision(CPU) is torch.float32


def test_a_run_writes_a_mesh_or_says_that_there_is_none_yet(folder, tmp_path):
    command = [sys.executable, "-m", "engine", "generate", "a red mug", "--output", tmp_path / "run"]
    chosen = ["--prior", "stable-diffusion", "--weights", folder, "--device", "cpu", "--steps", "2"]
    small = ["--set", "resolutions=[[0,16]]", "--set", "render.samples=16", "--set", "mesh_resolution=32"]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, *chosen, *small], check=False, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == exits.OK, done.stderr
    said = TailReader(events_path(tmp_path / "run")).read()
    assert said[-1]["event"] == "done" and said[-1]["reason"] == "finished" and said[-1]["step"] == 2
    assert [event["final"] for event in said if event["event"] == "snapshot"][-1]
    assert any("Without a graphics card" in event.get("message", "") for event in said)


def test_sample_and_distill2d(folder, tmp_path):
    chosen = ["--prior", "stable-diffusion", "--weights", str(folder), "--device", "cpu", "--output"]
    assert main(["sample", "a mug", "--count", "2", *chosen, str(tmp_path / "sample.png")]) == exits.OK
    assert Image.open(tmp_path / "sample.png").size == (256, 128)
    assert main(["distill2d", "a mug", "--steps", "2", *chosen, str(tmp_path / "image.png")]) == exits.OK
