"""What a single file is, told by its header: files that are made here, real in their names and shapes."""

import json
import os
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from engine.guidance.kinds import MAX_HEADER, Kind, kind_of, tell
from engine.guidance.prior import PriorError

ATTENTION = "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight"
FIRST = "model.diffusion_model.input_blocks.0.0.weight"
VAE = {"first_stage_model.encoder.conv_in.weight": (128, 3, 3, 3)}
CLIP = {"cond_stage_model.transformer.text_model.embeddings.position_embedding.weight": (77, 768)}
OPEN_CLIP = {"cond_stage_model.model.positional_embedding": (77, 1024)}


def ldm(width: int, channels: int = 4) -> dict:
    return {FIRST: (320, channels, 3, 3), ATTENTION: (320, width)}


SD1, SD2 = ldm(768) | VAE | CLIP, ldm(1024) | VAE | OPEN_CLIP
TOLD = [
    (Kind.SD1, SD1),
    (Kind.SD2, SD2),
    (Kind.MVDREAM, SD2 | {"model.diffusion_model.camera_embed.0.weight": (1280, 16)}),
    (Kind.MVDREAM, {"camera_embed.0.weight": (1280, 16), "input_blocks.0.0.weight": (320, 4, 3, 3)}),
    (Kind.SDXL, ldm(2048) | VAE | {"conditioner.embedders.1.model.ln_final.bias": (1280,)}),
    (Kind.SDXL, ldm(2048)),
    (Kind.SDXL_REFINER, ldm(1280) | VAE | {"conditioner.embedders.0.model.ln_final.bias": (1280,)}),
    (Kind.SD3, {"model.diffusion_model.joint_blocks.0.x_block.mlp.fc1.bias": (6144,)} | VAE),
    (Kind.FLUX, {"double_blocks.0.img_attn.norm.key_norm.scale": (128,)}),
    (Kind.FLUX, {"single_transformer_blocks.0.attn.to_k.bias": (3072,)}),
    (Kind.INPAINTING, ldm(768, 9) | VAE | CLIP),
    (Kind.INPAINTING, ldm(1024, 9) | VAE | OPEN_CLIP),
    (Kind.DEPTH, ldm(1024, 5) | VAE | OPEN_CLIP),
    (Kind.UPSCALER, ldm(1024, 7) | VAE | OPEN_CLIP),
    (Kind.EDITOR, ldm(768, 8) | VAE | CLIP),
    (Kind.UNCLIP, SD2 | {"model.diffusion_model.label_emb.0.0.weight": (1280, 2048)}),
    (Kind.CONTROLNET, {"control_model.time_embed.0.weight": (1280, 320)}),
    (Kind.LORA, {"lora_unet_mid_block_attentions_0_proj_in.lora_up.weight": (1280, 4)}),
    (Kind.LORA, {"unet.mid_block.attentions.0.proj_in.lora_A.weight": (4, 1280)}),
    (Kind.LORA, {"unet.mid_block.attentions.0.proj_in.lora.down.weight": (4, 1280)}),
    (Kind.LORA, {"lora_unet_double_blocks_0_img_mod_lin.lora_down.weight": (4, 3072)}),
    (Kind.LYCORIS, {"lora_unet_mid_block_attentions_0_proj_in.hada_w1_a": (1280, 4)}),
    (Kind.EMBEDDING, {"emb_params": (8, 768)}),
    (Kind.UNET_ALONE, ldm(768)),
    (Kind.UNET_ALONE, ldm(1024) | VAE),
    (Kind.UNET_ALONE, {"down_blocks.0.resnets.0.conv1.bias": (320,), "conv_in.weight": (320, 4, 3, 3)}),
    (Kind.VAE, VAE),
    (Kind.VAE, {"encoder.conv_in.weight": (128, 3, 3, 3)}),
    (Kind.TEXT_ENCODER_ALONE, {"text_model.final_layer_norm.bias": (768,)}),
    (Kind.UNKNOWN, {"density": (3,)}),
    (Kind.UNKNOWN, ldm(640) | VAE | CLIP),
    (Kind.UNKNOWN, {}),
]
BROKEN = r"^The file .* is (broken|cut short.*): download it again\.$"


def write(path: Path, shapes: dict) -> Path:
    save_file({name: torch.zeros(shape, dtype=torch.uint8) for name, shape in shapes.items()}, path)
    return path


