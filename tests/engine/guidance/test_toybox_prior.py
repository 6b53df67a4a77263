"""The Toybox prior as guidance: what it is told, what it knows, and what is said when its files are broken."""

import json
import shutil

import pytest
import torch

from engine.guidance.distil import Distillation
from engine.guidance.load import load_prior
from engine.guidance.prior import Caption, PriorError, Views
from engine.guidance.settings import GuidanceSettings
from engine.guidance.priors.toybox import ToyboxPrior
from engine.shading import Shading
from engine.toybox.conditioning import RESOLUTION
from engine.toybox.model import build, save
from tests.engine.analytic import cameras_at, viewpoint

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prior") / "weights"
    torch.manual_seed(0)
    toybox = build(width=32, layers=1, heads=2)
    torch.nn.init.normal_(toybox.transformer.proj_out.weight, std=0.1)
    torch.nn.init.normal_(toybox.transformer.norm_out.linear.weight, std=0.1)
    objects, colours = ["mug", "chair", "cube", "cylinder"], ["red", "blue", "yellow", "gray"]
    save(toybox, folder, {"objects": objects, "colours": colours})
    return folder


@pytest.fixture(scope="module")
def prior(weights) -> ToyboxPrior:
    return load_prior("toybox", CPU, weights)


def predict(prior, *captions: Caption) -> torch.Tensor:
    """Its noise for the same noisy image under several captions."""
    noisy = torch.randn(1, *prior.shape, generator=torch.Generator().manual_seed(0)).expand(len(captions), -1, -1, -1)
    return prior.predict_noise(noisy, torch.full((len(captions),), 400), list(captions))


def seen(
    elevation: float, azimuth: float, size: float = 0.5, text: str = "a mug", shading: Shading = Shading.DIFFUSE
) -> Caption:
    """A caption with a camera, in degrees and image widths."""
    return Caption(text, shading, viewpoint(elevation, azimuth)._replace(apparent_size=size))


def test_its_schedule(prior):
    torch.testing.assert_close(prior.alpha**2 + prior.sigma**2, torch.ones(1000), atol=1e-5, rtol=0)
    assert (prior.alpha.diff() <= 0).all() and prior.shape == (3, RESOLUTION, RESOLUTION)


def test_noise_and_clean_image_belong_together(prior):
    """z = alpha x0 + sigma eps, where x0 is the network's answer: eps is not clipped or scaled."""
    noisy = torch.randn(2, *prior.shape, generator=torch.Generator().manual_seed(0))
    at = torch.tensor([300, 300])
    predicted = prior.predict_noise(noisy, at, [Caption("a mug"), Caption("a chair")])
    assert predicted.shape == noisy.shape and predicted.dtype == torch.float32
    clean = (noisy - prior.sigma[300] * predicted) / prior.alpha[300]
    assert clean.abs().max() < 20 and not torch.equal(clean[0], clean[1])


def test_rows_do_not_know_of_each_other(prior):
    captions = [Caption(), seen(10, 0), Caption("a chair", Shading.ALBEDO), Caption("a mug")]
    together = predict(prior, *captions)
    for row, caption in zip(together, captions):
        torch.testing.assert_close(row, predict(prior, caption)[0], atol=0.02, rtol=0.02)  # bfloat16
    assert all(not torch.equal(together[0], row) for row in together[1:])


@pytest.mark.parametrize(
    "other",
    [
        seen(10, 20), seen(80, 0), seen(10, 0, size=0.6), seen(10, 0, shading=Shading.ALBEDO),
        Caption("a mug", Shading.DIFFUSE),
    ],
)
def test_it_is_told_camera_and_shading(prior, other):
    here, there = predict(prior, seen(10, 0), other)
    assert not torch.equal(here, there)


def test_shading_is_told_in_words(prior):
    told, lit, prompted = predict(prior, Caption("a mug", Shading.ALBEDO), Caption("a mug"), Caption("an unlit mug"))
    assert not torch.equal(told, lit)
    assert torch.equal(prompted, lit), "only the engine tells it"


