"""The Toybox prior as guidance: what it is told, what it knows, and what is said when its files are broken."""

import shutil

import pytest
import torch

from engine.guidance.prior import PriorError, Views, load_prior
from engine.guidance.toybox import ToyboxPrior
from engine.lights import Shading
from engine.toybox.model import build, save
from tests.engine.analytic import cameras_at

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prior") / "weights"
    torch.manual_seed(0)
    toybox = build(width=32, layers=1, heads=2)
    torch.nn.init.normal_(toybox.transformer.proj_out.weight, std=0.1)
    torch.nn.init.normal_(toybox.transformer.norm_out.linear.weight, std=0.1)
    save(toybox, folder, {"objects": ["mug", "chair"]})
    return folder


@pytest.fixture(scope="module")
def prior(weights) -> ToyboxPrior:
    return load_prior("toybox", CPU, weights)


def predict(prior, prompt: str, views: Views | None = None, count: int = 1) -> torch.Tensor:
    noisy = torch.randn(count, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    return prior.predict_noise(noisy, torch.full((count,), 400), [prompt] * count, views)


def test_its_schedule(prior):
    torch.testing.assert_close(prior.alpha**2 + prior.sigma**2, torch.ones(1000), atol=1e-5, rtol=0)
    assert (prior.alpha.diff() <= 0).all() and prior.resolution == 64


def test_noise_and_clean_image_belong_together(prior):
    """z = alpha x0 + sigma eps, where x0 is the network's answer: eps is not clipped or scaled."""
    noisy = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    at = torch.tensor([300, 300])
    predicted = prior.predict_noise(noisy, at, ["a mug", "a chair"], None)
    assert predicted.shape == (4, 3, 64, 64) and predicted.dtype == torch.float32
    clean = (torch.cat([noisy, noisy]) - prior.sigma[300] * predicted) / prior.alpha[300]
    assert clean.abs().max() < 20 and not torch.equal(clean[0], clean[1])


def test_the_unconditional_half_is_told_nothing(prior):
    front, back = (Views(cameras_at((10, azimuth)), [Shading.DIFFUSE]) for azimuth in (0, 180))
    first, second, third = predict(prior, "a red mug", front), predict(prior, "a chair", back), predict(prior, "a mug")
    assert torch.equal(first[0], second[0]) and torch.equal(first[0], third[0])
    assert not torch.equal(first[1], second[1]) and not torch.equal(first[0], first[1])


@pytest.mark.parametrize(
    "other",
    [
        Views(cameras_at((10, 20)), [Shading.DIFFUSE]),
        Views(cameras_at((10, 0)), [Shading.ALBEDO]),
        Views(cameras_at((80, 0)), [Shading.DIFFUSE]),
    ],
)
def test_the_conditional_half_is_told_camera_and_shading(prior, other):
    plain = Views(cameras_at((10, 0)), [Shading.DIFFUSE])
    assert not torch.equal(predict(prior, "a mug", plain)[1], predict(prior, "a mug", other)[1])


def test_words_alone_do_not_tell_one_front_view_from_another(weights):
    words = ToyboxPrior(CPU, weights, tell_camera=False)
    near, far = (predict(words, "a mug", Views(cameras_at((10, azimuth)), [Shading.DIFFUSE])) for azimuth in (0, 40))
    assert torch.equal(near, far)
    side = predict(words, "a mug", Views(cameras_at((10, 90)), [Shading.DIFFUSE]))
    assert not torch.equal(near, side)


@pytest.mark.parametrize(
    "prompt, unknown",
    [
        ("a red mug", []),
        ("A Red MUG, please", ["please"]),
        ('"a red mug."', []),
        ("a red mug!", []),
        ("a mug with a blue handle", []),
        ("a boat", ["boat"]),
        ("a red heart", ["heart"]),
        ("zebra zebra", ["zebra"]),
        ("🦆 $(rm -rf /)", ["🦆", "$", "rm", "-rf", "/"]),
        ("red\u00a0mug", []),
        ("a chair,a mug", []),
    ],
)
def test_words_outside_of_what_it_was_taught_are_named(prior, prompt, unknown):
    assert prior.unknown_words(prompt) == unknown


def test_punctuation_does_not_hide_words(prior):
    assert torch.equal(predict(prior, '"a red mug."'), predict(prior, "a red mug"))


@pytest.mark.parametrize("prompt", ["", "!!!", "word " * 1000, "🦆", "a\ud800b".encode("utf-8", "replace").decode()])
def test_any_prompt_gives_an_answer(prior, prompt):
    assert torch.isfinite(predict(prior, prompt)).all()


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garble(path):
    path.write_bytes(b"\xff\x00garbage" * 50)


def hold_a_list(path):
    path.write_bytes(b"[]")


def remove(path):
    path.unlink()


FILES = (
    "toybox.json",
    "transformer/config.json",
    "transformer/diffusion_pytorch_model.safetensors",
    "text_encoder/config.json",
    "text_encoder/model.safetensors",
    "tokenizer/tokenizer.json",
    "tokenizer/tokenizer_config.json",
    "scheduler/scheduler_config.json",
)


@pytest.mark.parametrize("damage", [cut, garble, hold_a_list, remove])
@pytest.mark.parametrize("file", FILES)
def test_a_broken_file_is_an_error_of_one_sentence(weights, tmp_path, file, damage):
    broken = tmp_path / "weights"
    shutil.copytree(weights, broken)
    damage(broken / file)
    with pytest.raises(PriorError) as caught:
        ToyboxPrior(CPU, broken)
    assert (
        "missing or broken" in str(caught.value) and str(broken) in str(caught.value) and "\n" not in str(caught.value)
    )


def test_weights_in_a_pickle_are_not_read(weights, tmp_path):
    broken = tmp_path / "weights"
    shutil.copytree(weights, broken)
    (broken / "transformer" / "diffusion_pytorch_model.safetensors").unlink()
    torch.save({}, broken / "transformer" / "diffusion_pytorch_model.bin")
    with pytest.raises(PriorError):
        ToyboxPrior(CPU, broken)


def test_no_folder_at_all(tmp_path):
    with pytest.raises(PriorError, match="missing or broken"):
        ToyboxPrior(CPU, tmp_path / "nowhere")
