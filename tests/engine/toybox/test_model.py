"""The Toybox network at a tiny size: what it is told arrives, and what is saved comes back."""

import json

import pytest
import torch

from engine.cameras import sample_cameras
from engine.shading import Shading
from engine.toybox.captions import SHADING_WORDS, VIEWS, VOCABULARY
from engine.toybox.conditioning import (
    APPARENT_SIZES,
    CAMERA_FEATURES,
    CAPTION_LENGTH,
    RESOLUTION,
    camera_features,
)
from engine.toybox.data import CAMERAS
from engine.toybox.model import Toybox, build, build_tokenizer, encode, load, predict_clean, save
from engine.toybox.sample import ancestral_samples


@pytest.fixture(scope="module")
def toybox() -> Toybox:
    torch.manual_seed(0)
    made = build(width=32, layers=1, heads=2)
    made.networks().eval().requires_grad_(False)
    # The last layer starts at zero, which would hide what comes before it.
    torch.nn.init.normal_(made.transformer.proj_out.weight, std=0.1)
    torch.nn.init.normal_(made.transformer.norm_out.linear.weight, std=0.1)
    for block in made.transformer.transformer_blocks:
        torch.nn.init.normal_(block.norm1.linear.weight, std=0.1)
    return made


def answer(
    toybox: Toybox, captions: list[str], camera: torch.Tensor | None = None, timestep: int = 500
) -> torch.Tensor:
    count = len(captions)
    noisy = torch.randn(1, 3, RESOLUTION, RESOLUTION, generator=torch.Generator().manual_seed(1)).expand(
        count, -1, -1, -1
    )
    camera = torch.zeros(count, CAMERA_FEATURES) if camera is None else camera
    return predict_clean(toybox, noisy, torch.full((count,), timestep), *encode(toybox, captions), camera)


def test_the_vocabulary_has_an_id_per_word():
    tokenizer = build_tokenizer()
    ids = [tokenizer.convert_tokens_to_ids(word) for word in VOCABULARY]
    assert len(set(ids)) == len(VOCABULARY) and tokenizer.unk_token_id not in ids
    assert len(tokenizer) == len(VOCABULARY) + 4


def test_words_are_split_at_spaces_and_commas_in_any_case():
    tokenizer = build_tokenizer()
    found = tokenizer.convert_ids_to_tokens(tokenizer("A Red MUG,side view , unlit").input_ids)
    assert found == ["<start>", "a", "red", "mug", ",", "side", "view", ",", "unlit", "<end>"]


def test_unknown_words_become_one_token():
    tokenizer = build_tokenizer()
    assert tokenizer("zebra").input_ids[1] == tokenizer.unk_token_id == tokenizer("🦆").input_ids[1]


def test_long_captions_keep_their_end_token():
    tokenizer = build_tokenizer()
    ids = tokenizer(["red " * 90], padding="max_length", truncation=True, max_length=CAPTION_LENGTH).input_ids[0]
    assert len(ids) == CAPTION_LENGTH and ids[-1] == tokenizer.eos_token_id


