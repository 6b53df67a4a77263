"""Score distillation of a plain image: it comes to what the prior expects, and a picture tells of it."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from engine.__main__ import main
from engine.curve import SIZE
from engine.distill2d import COLUMNS, TILE, distil_image, picture, running_mean
from engine.guidance.distil import Distillation
from engine.guidance.settings import GuidanceSettings
from engine.run import exits
from tests.engine.analytic import GaussianPrior

TALL, WIDE = SIZE[1], COLUMNS * TILE + SIZE[0]


def distil(prior, steps: int, seed: int = 0, **settings) -> tuple[list[torch.Tensor], list[float]]:
    guidance = Distillation(prior, "a mug", GuidanceSettings(**settings))
    images, sizes = [], []
    for image, sizes in distil_image(guidance, steps, 2, torch.Generator().manual_seed(seed), torch.device("cpu")):
        images.append(image.clone())
    return images, sizes


@pytest.mark.parametrize("settings", [{}, {"form": "noise", "weighting": "sigma2"}])
def test_it_comes_to_the_priors_mean(settings):
    mean = torch.linspace(-0.8, 0.8, 64).view(8, 8)
    images, sizes = distil(GaussianPrior(mean, 0.05), 150, **settings)
    assert len(images) == 151 and len(sizes) == 150
    assert torch.equal(images[0], torch.full((1, 3, 8, 8), 0.5))
    torch.testing.assert_close(2 * images[-1] - 1, mean.expand(1, 3, 8, 8), atol=0.05, rtol=0)
    if not settings:
        assert np.mean(sizes[-20:]) < 0.3 * np.mean(sizes[:20])


def test_a_seed_decides_everything():
    one, same, other = (distil(GaussianPrior(0.4, 0.3), 3, seed)[0][-1] for seed in (1, 1, 2))
    assert torch.equal(one, same) and not torch.equal(one, other)


def test_the_picture_holds_the_image_at_its_steps_and_the_curve():
    red, blue = torch.tensor([1.0, 0, 0]), torch.tensor([0, 0, 1.0])
    frames = [(step, colour.view(1, 3, 1, 1).expand(1, 3, 8, 8)) for step, colour in ((0, red), (9, blue))]
    found = np.asarray(Image.open(io.BytesIO(picture(frames, [1.0, 0.5, 0.1]))))
    assert found.shape == (TALL, WIDE, 3)
    assert found[TILE // 2, TILE // 2].tolist() == [255, 0, 0]
    assert found[TILE // 2, TILE + TILE // 2].tolist() == [0, 0, 255]
    assert (found[:, COLUMNS * TILE :] != 255).any()
    assert (found[TILE:, :TILE] < 128).any()  # the step's number below its image


def test_the_running_mean():
    assert running_mean([], 0.5) == []
    assert running_mean([4.0, 2.0, 0.0, 2.0], 0.5) == [4.0, 3.0, 1.0, 1.0]
    assert running_mean([1.0, 5.0]) == [1.0, 5.0]


def test_the_command_writes_a_picture(tmp_path, capsys):
    output = tmp_path / "a mug.png"
    arguments = ["distill2d", "a red mug", "--output", str(output), "--steps", "3", "--device", "cpu", "--seed", "5"]
    assert main([*arguments, "--set", "views=1", "--set", "guidance.form=noise"]) == exits.OK
    assert capsys.readouterr().out.strip() == str(output)
    found = np.asarray(Image.open(output))
    assert found.shape == (TALL, WIDE, 3)
    first, last = found[:TILE, :TILE], found[:TILE, 3 * TILE : 4 * TILE]
    assert (abs(first.astype(int) - 128) <= 1).all() and first.std() < last.std()


@pytest.mark.parametrize(
    "arguments, code, words",
    [
        (["--steps", "0"], exits.BAD_INPUT, "number of steps must be from 1"),
        (["--prior", "imagen"], exits.BAD_INPUT, "choose one of toybox"),
        (["--seed", "-1"], exits.BAD_INPUT, "seed must be from 0"),
        (["--set", "guidance.strength=3"], exits.BAD_INPUT, "'guidance.strength' does not exist"),
        (["--set", "guidance.form=sds"], exits.BAD_INPUT, "choose one of clean, noise"),
        (["--set", "guidance.form"], exits.BAD_INPUT, "NAME=VALUE"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, capsys, arguments, code, words):
    assert main(["distill2d", "a mug", "--output", str(tmp_path / "x.png"), *arguments]) == code
    (sentence,) = capsys.readouterr().err.strip().splitlines()
    assert words in sentence and sentence.endswith(".") and not list(tmp_path.iterdir())


def test_an_empty_prompt_is_refused(tmp_path, capsys):
    assert main(["distill2d", " \n", "--output", str(tmp_path / "x.png")]) == exits.BAD_INPUT
    assert "The prompt is empty" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_named_before_the_first_step(tmp_path, capsys):
    output = tmp_path / "nowhere" / "x.png"
    assert main(["distill2d", "a mug", "--output", str(output), "--steps", "100000"]) == exits.OUTPUT_NOT_WRITABLE
    assert "nowhere" in capsys.readouterr().err.strip().splitlines()[-1]
