"""MVDream as guidance: its noise is the published network's, its views see each other, and its files are checked."""

import math
import shutil

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from engine.guidance import single_file
from engine.guidance.distil import Distillation
from engine.guidance.kinds import UNET, Kind, kind_of
from engine.guidance.load import load_prior
from engine.guidance.prior import Caption, PriorError, Views
from engine.guidance.priors.mvdream import camera_matrices
from engine.guidance.prompts import with_cameras
from engine.guidance.settings import GuidanceSettings, InversionSettings
from engine.optimise import Optimisation
from engine.run.settings import RunSettings, SettingsError
from engine.sample import ddim_samples, sample_sheet
from engine.settings import engine_settings
from engine.shading import Shading
from tests.engine.analytic import TINY_FIELD, cameras_at, viewpoint
from tests.engine.guidance.ldm import save_both
from tests.engine.guidance.published import published, save_mvdream

CPU = torch.device("cpu")
RING = [(15, 0), (15, 90), (15, 180), (15, -90)]
OTHER_RING = [(30, 20), (30, 110), (30, 200), (30, 290)]
TWO = Views(cameras_at(*RING, *OTHER_RING), [Shading.ALBEDO] * 8)


@pytest.fixture(scope="module")
def network():
    return published()


@pytest.fixture(scope="module")
def folder(tmp_path_factory, network):
    return save_mvdream(tmp_path_factory.mktemp("mvdream"), network.tensors)


@pytest.fixture(scope="module")
def prior(folder):
    return load_prior("mvdream", CPU, folder)


def captions(texts: list[str], views: Views = TWO) -> list[Caption]:
    return with_cameras([Caption(text) for text in texts], views)


def noise(seed: int, count: int = 8) -> torch.Tensor:
    return torch.randn(count, 4, 8, 8, generator=torch.Generator().manual_seed(seed))


def ask(prior, noisy=None, told=None, at=None) -> torch.Tensor:
    """Its noise for two groups."""
    told = captions(["a mug"] * 8) if told is None else told
    at = torch.tensor([500] * 4 + [80] * 4) if at is None else at
    return prior.predict_noise(noise(1) if noisy is None else noisy, at, told)


def test_what_it_says_of_itself(prior):
    assert prior.group == 4 and prior.shape == (4, 32, 32) and prior.resolution == 256
    assert not any(parameter.requires_grad for parameter in prior.unet.parameters())


@torch.no_grad()
def test_its_noise_is_that_of_the_published_network(prior, network):
    texts = ["", "a red mug", "a mug", "a blue mug"] * 2
    at = torch.tensor([20] * 4 + [980] * 4)
    poses = torch.tensor([pose(math.radians(e), math.radians(a)) for e, a in RING + OTHER_RING])
    expected = network.predict_noise(noise(2), at, prior.encodings(texts), poses)
    found = ask(prior, noise(2), captions(texts), at)
    assert expected.std() > 0.3
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def pose(elevation: float, azimuth: float) -> list[float]:
    """The matrix of a camera that looks at the origin from distance 1: right, up, backward and position as columns."""
    (se, ce), (sa, ca) = ((math.sin(angle), math.cos(angle)) for angle in (elevation, azimuth))
    x, y, z = (ca, -se * sa, ce * sa), (sa, se * ca, -ce * ca), (0, ce, se)
    return [*x, ce * sa, *y, -ce * ca, *z, se, 0, 0, 0, 1]


@given(st.floats(-80, 80), st.floats(-180, 180), st.floats(0.2, 9))
def test_a_cameras_numbers_are_its_pose_at_distance_1(elevation, azimuth, distance):
    ((camera, _),) = Views(cameras_at((elevation, azimuth), distance=distance), [Shading.ALBEDO])
    expected = torch.tensor([pose(math.radians(elevation), math.radians(azimuth))])
    torch.testing.assert_close(camera_matrices([camera]), expected, atol=1e-5, rtol=0)


def test_the_views_of_a_group_see_each_other_and_those_of_others_do_not(prior):
    changed = noise(1)
    changed[2] += 1
    difference = (ask(prior) - ask(prior, changed)).abs().amax((1, 2, 3))
    assert (difference[:4] > 1e-3).all() and (difference[4:] < 1e-6).all()


def test_a_caption_is_its_own_views(prior):
    """It reaches the others of its group, through what the view then tells them, but not the other group."""
    difference = (ask(prior) - ask(prior, told=captions(["a mug"] * 7 + ["a red boat"]))).abs().amax((1, 2, 3))
    assert difference[7] == difference.max() > 1e-3 and (difference[:4] < 1e-6).all()


def test_the_camera_matters(prior):
    told = captions(["a mug"] * 8)
    told[1] = Caption("a mug", camera=viewpoint(15, 100))
    difference = (ask(prior) - ask(prior, told=told)).abs().amax((1, 2, 3))
    assert difference[1] > 1e-2 and (difference[4:] < 1e-6).all()


