"""What is said to be on this machine: priors, and what lies in a folder of models."""

from __future__ import annotations

import json

import huggingface_hub.constants as hub
import pytest
import torch
from safetensors.torch import save_file

from engine import __main__ as command_line
from engine.guidance.kinds import UNET
from engine.guidance.prior import PriorError
from engine.guidance.survey import survey, table
from engine.run import exits
from engine.run.priors import PRIORS
from tests.engine.guidance.published import published, save_mvdream
from tests.engine.guidance.tiny import save_stable_diffusion


@pytest.fixture
def models(tmp_path, monkeypatch):
    """A folder as artists have it, and an empty cache."""
    monkeypatch.setattr(hub, "HF_HUB_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "models"
    save_stable_diffusion(folder / "my model")
    save_mvdream(folder / "four views", published().tensors)
    (folder / "half" / "unet").mkdir(parents=True)
    xl = {"conditioner.embedders.1.weight": torch.zeros(2), f"{UNET}input_blocks.0.0.weight": torch.zeros(8, 4, 3, 3)}
    save_file(xl, folder / "Stable Diffusion 1.5.safetensors")
    (folder / "broken.safetensors").write_bytes((10**6).to_bytes(8, "little") + b"{")
    (folder / "old.ckpt").write_bytes(b"PK\x03\x04" + bytes(20))
    (folder / "notes.txt").write_text("mine")
    return folder


def test_every_prior_of_the_table_comes_first(models):
    found = survey()
    assert [entry.prior for entry in found] == list(PRIORS)
    built_in, *others = found
    assert built_in.place == "built in" and not built_in.missing
    for entry in others:
        assert entry.place == PRIORS[entry.prior].source.name and entry.licence == PRIORS[entry.prior].source.licence
        assert entry.missing.endswith(f"python -m engine download {entry.prior}")


def test_files_and_folders_are_told_by_what_is_in_them(models):
    found = {entry.place.rpartition("/")[2]: entry for entry in survey(models)[len(PRIORS) :]}
    files = {"Stable Diffusion 1.5.safetensors", "broken.safetensors", "old.ckpt"}
    assert set(found) == {"my model", "four views", "half", *files}
    assert found["my model"].prior == "stable-diffusion" and not found["my model"].missing
    assert found["my model"].size > 10_000
    assert found["four views"].prior == "mvdream" and not found["four views"].missing
    assert not found["half"].prior and found["half"].missing.startswith("it lacks scheduler")
    misnamed = found["Stable Diffusion 1.5.safetensors"]
    assert misnamed.what == "Stable Diffusion XL" and not misnamed.prior and "no prior" in misnamed.missing
    assert "cut short" in found["broken.safetensors"].missing
    assert found["old.ckpt"].what.startswith("a pickle")


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(PriorError, match="folder of models .* cannot be read .*: choose another"):
        survey(tmp_path / "nowhere")


def test_the_command_prints_a_table_or_json(models, capsys):
    assert command_line.main(["priors", "--models", str(models)]) == exits.OK
    lines = capsys.readouterr().out.splitlines()
    assert lines == table(survey(models)).splitlines() and lines[0].startswith("prior ")
    assert command_line.main(["priors", "--json"]) == exits.OK
    assert [entry["prior"] for entry in json.loads(capsys.readouterr().out)] == list(PRIORS)


def test_what_is_built_in_or_unknown_can_not_be_downloaded(capsys):
    for name, words in (("toybox", "is built in"), ("wug", "choose one of toybox, stable-diffusion")):
        assert command_line.main(["download", name]) == exits.BAD_INPUT
        assert words in capsys.readouterr().err
