"""What can be set about guidance. The methods' own defaults are their authors'."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from engine.guidance.prompts import ViewWords
from engine.limits import Scale, Share, Weight, within
from engine.run.settings import SettingsError


Factor = Annotated[float, within(-100, 100)]


@dataclass
class BridgeSettings:
    """SDS-Bridge (arXiv 2406.09417): from what the image is to what it should be, both in words.

    For priors with an open vocabulary; the words are its authors'. Words that a prior does not know do nothing good.
    """

    start: Share = 0.5
    """Share of the run from which on it replaces score distillation."""
    good: str = "detailed high resolution, high quality, sharp"
    """Words after the prompt for what the image should be."""
    bad: str = "oversaturated, smooth, pixelated, cartoon, foggy, hazy, blurry, bad structure, noisy, malformed"
    """Words after the prompt for what it is."""


@dataclass
class InversionSettings:
    """SDI (arXiv 2405.15891): noise by DDIM inversion of the image."""

    steps: Annotated[int, within(1, 1_000)] = 10
    """Steps of the inversion, each a batch of the prior's."""
    scale: Scale = -7.5
    """Guidance scale of the inversion: 0 follows the empty caption, 1 the prompt."""
    beyond: Share = 1 / 30
    """The inversion goes past t by a random share of the schedule, up to this one."""
    fresh: Share = 0.3
    """Random noise that each of its steps adds, as a share of what DDPM's would."""


@dataclass
class ClassifierSettings:
    """CSD (arXiv 2310.19415): eps(prompt) + b eps(negative) + c eps(nothing), which knows no noise."""

    negative: str = "oversaturated color, ugly, tiling, low quality, noisy"
    """What is not wanted."""
    against: tuple[Factor, Factor] = (-1.0, -0.5)
    """b at the first step and when it has changed."""
    nothing: tuple[Factor, Factor] = (0.0, -0.5)
    """c at the first step and when it has changed; where b + c is -1, images of any prompt are left as they are."""
    until: Share = 0.5
    """Share of the run over which they change."""


@dataclass
class GuidanceSettings:
    """How the prior's opinion becomes a gradient (engine/guidance/distil.py)."""

    method: Literal["sds", "sdi", "csd", "bridge"] = "sds"
    """"sds": the guided estimate against random noise, DreamFusion. "sdi": against the noise that inversion finds.
    "csd": captions against each other. "bridge": what the image should be against what it is, from `bridge.start`
    on."""
    scale: Scale = 2.0
    """Classifier-free guidance scale s in uncond + s (cond - uncond), everywhere; in CSD and the bridge a factor."""
    form: Literal["clean", "noise"] = "clean"
    """"clean": w(t) (x - x0_hat), whose target can be rescaled; "noise": w(t) (eps_hat - eps), DreamFusion's eq. 3."""
    weighting: Literal["uniform", "sigma2"] = "uniform"
    """w(t) of either form: "uniform" is 1, "sigma2" is sigma_t^2."""
    rescale: Share = 0.5
    """Share by which the guided clean estimate's contrast is pulled back to the unguided one's; "clean" form only."""
    clip: tuple[Weight, Weight] = (0.0, 0.0)
    """Largest gradient of a value in the prior's space at the first and last step (D-SDS: .5, 2); both 0: no clip."""
    timesteps_first: tuple[Share, Share] = (0.3, 0.98)
    """Range of t at the first step, as shares of the prior's schedule."""
    timesteps_last: tuple[Share, Share] = (0.3, 0.7)
    """Range of t when it has moved there, linearly."""
    timesteps_until: Share = 1.0
    """Share of the run over which it moves."""
    timesteps_texture: tuple[Share, Share] = (0.02, 0.98)
    """Range of t of texture steps (`shading.position`) and of painting, from the first to the last: at high noise the
    prior adds an object's small details, windows or eyes, at low noise it sharpens them."""
    negative: str = ""
    """What is not wanted: takes the empty caption's place in the guidance."""
    tell_camera: bool = True
    """Whether a prior that can be told the camera's angles is told them; the view words are told either way."""
    view_words: ViewWords = field(default_factory=ViewWords)
    perp_neg: Weight = 0.0
    """Share of its authors' weights with which Perp-Neg (arXiv 2304.04968) pushes away from other views; 0 is off."""
    inversion: InversionSettings = field(default_factory=InversionSettings)
    classifier: ClassifierSettings = field(default_factory=ClassifierSettings)
    bridge: BridgeSettings = field(default_factory=BridgeSettings)
    lora: str = ""
    """A LoRA's file, which is added to Stable Diffusion 1 or 2, whichever it was made for; empty: none."""
    lora_strength: Annotated[float, within(-10, 10)] = 1.0
    """What its changes are multiplied with: 1 is as it was trained, less is weaker, below 0 is the opposite."""


def at_most(settings: GuidanceSettings, noise: float) -> GuidanceSettings:
    """The same with no t of the steps that move the surface above `noise`, a share of the prior's schedule.

    >>> at_most(GuidanceSettings(timesteps_last=(0.1, 0.4)), 0.5).timesteps_first
    (0.3, 0.5)
    """
    both = settings.timesteps_first, settings.timesteps_last
    first, last = (tuple(min(end, noise) for end in ends) for ends in both)
    return replace(settings, timesteps_first=first, timesteps_last=last)


def check_guidance(settings: GuidanceSettings) -> None:
    """Raise SettingsError, with one sentence, for settings that do not fit each other."""
    for name in ("timesteps_first", "timesteps_last", "timesteps_texture"):
        first, last = getattr(settings, name)
        if first > last:
            raise SettingsError(
                f"The setting 'guidance.{name}' must be two rising shares from 0 to 1, not {(first, last)}."
            )
    if settings.perp_neg and not (settings.view_words.front and settings.view_words.side):
        raise SettingsError(
            "Perp-Neg needs words for front and side views: set 'guidance.view_words.front' and '.side'."
        )