@settings(max_examples=3)
@given(st.permutations(range(3)), st.permutations(range(4)))
def test_the_order_of_groups_and_of_the_views_in_them_does_not_matter(prior, groups, views):
    order = torch.tensor([4 * group + view for group in groups for view in views])
    looking = Views(cameras_at(*RING, *OTHER_RING, *RING), [Shading.ALBEDO] * 12)
    told = captions(["", "a mug", "a red mug", "a boat"] * 3, looking)
    at = torch.tensor([100] * 4 + [500] * 4 + [900] * 4)
    straight = ask(prior, noise(3, 12), told, at)
    found = ask(prior, noise(3, 12)[order], [told[index] for index in order], at[order])
    torch.testing.assert_close(found, straight[order], atol=2e-5, rtol=0)


def test_a_view_without_a_camera_is_refused(prior):
    with pytest.raises(PriorError, match="is told the camera of every view"):
        ask(prior, told=[*captions(["a mug"] * 8)[:7], Caption("a mug")])


@pytest.mark.parametrize("count", [1, 4])
def test_plain_images_are_refused_in_a_sentence(prior, monkeypatch, count):
    monkeypatch.setattr(prior, "resolution", 64)
    guidance = Distillation(prior, "a mug", GuidanceSettings())
    with pytest.raises(PriorError, match="not plain images: choose another prior"):
        guidance.gradient(torch.rand(count, 3, 16, 16), None, 0.0, torch.Generator())


def test_samples_are_groups_of_views_around_an_object(prior, monkeypatch):
    told, predict = [], prior.predict_noise
    monkeypatch.setattr(prior, "predict_noise", lambda *given: told.append(given[2]) or predict(*given))
    images = ddim_samples(prior, "a mug", 8, 5.0, seed=0, steps=1)
    assert images.shape == (8, 3, prior.resolution, prior.resolution) and images.isfinite().all()
    azimuths = [round(math.degrees(caption.camera.azimuth)) % 360 for caption in told[0]]
    assert azimuths == [0, 90, 180, 270] * 4 and [caption.text for caption in told[0]] == [""] * 8 + ["a mug"] * 8


@pytest.mark.parametrize("count", [1, 6])
def test_half_a_group_is_not_sampled(count, tmp_path):
    words = f"MVDream draws 4 views of an object together: .* multiple of 4, not {count}"
    with pytest.raises(SettingsError, match=words):
        sample_sheet(RunSettings("a mug", prior="mvdream"), count, tmp_path / "sheet.png")


