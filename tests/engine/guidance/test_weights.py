"""Finding a prior's weights in a folder."""

import json
from pathlib import Path

import pytest

from engine.guidance.prior import PriorError
from engine.guidance.weights import VOCABULARIES, find_here, find_weights, lacking, misfit, weights_in
from engine.run.priors import PRIORS

SD = PRIORS["stable-diffusion"]


def fake(folder: Path, *files: str) -> Path:
    """A folder with empty files."""
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()
    return folder


WHOLE = [
    "scheduler/scheduler_config.json", "tokenizer/tokenizer_config.json", "unet/config.json", "vae/config.json",
    "text_encoder/config.json", "unet/diffusion_pytorch_model.safetensors", "vae/diffusion_pytorch_model.safetensors",
    "text_encoder/model.safetensors",
]  # fmt: skip


@pytest.mark.parametrize("left_out", WHOLE)
def test_what_a_folder_lacks_is_named(tmp_path, left_out):
    fake(tmp_path, "tokenizer/tokenizer.json", *(file for file in WHOLE if file != left_out))
    part = left_out.partition("/")[0]
    assert lacking(tmp_path, SD) == (left_out if left_out.endswith("json") else f"weights in safetensors in {part}")
    with pytest.raises(PriorError, match=rf"^The folder .* holds no Stable Diffusion: it lacks .*{part}.*\.$"):
        find_weights("stable-diffusion", str(tmp_path), False, print)
    fake(tmp_path, left_out)
    assert lacking(tmp_path, SD) == "" and find_weights("stable-diffusion", str(tmp_path), False, print) == tmp_path


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_a_vocabulary_is_wanted_whole(tmp_path, vocabulary):
    fake(tmp_path, *WHOLE, *(f"tokenizer/{file}" for file in vocabulary[:-1]))
    assert lacking(tmp_path, SD) == "a vocabulary in tokenizer"
    fake(tmp_path, f"tokenizer/{vocabulary[-1]}")
    assert not lacking(tmp_path, SD)


@pytest.mark.parametrize("said, lack", [
    ({"in_channels": 4}, ""), ({"in_channels": 9}, "a U-Net with in_channels 4"),
    ({"addition_embed_type": "text_time"}, "a U-Net with addition_embed_type None"), ([], ""),
    ({"_class_name": "MultiViewUNetModel"}, "a U-Net with _class_name UNet2DConditionModel"),
])  # fmt: skip
def test_a_unet_of_another_model_is_seen_by_its_configuration(tmp_path, said, lack):
    fake(tmp_path, "tokenizer/tokenizer.json", *WHOLE)
    (tmp_path / "unet" / "config.json").write_text(json.dumps(said))
    assert misfit(tmp_path, SD, *SD.source.unet) == lack
    assert lacking(tmp_path, SD) == (lack if "class" in lack else "")


def test_weights_have_many_names(tmp_path):
    fake(tmp_path / "unet", "diffusion_pytorch_model.non_ema.safetensors", "diffusion_pytorch_model.bin")
    assert not weights_in(tmp_path, "unet", True) and not weights_in(tmp_path, "unet", False)
    fake(tmp_path / "unet", "diffusion_pytorch_model.fp16.safetensors")
    assert weights_in(tmp_path, "unet", True) and not weights_in(tmp_path, "unet", False)
    fake(tmp_path / "text_encoder", "model-00001-of-00002.safetensors", "model.fp16-00001-of-00001.safetensors")
    assert not weights_in(tmp_path, "text_encoder", False) and len(weights_in(tmp_path, "text_encoder", True)) == 1
    fake(tmp_path / "text_encoder", "model-00002-of-00002.safetensors")
    assert len(weights_in(tmp_path, "text_encoder", False)) == 2
    fake(tmp_path / "vae", "diffusion_pytorch_model-00001-of-final.safetensors")
    assert not weights_in(tmp_path, "vae", False)


@pytest.mark.parametrize(
    "place",
    ["/no/such/folder", "sd15", "C:\\models\\sd", "a/b/c", "a--b/c", "owner/x.", "owner/x.git", "ü/y"],
)
def test_a_folder_that_is_not_there_is_no_name_on_the_hub(place):
    with pytest.raises(PriorError, match="^There is no folder .*: choose the one that DeepFloyd IF is in, or none"):
        find_here("deepfloyd-if", place)


def test_a_single_file_is_named_as_one_where_it_can_not_serve():
    with pytest.raises(PriorError, match=r"is one file: choose a folder in diffusers' layout.*\.$"):
        find_here("deepfloyd-if", "models/dreams_8.safetensors")


@pytest.mark.parametrize("place", ["models/dreams_8.safetensors", "/no/such/model.ckpt", "C:\\sd.pt"])
def test_a_single_file_that_is_not_there_is_named(place):
    with pytest.raises(PriorError, match=r"^There is no file .*: choose one that is there\.$"):
        find_here("stable-diffusion", place)


@pytest.mark.parametrize("name", ["v1-5.ckpt", "v1-5.safetensors", "v1-5"])
def test_a_single_file_of_another_kind_is_named(tmp_path, name):
    (tmp_path / name).write_bytes(b"PK\x03\x04" + bytes(99))
    with pytest.raises(PriorError, match=r"v1-5.* is a pickle, which may hold a program: choose a safetensors file of"):
        find_here("stable-diffusion", str(tmp_path / name))
