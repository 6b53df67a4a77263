"""Stand-ins of every kind, after a few iterations, are what the loaders of the real priors read."""

from __future__ import annotations

import itertools
import random

import pytest
import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import load_file
from torch.nn.functional import avg_pool2d
from transformers import CLIPTokenizer

from benchmarks.stand_ins.denoising import KEPT, denoising_loss, poses, train_stand_in
from benchmarks.stand_ins.fronts import train_classifier
from benchmarks.stand_ins.images import Images, read_or_render
from benchmarks.stand_ins.kinds import BETAS, KINDS, save
from benchmarks.stand_ins.latents import as_input, train_autoencoder
from benchmarks.stand_ins.networks import autoencoder as autoencoder_network
from benchmarks.stand_ins.texts import MEANINGLESS, draw_caption, save_clip_vocabulary
from benchmarks.stand_ins.training import clock, rate_share, train
from benchmarks.stand_ins.world import COLOURS, OBJECTS, prompts
from engine.cameras import sample_cameras
from engine.guidance.load import load_prior
from engine.guidance.prior import Views
from engine.guidance.priors.mvdream import camera_matrices
from engine.optimise import Optimisation
from engine.run.settings import RunSettings
from engine.settings import engine_settings
from engine.shading import Shading
from engine.toybox.captions import VIEWS

CPU = torch.device("cpu")


def few(iterations: int):
    """Progress that ends after so many."""
    return itertools.chain([0.0] * iterations, [1.0]).__next__


def cameras_of(prior: str):
    return engine_settings(RunSettings("-", prior=prior, preset="draft")).cameras


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> dict[str, Images]:
    folder = tmp_path_factory.mktemp("images")
    return {
        prior: read_or_render(folder / f"{prior}.npz", cameras_of(prior), 4, 2, ("duck", "ball"))
        for prior in ("stable-diffusion", "mvdream")
    }


@pytest.fixture(scope="module")
def autoencoder(images, tmp_path_factory):
    folder = tmp_path_factory.mktemp("autoencoder")
    train_autoencoder(images["mvdream"].pixels, folder, few(2))
    return folder


def test_prompts_name_each_object_once():
    asked = prompts(OBJECTS)
    assert len(set(asked)) == len(OBJECTS) == 20 and len(COLOURS) == 8
    assert all(name in prompt.split() for name, prompt in zip(OBJECTS, asked))


def test_the_rate_rises_and_falls():
    assert rate_share(0, 0.0) == pytest.approx(0.01) and rate_share(99, 0.0) == 1.0
    assert rate_share(500, 1.0) == pytest.approx(0.0) and rate_share(500, 2.0) == pytest.approx(0.0)


def test_a_clock_begins_when_it_is_asked(monkeypatch):
    times = iter([100.0, 130.0, 160.0])
    monkeypatch.setattr("benchmarks.stand_ins.training.time.monotonic", lambda: next(times))
    progress = clock(1)
    assert [progress(), progress(), progress()] == [0.0, 0.5, 1.0]


def test_the_average_follows_a_line_to_its_least():
    torch.manual_seed(0)
    line = torch.nn.Linear(2, 1)
    average = train(line, lambda: (line(torch.randn(64, 2)) - 3).square().mean(), 0.1, few(400))
    torch.testing.assert_close(average(torch.zeros(1, 2)), torch.full((1, 1), 3.0), atol=0.1, rtol=0.1)
    assert not average.weight.requires_grad


def test_a_loss_that_is_not_finite_stops():
    line = torch.nn.Linear(1, 1)
    with pytest.raises(FloatingPointError, match="at step 1"):
        train(line, lambda: line(torch.full((1, 1), torch.nan)).sum(), 0.1, few(2))


def test_images_show_what_is_said_of_them(images):
    for prior, group in (("stable-diffusion", 1), ("mvdream", 4)):
        found = images[prior]
        assert found.pixels.shape == (16, 3, 64, 64) and found.pixels.dtype == torch.uint8
        assert [OBJECTS[thing] for thing in found.thing[::8]] == ["duck", "ball"]
        assert (found.colour.view(-1, group) == found.colour.view(-1, group)[:, :1]).all()
        backward = found.pose[:, [2, 5, 8]]  # a camera looks along its -z, here at the origin or nearly so
        assert ((backward * found.pose[:, 9:]).sum(1) > 0.8).all()
    assert (images["mvdream"].view.view(-1, 4) == VIEWS.index("side")).sum(1).eq(2).all()


def test_a_classifier_learns_the_sides_of_a_duck(images):
    classifier, _ = train_classifier(images["stable-diffusion"], steps=30)
    ducks = images["stable-diffusion"].thing == OBJECTS.index("duck")
    found = classifier.classify(images["stable-diffusion"].pixels[ducks] / 255)
    assert {name for name, _, _ in found} == {"duck"}


def test_poses_are_what_the_prior_is_told():
    cameras = sample_cameras(4, cameras_of("mvdream"), torch.Generator().manual_seed(0))
    pose = torch.cat([cameras.rotation.flatten(1), torch.nn.functional.normalize(cameras.position, dim=-1)], 1)
    told = camera_matrices([camera for camera, _ in Views(cameras, [Shading.ALBEDO] * 4)])
    nothing = torch.zeros(4, dtype=torch.uint8)
    torch.testing.assert_close(poses(Images(nothing, nothing, nothing, nothing, pose)), told)


