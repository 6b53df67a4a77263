"""Weights of Stable Diffusion that are broken, or of another model: one sentence each, before the first step."""

import json

import pytest
import torch
from diffusers import UNet2DConditionModel

from engine.guidance.distil import Distillation
from engine.guidance.load import load_prior
from engine.guidance.prior import PriorError
from engine.guidance.settings import GuidanceSettings
from tests.engine.guidance.tiny import save_stable_diffusion

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_stable_diffusion(tmp_path_factory.mktemp("sd"))


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garble(path):
    path.write_bytes(b"\xff\x00garbage" * 50)


def hold_a_list(path):
    path.write_bytes(b"[]")


@pytest.mark.parametrize("damage", [cut, garble, hold_a_list])
@pytest.mark.parametrize(
    "file",
    ["unet/config.json", "unet/diffusion_pytorch_model.safetensors", "vae/diffusion_pytorch_model.safetensors",
     "text_encoder/config.json", "text_encoder/model.safetensors", "scheduler/scheduler_config.json",
     "tokenizer/vocab.json"],
)  # fmt: skip
def test_a_broken_file_is_named_in_one_sentence(folder, file, damage):
    path = folder / file
    whole = path.read_bytes()
    try:
        damage(path)
        with pytest.raises(PriorError) as caught:
            Distillation(load_prior("stable-diffusion", CPU, folder), "a mug", GuidanceSettings())
    finally:
        path.write_bytes(whole)
    sentence = str(caught.value)
    assert f"The {path.parent.name} of the prior in {folder} is broken" in sentence and "\n" not in sentence


def test_a_folder_s_own_code_is_never_run_nor_asked_about(tmp_path, capfd):
    folder = save_stable_diffusion(tmp_path / "sd")
    about = folder / "text_encoder" / "config.json"
    said = json.loads(about.read_text(encoding="utf-8")) | {
        "model_type": "theirs", "auto_map": {"AutoConfig": "theirs.Config"},
    }
    about.write_text(json.dumps(said), encoding="utf-8")
    code = f"open({str(tmp_path / 'was-run')!r}, 'w')\nfrom transformers import CLIPTextConfig as Config\n"
    (folder / "text_encoder" / "theirs.py").write_text(code, encoding="utf-8")
    with pytest.raises(PriorError, match="The text_encoder of the prior in .* is broken"):
        load_prior("stable-diffusion", CPU, folder)
    assert not (tmp_path / "was-run").exists() and "custom code" not in "".join(capfd.readouterr())


def test_weights_that_lack_a_tensor_are_broken(tmp_path):
    from safetensors.torch import load_file, save_file

    path = save_stable_diffusion(tmp_path) / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(path)
    del tensors["conv_in.bias"]
    save_file(tensors, path, {"format": "pt"})
    with pytest.raises(PriorError, match="The unet of the prior .* is broken"):
        load_prior("stable-diffusion", CPU, tmp_path)


def test_what_is_not_read_is_said(tmp_path):
    config = save_stable_diffusion(tmp_path) / "scheduler" / "scheduler_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"prediction_type": "sample"}), encoding="utf-8")
    with pytest.raises(PriorError, match="predicts 'sample': choose one for epsilon or v_prediction"):
        load_prior("stable-diffusion", CPU, tmp_path)


@pytest.mark.parametrize(
    "file, change, words",
    [
        ("text_encoder", {"hidden_size": 24}, "wants captions 16 wide, and the text encoder's are 24"),
        ("unet", {"class_embed_type": "projection", "projection_class_embeddings_input_dim": 8}, "told more than a"),
        (
            "unet",
            {"addition_embed_type": "text_time", "addition_time_embed_dim": 8,
             "projection_class_embeddings_input_dim": 64},
            "told more than a caption",
        ),
    ],
)  # fmt: skip
def test_models_of_other_kinds_are_refused_before_the_first_step(tmp_path, file, change, words):
    save_stable_diffusion(tmp_path)
    if file == "unet":
        network = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(tmp_path / file) | change)
        network.save_pretrained(tmp_path / file)
    else:
        config = tmp_path / file / "config.json"
        config.write_text(json.dumps(json.loads(config.read_text()) | change), encoding="utf-8")
    with pytest.raises(PriorError, match=f"{words}.*: choose the folder of another text-to-image model"):
        load_prior("stable-diffusion", CPU, tmp_path)
