"""The guidance's settings: reachable from the command line, and refused in words where they mean nothing."""

import pytest

from engine.guidance.settings import GuidanceSettings, check_guidance
from engine.overrides import parse_overrides
from engine.run.settings import RunSettings, SettingsError
from engine.settings import engine_settings


def guidance(*pairs: str) -> GuidanceSettings:
    overrides = parse_overrides([f"guidance.{pair}" for pair in pairs])
    return engine_settings(RunSettings("a mug", overrides=overrides)).guidance


def test_by_default_every_variant_is_off():
    settings = GuidanceSettings()
    check_guidance(settings)
    assert (settings.form, settings.weighting, settings.clip, settings.negative) == ("clean", "uniform", (0.0, 0.0), "")
    assert settings.method == "sds" and settings.perp_neg == 0
    assert settings.tell_camera and settings.view_words.on


@pytest.mark.parametrize("prior, scale", [("stable-diffusion", 101.0), ("deepfloyd-if", 21.0)])
def test_priors_with_an_open_vocabulary_have_settings_of_their_own(prior, scale):
    for preset in ("draft", "standard", "fine"):
        settings = engine_settings(RunSettings("a mug", prior=prior, preset=preset))
        assert settings.guidance.scale == scale and settings.guidance.form == "noise" and settings.views == 1
        assert settings.guidance.timesteps_first == settings.guidance.timesteps_last == (0.02, 0.98)
    paper = (engine_settings(RunSettings("a mug", prior=name, preset="paper")) for name in (prior, "toybox"))
    assert next(paper) == next(paper)
    changed = RunSettings("a mug", prior=prior, steps=7, overrides={"guidance.scale": 30})
    assert engine_settings(changed).guidance.scale == 30 and engine_settings(changed).steps == 7


@pytest.mark.parametrize(
    "pair, expected",
    [
        ("form=noise", "noise"),
        ("weighting=sigma2", "sigma2"),
        ("clip=[0.5, 2]", (0.5, 2.0)),
        ("negative=low quality, blurry", "low quality, blurry"),
        ('negative="true"', "true"),
        ("tell_camera=false", False),
        ("view_words.on=false", False),
        ("view_words.back=from behind", "from behind"),
        ("view_words.front=", ""),
        ("perp_neg=1", 1.0),
        ("scale=.5", 0.5),
        ("bridge.start=0.5", 0.5),
        ("bridge.good=sharp = good", "sharp = good"),
        ("inversion.steps=5", 5),
        ("method=sdi", "sdi"),
        ("classifier.against=[0, -1]", (0.0, -1.0)),
    ],
)
def test_each_can_be_set_from_the_command_line(pair, expected):
    found = guidance(pair)
    for part in pair.partition("=")[0].split("."):
        found = getattr(found, part)
    assert found == expected and type(found) is type(expected)


@pytest.mark.parametrize(
    "pairs, words",
    [
        (["method=vsd"], "'guidance.method' cannot be 'vsd': choose one of sds, sdi, csd, bridge"),
        (["form=sds"], "'guidance.form' cannot be 'sds': choose one of clean, noise"),
        (["weighting=1"], "choose one of uniform, sigma2"),
        (["scale=high"], "'guidance.scale' cannot be 'high'"),
        (["negative=3"], "'guidance.negative' cannot be 3"),
        (["tell_camera=1"], "'guidance.tell_camera' cannot be 1"),
        (["view_words.on=no"], "cannot be 'no'"),
        (["view_words=off"], "does not exist"),
        (["clip=[-1, 2]"], "'guidance.clip' must be from 0"),
        (["clip=[1]"], "'guidance.clip' cannot be [1]"),
        (["timesteps_first=[0.9, 0.1]"], "'guidance.timesteps_first' must be two rising shares"),
        (["timesteps_texture=[0.9, 0.1]"], "'guidance.timesteps_texture' must be two rising shares"),
        (["timesteps_last=[0.5, 1.5]"], "'guidance.timesteps_last' must be from 0 to 1, not 1.5"),
        (["perp_neg=-1"], "'guidance.perp_neg' must be from 0"),
        (["inversion.steps=0"], "'guidance.inversion.steps' must be from 1"),
        (["perp_neg=1", "view_words.side="], "Perp-Neg needs words"),
        (["form"], "write NAME=VALUE"),
    ],
)
def test_what_means_nothing_is_refused_in_one_sentence(pairs, words):
    with pytest.raises(SettingsError) as caught:
        guidance(*pairs)
    sentence = str(caught.value)
    assert words in sentence and sentence.endswith(".") and "\n" not in sentence