def write_header(path: Path, header: object, data: bytes = b"") -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def entry(start: object, stop: object, shape: object = (4,)) -> dict:
    return {"dtype": "U8", "shape": shape, "data_offsets": [start, stop]}


@pytest.mark.parametrize("kind, shapes", TOLD)
def test_a_file_is_told_by_its_names_and_shapes(tmp_path, kind, shapes):
    assert tell(shapes) is kind
    assert kind_of(write(tmp_path / "any.safetensors", shapes)) is kind


def test_a_files_own_name_counts_for_nothing(tmp_path):
    assert kind_of(write(tmp_path / "sdxl lora.ckpt", SD1)) is Kind.SD1


def test_only_the_header_of_a_large_file_is_read(tmp_path):
    path = write_header(tmp_path / "large", {"density": entry(0, 10**10, (10**10,))})
    os.truncate(path, path.stat().st_size + 10**10)  # a hole: it takes no room on the disk
    assert kind_of(path) is Kind.UNKNOWN


def test_what_is_no_safetensors_is_named(tmp_path):
    zipped, plain, other = (tmp_path / name for name in ("zip.safetensors", "plain.ckpt", "x.gguf"))
    torch.save({"state_dict": torch.zeros(3)}, zipped)
    assert zipfile.is_zipfile(zipped) and kind_of(zipped) is Kind.PICKLE
    for protocol in range(2, 6):
        plain.write_bytes(pickle.dumps({"state_dict": list(range(99))}, protocol=protocol))
        assert kind_of(plain) is Kind.PICKLE
    other.write_bytes(b"GGUF\x03\0\0\0" + bytes(99))
    assert kind_of(other) is Kind.GGUF
    for content in (b"", b"{", b"<!DOCTYPE html>" * 9, b"\xff" * 64):
        other.write_bytes(content)
        assert kind_of(other) is Kind.FOREIGN


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 0.999))
def test_half_a_file_is_called_so_wherever_it_ends(tmp_path, share):
    path = write(tmp_path / "whole", SD1)
    whole = path.read_bytes()
    path.write_bytes(whole[: max(9, int(share * len(whole)))])
    with pytest.raises(PriorError, match=r"^The file .* is cut short.*: download it again\.$"):
        kind_of(path)


@pytest.mark.parametrize(
    "header",
    [
        b"{not json", b"{}}", b'{"a": \xff}', b'{"a":' * 100_000, {"a": 1}, {"a": {}}, {"a": entry(0, 4, None)},
        {"a": entry(0, 4, [-4])}, {"a": entry(0, 4, ["4"])}, {"a": entry(-4, 0)}, {"a": entry("0", 4)},
        {"a": entry(4, 0)}, {"a": entry(0, 4), "b": entry(2, 4)}, {"a": entry(0, 1), "b": entry(2, 4)},
        {"a": entry(0, 3)}, {"a": entry(0, 10**30)}, {"a": {"dtype": "U8", "shape": [4], "data_offsets": [0]}},
        b'{"a": {"shape": [' + b"9" * 5_000 + b'], "data_offsets": [0, 4]}}', b"{" + b" " * 99,
    ],
)  # fmt: skip
def test_a_header_that_is_none_is_one_sentence(tmp_path, header):
    with pytest.raises(PriorError, match=BROKEN):
        kind_of(write_header(tmp_path / "file", header, bytes(4)))


def test_a_header_of_any_length_is_not_read(tmp_path):
    path = tmp_path / "file"
    for length in (MAX_HEADER + 1, 2**63, 2**64 - 1):
        path.write_bytes(length.to_bytes(8, "little") + b"{}")
        assert kind_of(path) is Kind.FOREIGN


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
ENTRIES = st.fixed_dictionaries({"shape": JSON, "data_offsets": JSON | st.tuples(st.integers(), st.integers())})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=st.dictionaries(st.text(max_size=9), JSON | ENTRIES, max_size=4), data=st.binary(max_size=9))
def test_any_header_is_told_or_refused(tmp_path, header, data):
    try:
        assert kind_of(write_header(tmp_path / "file", header, data)) in Kind
    except PriorError as error:
        assert str(error).endswith(": download it again.")


def test_a_file_that_is_not_there_is_named(tmp_path):
    for path in (tmp_path, tmp_path / "none.safetensors"):
        with pytest.raises(PriorError, match=r"^There is no file .*: choose one that is there\.$"):
            kind_of(path)