def test_encodings_are_remembered(prior, monkeypatch):
    predict(prior, Caption("a red mug", Shading.ALBEDO))
    monkeypatch.setattr(prior.network, "encode", None)
    predict(prior, Caption("a red mug", Shading.ALBEDO), Caption("a red mug", Shading.ALBEDO, viewpoint(6, 11)))


@pytest.mark.parametrize("tell_camera", [True, False])
def test_words_alone_do_not_tell_one_front_view_from_another(prior, tell_camera):
    guidance = Distillation(prior, "a mug", GuidanceSettings(tell_camera=tell_camera))
    near, far, side = (
        guidance.gradient(
            torch.full((1, 3, 64, 64), 0.5), Views(cameras_at((10, azimuth)), [Shading.DIFFUSE]), 0.0,
            torch.Generator().manual_seed(0),
        )
        for azimuth in (0, 40, 90)
    )  # fmt: skip
    assert torch.equal(near, far) is not tell_camera and not torch.equal(near, side)


@pytest.mark.parametrize(
    "prompt, doubt",
    [
        ("a red mug", ""),
        ("a boat", 'Toybox does not know "boat".'),
        ("a red heart and a chair", 'Toybox does not know "heart".'),
        ("a red plane", 'Toybox does not know "plane".'),
    ],
)
def test_words_outside_of_what_it_was_taught_are_named(prior, prompt, doubt):
    assert prior.doubt(prompt) == doubt


def test_what_means_the_same_is_the_same_to_it(prior):
    typed, taught = predict(prior, Caption("A grey coffee-cup!"), Caption("a gray mug"))
    assert torch.equal(typed, taught)


def test_korean_prompts_are_told_to_the_network_in_english(prior):
    for korean, english in (
        ("노란 손잡이가 달린 파란 머그컵, side view", "a blue mug with a yellow handle, side view"),
        ("파란 원기둥 위의 빨간 정육면체", "a red cube on top of a blue cylinder"),
    ):
        for told, taught in zip(prior.encode_caption(Caption(korean)), prior.encode_caption(Caption(english))):
            assert torch.equal(told, taught)


def test_punctuation_does_not_hide_words(prior):
    marked, unmarked = predict(prior, Caption('"a red mug."'), Caption("a red mug"))
    assert torch.equal(marked, unmarked)


@pytest.mark.parametrize("prompt", ["", "!!!", "word " * 1000, "🦆", "a\ud800b".encode("utf-8", "replace").decode()])
def test_any_prompt_gives_an_answer(prior, prompt):
    assert torch.isfinite(predict(prior, Caption(prompt))).all()


def test_texts_that_are_cut_off_are_named(prior):
    longest = "a DSLR photo of a red cube on top of a blue cylinder"
    assert prior.prepare([f"{longest}, front view"]) == []
    assert prior.prepare([f"very {longest}, front view", longest]) == [f"very {longest}, front view"]


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
    "words.json",
    "transformer/config.json",
    "transformer/diffusion_pytorch_model.safetensors",
    "text_encoder/config.json",
    "text_encoder/model.safetensors",
    "tokenizer/tokenizer.json",
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


def test_a_shading_that_weights_were_never_taught_is_not_asked_for(weights, tmp_path):
    old = tmp_path / "weights"
    shutil.copytree(weights, old)
    file = old / "tokenizer" / "tokenizer.json"
    tokenizer = json.loads(file.read_text(encoding="utf-8"))
    del tokenizer["model"]["vocab"]["position"]
    file.write_text(json.dumps(tokenizer), encoding="utf-8")
    prior = ToyboxPrior(CPU, old)
    prior.encode_caption(Caption("a mug", Shading.ALBEDO))
    with pytest.raises(PriorError, match="never taught position maps: train it further.*'shading.position' to 0"):
        prior.encode_caption(Caption("a mug", Shading.POSITION))