def test_captions_say_what_is_seen_or_nothing():
    rng = random.Random(0)
    drawn = [draw_caption(OBJECTS.index("duck"), COLOURS.index("red"), VIEWS.index("back"), rng) for _ in range(400)]
    dropped = [text for text in drawn if text in MEANINGLESS]
    assert 20 <= len(dropped) <= 60
    kept = [text for text in drawn if text not in MEANINGLESS]
    assert 250 < sum("red" in text for text in kept) < len(kept)
    assert 250 < sum("back view" in text for text in kept) < len(kept)


def test_words_are_whole(tmp_path):
    count = save_clip_vocabulary(tmp_path)
    tokenizer = CLIPTokenizer.from_pretrained(tmp_path)
    words = f"{' '.join(OBJECTS)} {' '.join(COLOURS)} front side back overhead view".split()
    whole = [tokenizer.convert_tokens_to_ids(f"{word}</w>") for word in words]
    assert tokenizer(" ".join(words)).input_ids[1:-1] == whole
    assert tokenizer("").input_ids == [count - 2, count - 1]
    assert tokenizer.unk_token_id not in tokenizer("zebra").input_ids[1:-1]


@torch.no_grad()
def test_an_untrained_autoencoder_has_colours_for_latents(images):
    torch.manual_seed(0)
    vae, seen = autoencoder_network(), as_input(images["stable-diffusion"].pixels)
    latents = vae.encode(seen).latent_dist
    patches = avg_pool2d(seen, 8)
    assert (latents.mode()[:, :3] - patches).square().mean() < 0.02 * patches.var()
    assert latents.std.max() < 0.1
    assert (vae.decode(latents.mode()).sample - seen).square().mean() < 0.5 * seen.var()


@pytest.mark.parametrize("name", ["sd-eps", "sd-v"])
def test_the_loss_of_a_perfect_guess_is_nothing(name):
    scheduler = KINDS[name].scheduler()
    clean = torch.randn(4, 4, 2, 2, generator=torch.Generator().manual_seed(0))

    class Knows(torch.nn.Module):
        """What was done to the images, by the images."""

        def forward(self, noisy, timesteps):
            alpha, sigma = (
                power.sqrt().view(-1, 1, 1, 1)
                for power in (scheduler.alphas_cumprod[timesteps], 1 - scheduler.alphas_cumprod[timesteps])
            )
            noise = (noisy - alpha * clean) / sigma
            guess = alpha * noise - sigma * clean if KINDS[name].velocity else noise
            return type("Output", (), {"sample": guess})

    assert denoising_loss(Knows(), scheduler, clean, {}).item() == pytest.approx(0.0, abs=1e-5)
    assert scheduler.config.beta_start == BETAS["beta_start"]


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("name", list(KINDS))
def test_a_stand_in_is_trained_saved_loaded_and_takes_a_step(name, images, autoencoder, tmp_path):
    kind = KINDS[name]
    taught = images["mvdream" if kind.knows_cameras else "stable-diffusion"]
    train_stand_in(kind, taught, autoencoder, tmp_path, few(2), size=4)
    learned = load_file(tmp_path / KEPT)
    train_stand_in(kind, taught, autoencoder, tmp_path, few(0), size=4, seed=1)
    for name_of_weight, tensor in load_file(tmp_path / KEPT).items():
        torch.testing.assert_close(tensor, learned[name_of_weight])
    prior = load_prior(kind.prior, CPU, tmp_path)
    assert prior.shape == ((4, 8, 8) if kind.has_latents else (3, 32, 32))
    assert prior.resolution == (64 if kind.has_latents else 32) and prior.prediction == (
        "v_prediction" if kind.velocity else "epsilon"
    )
    small = {"resolutions": [[0.0, 16]], "render.samples": 16, "field.grid.resolutions": [16]}
    settings = engine_settings(RunSettings("-", prior=kind.prior, preset="draft", overrides=small))
    optimisation = Optimisation("a red duck", prior, settings, 0, CPU)
    assert optimisation.take_step().gradient_size > 0 and optimisation.step == 1


def test_original_names_lead_back_to_the_same_weights(tmp_path, autoencoder):
    torch.manual_seed(0)
    kind = KINDS["mvdream"]
    tokens = kind.save_vocabulary(tmp_path / "tokenizer")
    trained = torch.nn.ModuleDict({"unet": kind.unet(), "text_encoder": kind.text_encoder(tokens)})
    save(kind, trained, autoencoder, tmp_path)
    names = load_file(tmp_path / "unet" / "diffusion_pytorch_model.safetensors")
    assert "input_blocks.1.1.transformer_blocks.0.attn1.to_q.weight" in names and len(names) == len(
        trained["unet"].state_dict()
    )
    loaded: UNet2DConditionModel = load_prior("mvdream", CPU, tmp_path).unet
    for name, tensor in trained["unet"].state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[name], tensor)