@pytest.mark.parametrize("variant", [{"perp_neg": 1.0}, {"inversion": InversionSettings(steps=1)}, {"scale": 50.0}])
def test_a_gradient_of_two_groups_is_that_of_each_alone(prior, variant, monkeypatch):
    monkeypatch.setattr(prior, "resolution", 64)
    images = torch.rand(8, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    drawn = noise(4)
    monkeypatch.setattr("engine.guidance.distil.torch.randn", lambda shape, generator: drawn[: shape[0]])
    level = {"timesteps_first": (0.5, 0.5), "timesteps_last": (0.5, 0.5)}
    guidance = Distillation(prior, "a mug", GuidanceSettings(**level, **variant))
    both = guidance.gradient(images, TWO, 0.0, torch.Generator())
    first = guidance.gradient(images[:4], TWO[:4], 0.0, torch.Generator())
    assert both.abs().max() > 1e-6 and (both[:4] - first).abs().max() < 1e-3 * both.abs().max()


def test_a_step_moves_the_field_by_its_advice(prior, monkeypatch):
    monkeypatch.setattr(prior, "resolution", 64)
    small = TINY_FIELD | {"views": 4, "cameras.group": 4, "resolutions": [[0, 16]], "shading.position": 0}
    chosen = engine_settings(RunSettings("a mug", overrides=small | {"guidance.view_words.on": False}))
    optimisation = Optimisation("a mug", prior, chosen, 0, CPU)
    before = [parameter.clone() for parameter in optimisation.scene.parameters]
    report = optimisation.take_step()
    assert report.restarted is None and 0 < report.gradient_size < math.inf
    assert any(not torch.equal(old, new) for old, new in zip(before, optimisation.scene.parameters))


def resave(folder, tensors: dict[str, torch.Tensor]):
    save_file(tensors, folder / "unet" / "diffusion_pytorch_model.safetensors")


@pytest.fixture
def weights(folder, network):
    """Its U-Net's weights; whatever is saved in their place, they come back."""
    yield network.tensors
    resave(folder, network.tensors)


def refusal(folder) -> str:
    with pytest.raises(PriorError) as caught:
        load_prior("mvdream", CPU, folder)
    sentence = str(caught.value)
    assert str(folder) in sentence and "\n" not in sentence and sentence.endswith(".")
    return sentence


@settings(max_examples=4)
@given(data=st.data())
def test_weights_that_lack_any_tensor_are_refused(folder, network, data):
    name = data.draw(st.sampled_from(sorted(network.tensors)))
    try:
        resave(folder, {other: tensor for other, tensor in network.tensors.items() if other != name})
        assert "is not MVDream's (" in refusal(folder)
    finally:
        resave(folder, network.tensors)


@pytest.mark.parametrize("name", ["image_embed.proj.weight", "conv_in.weight", "out.2.extra"])
def test_weights_with_a_tensor_too_many_are_refused(folder, weights, name):
    resave(folder, weights | {name: torch.zeros(3)})
    assert f"(it has no place for {name})" in refusal(folder)


@pytest.mark.parametrize(
    "name, shape, words",
    [
        ("camera_embed.0.weight", (256, 12), r"linear_1.weight has the shape \(256, 12\), not \(256, 16\)"),
        ("out.0.weight", (), r"conv_norm_out.weight has the shape \(\), not"),
        ("input_blocks.1.0.out_layers.3.weight", (48, 64, 3, 3), "its levels are 48, 128 channels wide"),
        ("input_blocks.0.0.weight", (64,), "it lacks input_blocks.0.0.weight"),
    ],
)
def test_weights_of_another_shape_are_refused(folder, weights, name, shape, words):
    resave(folder, weights | {name: torch.zeros(shape)})
    with pytest.raises(PriorError, match=words):
        load_prior("mvdream", CPU, folder)


def test_a_folder_says_how_large_the_latents_are(network, tmp_path):
    save_mvdream(tmp_path, network.tensors)
    config = tmp_path / "unet" / "config.json"
    config.write_text('{"_class_name": "MultiViewUNetModel", "image_size": 8}', encoding="utf-8")
    prior = load_prior("mvdream", CPU, tmp_path)
    assert prior.shape == (4, 8, 8) and prior.resolution == 64
    for broken in ("[]", '{"image_size": "8"}', '{"image_size": 0}', "{"):
        config.write_text(broken, encoding="utf-8")
        with pytest.raises(PriorError, match="The unet of the prior in .* is broken"):
            load_prior("mvdream", CPU, tmp_path)


def test_weights_with_diffusers_names_are_refused(folder, weights, prior):
    resave(folder, {name: tensor.clone() for name, tensor in prior.unet.state_dict().items()})
    assert "is not MVDream's (it lacks input_blocks" in refusal(folder)


@pytest.mark.parametrize("content", [b"", b"\xff\x00garbage" * 50, b"\x80\x04K\x01."])
def test_a_file_that_is_no_safetensors_is_broken(folder, weights, content):
    (folder / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(content)
    assert "is broken: download it again" in refusal(folder)


def test_captions_of_another_width_are_refused(tmp_path):
    save_mvdream(tmp_path, published(captions=24).tensors)
    assert "wants captions 24 wide, and the text encoder's are 16" in refusal(tmp_path)


def test_half_precision_weights_become_single_on_a_processor(tmp_path, network):
    save_mvdream(tmp_path, {name: tensor.half() for name, tensor in network.tensors.items()})
    assert {parameter.dtype for parameter in load_prior("mvdream", CPU, tmp_path).unet.parameters()} == {torch.float32}


def test_its_original_file_is_the_same_as_its_folder(folder, prior, network, tmp_path, monkeypatch):
    """All parts in one file, beside which CLIP's vocabulary lies."""
    home = save_both(tmp_path / "configurations", Kind.SD2)
    monkeypatch.setattr(single_file, "CONFIGURATIONS", home.parent)
    rest = {name: tensor for name, tensor in load_file(home / "model.safetensors").items() if not name.startswith(UNET)}
    wide = published(captions=1024)
    unet = {f"{UNET}{name}": tensor.contiguous() for name, tensor in wide.tensors.items()}
    path = tmp_path / "sd-v2.1-base-4view.safetensors"
    save_file(rest | unet, path)
    shutil.copytree(home / "tokenizer", tmp_path / "tokenizer")
    assert kind_of(path) is Kind.MVDREAM
    found = load_prior("mvdream", CPU, path)
    assert found.group == 4 and set(found.unet.state_dict()) == set(prior.unet.state_dict())
    told = captions(["a mug"] * 8)
    embedded = found.conditions(told)
    expected = wide.predict_noise(
        noise(1), torch.tensor([500] * 8), embedded["encoder_hidden_states"], embedded["class_labels"]
    )
    torch.testing.assert_close(ask(found, told=told, at=torch.tensor([500] * 8)), expected, atol=1e-5, rtol=1e-4)