def test_encodings_do_not_depend_on_the_company(toybox):
    tokens, pooled = encode(toybox, ["a red mug", "", "a teal house, back view"])
    alone = encode(toybox, ["a red mug"])
    assert tokens.shape == (3, CAPTION_LENGTH, 32) and pooled.shape == (3, 32)
    torch.testing.assert_close(tokens[:1], alone[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(pooled[:1], alone[1], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    "captions",
    [
        [f"a red mug, {view} view" for view in VIEWS],
        [f"a red mug, side view{', ' * bool(word)}{word}" for word in (SHADING_WORDS[shading] for shading in Shading)],
        ["a mug that is red", "a mug that is blue"],
        ["red mug with a blue handle", "red mug with a green handle"],
        ["a mug", ""],
    ],
)
def test_the_pooled_encoding_knows_the_whole_caption(toybox, captions):
    _, pooled = encode(toybox, captions)
    distances = torch.cdist(pooled, pooled) + torch.eye(len(captions))
    assert distances.min() > 1e-3


def test_camera_features_tell_cameras_apart_and_from_none():
    elevation, azimuth = torch.tensor([0.0, 0.0, 0.5, 1.2, 0.0]), torch.tensor([0.0, 1.0, 0.0, 3.0, 0.0])
    size = torch.tensor([0.5, 0.5, 0.5, 0.5, 0.6])
    features = camera_features(elevation, azimuth, size)
    assert features.shape == (5, CAMERA_FEATURES) and features.abs().max() <= 1
    assert (torch.cdist(features, features) + torch.eye(5)).min() > 0.1
    assert (features.norm(dim=-1) > 1).all()
    turned = camera_features(elevation, azimuth - 2 * torch.pi, size)
    torch.testing.assert_close(turned, features, atol=1e-5, rtol=0)


def test_apparent_sizes_that_were_never_shown_are_told_as_the_nearest_that_were():
    angle, sizes = torch.zeros(4), torch.tensor([0.1, APPARENT_SIZES[0], APPARENT_SIZES[1], 2.0])
    smaller, smallest, largest, larger = camera_features(angle, angle, sizes)
    assert torch.equal(smaller, smallest) and torch.equal(larger, largest)
    drawn = sample_cameras(500, CAMERAS, torch.Generator().manual_seed(0)).apparent_size
    assert APPARENT_SIZES[0] <= drawn.min() and drawn.max() <= APPARENT_SIZES[1]


def test_the_answer_depends_on_caption_camera_and_timestep(toybox):
    plain = answer(toybox, ["a red mug"])
    assert plain.shape == (1, 3, RESOLUTION, RESOLUTION)
    told = camera_features(torch.tensor([0.3]), torch.tensor([1.0]), torch.tensor([0.5]))
    for other in (
        answer(toybox, ["a blue mug"]),
        answer(toybox, ["a red mug"], told),
        answer(toybox, ["a red mug"], None, 100),
    ):
        assert (other - plain).abs().max() > 1e-4


def test_save_and_load(toybox, tmp_path):
    kept = build(width=32, layers=1, heads=2)
    kept.networks().load_state_dict(toybox.networks().state_dict())
    save(kept, tmp_path / "weights", {"objects": ["mug"], "colours": ["red"], "note": "tiny"})
    loaded = load(tmp_path / "weights")
    assert json.loads((tmp_path / "weights" / "toybox.json").read_text(encoding="utf-8"))["objects"] == ["mug"]
    expected = toybox.networks().state_dict()
    for name, tensor in loaded.networks().state_dict().items():
        assert tensor.dtype == expected[name].dtype and torch.equal(tensor, expected[name].half().to(tensor.dtype)), (
            name
        )
    assert not any(parameter.requires_grad for parameter in loaded.networks().parameters())
    assert not loaded.transformer.training and not loaded.text_encoder.training
    torch.testing.assert_close(answer(loaded, ["a red mug"]), answer(toybox, ["a red mug"]), atol=0.02, rtol=0.02)
    torch.testing.assert_close(loaded.scheduler.alphas_cumprod, toybox.scheduler.alphas_cumprod)


def test_nothing_on_disk_is_a_pickle(toybox, tmp_path):
    kept = build(width=32, layers=1, heads=2)
    save(kept, tmp_path, {"objects": [], "colours": ["red"]})
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} <= {
        ".json",
        ".safetensors",
        ".jinja",
        ".txt",
    }


def test_the_schedule_goes_from_clean_to_noise(toybox):
    cumulative = toybox.scheduler.alphas_cumprod
    assert (cumulative.diff() < 0).all() and cumulative[0] > 0.99 and cumulative[-1] < 1e-4
    assert toybox.scheduler.config.prediction_type == "sample"


def test_samples_are_images_and_repeat_with_their_seed(toybox):
    first, again, other = (ancestral_samples(toybox, ["a red mug"] * 2, steps=3, seed=seed) for seed in (0, 0, 1))
    assert first.shape == (2, 3, RESOLUTION, RESOLUTION) and first.min() >= 0 and first.max() <= 1
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert not torch.equal(first[0], first[1])
